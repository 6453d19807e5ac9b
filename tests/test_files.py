"""Files under the rules of Windows, which are imposed here on other systems."""

import os
import stat
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

from gan_core import files
from gan_core.exchange import imports
from gan_core.files import RETRY_DELAYS, atomic_path, files_in, free_bytes, is_device, remove_folder, why_not_writable
from gan_core.runs import Status, train

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture
def only_writable_handles_are_flushed(monkeypatch):
    """`os.fsync` of a handle that may not write fails, as it does on Windows."""
    if sys.platform == "win32":
        return
    import fcntl

    real = os.fsync

    def fsync(handle):
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.fixture
def windows(monkeypatch):
    """Windows, to `gan_core.files`; the pauses that it makes, which take no time."""
    pauses = []
    monkeypatch.setattr(files, "sys", SimpleNamespace(platform="win32"))
    monkeypatch.setattr(files, "time", SimpleNamespace(sleep=pauses.append))
    return pauses


def denied(times: int, act):
    """`act`, but for the first calls, which are denied because somebody has the file open."""
    calls = []

    def replacement(*args, **kwargs):
        calls.append(args)
        if len(calls) <= times:
            raise PermissionError(13, "Access is denied")
        return act(*args, **kwargs)

    return replacement


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.usefixtures("only_writable_handles_are_flushed")
def test_a_run_is_saved_where_only_writable_handles_can_be_flushed():
    assert train(family="vanilla", mlp_size="small", steps=2, batch_size=8).status is Status.FINISHED


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    name = os.fsdecode("猫.txt".encode())  # under an old locale it is not called 猫
    path = tmp_path / "folder" / name
    with atomic_path(path) as temporary:
        temporary.write_text("one", encoding="utf-8")
        assert not path.exists()
        assert temporary.parent == path.parent
    assert names(path.parent) == [name]
    with suppress(KeyError), atomic_path(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise KeyError
    assert names(path.parent) == [name]
    assert path.read_text(encoding="utf-8") == "one"


def test_a_file_that_is_being_read_is_replaced_as_soon_as_it_is_let_go(tmp_path, monkeypatch, windows):
    monkeypatch.setattr(os, "replace", denied(3, os.replace))
    with atomic_path(tmp_path / "a") as temporary:
        temporary.write_bytes(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert windows == list(RETRY_DELAYS[:3])


def test_a_file_that_is_never_let_go_stays_and_nothing_else_does(tmp_path, monkeypatch, windows):
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", denied(100, os.replace))
    with pytest.raises(PermissionError), atomic_path(tmp_path / "a") as temporary:
        temporary.write_bytes(b"new")
    assert windows == list(RETRY_DELAYS)
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_elsewhere_what_is_denied_is_denied_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setattr(files, "time", None)
    monkeypatch.setattr(os, "replace", denied(1, os.replace))
    with pytest.raises(PermissionError), atomic_path(tmp_path / "a"):
        pass


def test_a_folder_goes_once_its_files_are_let_go(tmp_path, monkeypatch, windows):
    folder = tmp_path / "run"
    (folder / "history").mkdir(parents=True)
    (folder / "history" / "a").write_bytes(b"1")
    monkeypatch.setattr(files.shutil, "rmtree", denied(2, files.shutil.rmtree))
    remove_folder(folder)
    assert not folder.exists()
    assert len(windows) == 2
    remove_folder(folder)  # again


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_others_may_read_what_the_umask_lets_them(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with atomic_path(tmp_path / "a"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


@pytest.mark.parametrize(
    ("name", "device"), [("CON", True), ("nul.safetensors", True), ("com1", True), ("console", False), ("com", False)]
)
def test_names_of_devices(name, device):
    assert is_device(name) is device


def test_no_model_is_called_like_a_device():
    assert [imports._slug(title) for title in ("Con", "Cones")] == ["model-con", "cones"]


def test_a_folder_that_can_be_made_can_be_written(tmp_path):
    assert why_not_writable(tmp_path / "a" / "b") is None
    assert free_bytes(tmp_path / "a" / "b") > 0
    assert list(tmp_path.iterdir()) == []  # asking leaves nothing behind


def test_nothing_can_be_kept_below_a_file(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert why_not_writable(tmp_path / "file" / "folder")
    assert files_in(tmp_path / "file" / "folder", "*") == []


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(**_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_core.files.tempfile.TemporaryFile", full)
    assert why_not_writable(tmp_path) == "No space left on device"


def test_a_disk_that_cannot_be_asked(tmp_path, monkeypatch):
    def forbidden(_place):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gan_core.files.shutil.disk_usage", forbidden)
    assert free_bytes(tmp_path) is None


def test_a_folder_that_may_not_be_looked_into_is_empty(tmp_path, monkeypatch):
    def forbidden(_self, _pattern):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.glob", forbidden)
    assert files_in(tmp_path, "*") == []
