import io
import os
import struct
import zipfile

import pytest

from gan_core.data import sources
from gan_core.data.decode import UnreadablePicture
from gan_core.data.sources import fingerprint, open_source
from gan_core.errors import DataError


def make_zip(path, files, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            archive.writestr(info, data)
    return path


def read_all(path):
    with open_source(path) as source:
        return [source.read(name) for name in source.names]


def refuse(path, reason):
    with pytest.raises(DataError, match=reason) as caught:
        read_all(path)
    assert "\n" not in str(caught.value)


FILES = {
    "cats/1.png": b"one",
    "cats/deep/2.JPG": b"two",
    "dogs/3.webp": b"three",
    "dogs/readme.txt": b"text",
    "dogs/.hidden.png": b"no",
    ".git/4.png": b"no",
    "__MACOSX/cats/._1.png": b"no",
}
WANTED = ["cats/1.png", "cats/deep/2.JPG", "dogs/3.webp"]


def test_directory_and_zip_show_the_same(tree, tmp_path):
    directory = tree(FILES)
    (directory / "empty").mkdir()
    archive = make_zip(tmp_path / "a.zip", {**FILES, "empty/": b""})
    for path in (directory, archive):
        with open_source(path) as source:
            assert source.names == WANTED
            assert source.folders == {"cats", "cats/deep", "dogs", "empty"}
            assert [source.read(name) for name in WANTED] == [b"one", b"two", b"three"]


def test_missing_and_wrong_paths(tmp_path):
    (tmp_path / "notes.zip").write_text("this is no archive")
    (tmp_path / "empty.zip").write_bytes(b"")
    refuse(tmp_path / "nothing", "cannot be found")
    refuse(tmp_path / "notes.zip", "neither a directory nor a readable zip")
    refuse(tmp_path / "empty.zip", "neither a directory nor a readable zip")
    refuse(type(tmp_path)("a\0b"), "cannot be found")
    refuse(tmp_path / ("x" * 400), "cannot be found")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipes_do_not_block(tree, tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    refuse(tmp_path / "pipe.zip", "neither")
    directory = tree({"a.png": b"a"})
    os.mkfifo(directory / "b.png")
    with open_source(directory) as source:
        assert source.names == ["a.png"]


def test_links_out_of_a_directory_are_not_followed(tree, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.png").write_bytes(b"secret")
    directory = tree({"a.png": b"a"})
    (directory / "inside.png").symlink_to(directory / "a.png")
    (directory / "outside.png").symlink_to(tmp_path / "secret.png")
    (directory / "up.png").symlink_to("../secret.png")
    (directory / "linked").symlink_to(tmp_path / "elsewhere")
    (directory / "loop").symlink_to(directory)
    (directory / "dangling.png").symlink_to(directory / "gone.png")
    with open_source(directory) as source:
        assert source.names == ["a.png", "inside.png"]
        assert source.notes == ["4 links to folders or to files elsewhere were not followed"]


@pytest.mark.parametrize(
    "name", ["/etc/a.png", "../a.png", "cats/../../a.png", "..\\a.png", "\\a.png", "C:\\a.png", "../a.txt"]
)
def test_names_that_escape_refuse_the_archive(tmp_path, name):
    path = make_zip(tmp_path / "evil.zip", {"cats/good.png": b"x", name: b"x"})
    refuse(path, "escapes its folder")


def test_dots_in_names_are_fine(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"cats..old/a..b.png": b"x", "./dogs/c.png": b"y", "birds\\d.png": b"z"})
    with open_source(path) as source:
        assert source.names == ["birds/d.png", "cats..old/a..b.png", "dogs/c.png"]
        assert source.read("birds/d.png") == b"z"


def test_encrypted(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.png": b"x" * 20})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(data)
    refuse(path, "encrypted")


def test_compression_bomb(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", {"a.png": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    refuse(path, "over 200 times its packed size")


def test_small_blank_bitmaps_may_shrink_a_lot(tmp_path):
    path = make_zip(tmp_path / "blank.zip", {"a.bmp": bytes(2**19)}, zipfile.ZIP_DEFLATED)
    with open_source(path) as source:
        assert len(source.read("a.bmp")) == 2**19


def test_limits_on_what_is_claimed(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", {f"{i}.png": bytes(1000) for i in range(5)})
    monkeypatch.setattr(sources, "MAX_TOTAL", 4999)
    refuse(path, "GiB")
    monkeypatch.setattr(sources, "MAX_TOTAL", 5000)
    monkeypatch.setattr(sources, "MAX_FILE", 999)
    refuse(path, "MiB")
    monkeypatch.setattr(sources, "MAX_FILE", 1000)
    monkeypatch.setattr(sources, "MAX_FILES", 4)
    refuse(path, "more than 4 files")


def test_limits_on_what_really_comes_out(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", {f"{i}.png": bytes(1000) for i in range(5)})
    monkeypatch.setattr(sources, "MAX_TOTAL", 5000)
    with open_source(path) as source:
        monkeypatch.setattr(sources, "MAX_TOTAL", 2500)
        assert source.read("0.png") == source.read("1.png") == bytes(1000)
        with pytest.raises(DataError, match="GiB"):
            source.read("2.png")
    monkeypatch.setattr(sources, "MAX_TOTAL", 5000)
    with open_source(path) as source:
        monkeypatch.setattr(sources, "MAX_FILE", 500)
        with pytest.raises(DataError, match="MiB"):
            source.read("0.png")


def lie_about_size(path, offset_in_entry, value):
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + offset_in_entry
    data[at : at + 4] = struct.pack("<I", value)
    path.write_bytes(data)
    return path


def test_a_header_that_hides_a_bomb(tmp_path):
    path = make_zip(tmp_path / "lie.zip", {"a.png": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    lie_about_size(path, 24, 100)  # claims to unpack to 100 bytes
    with open_source(path) as source, pytest.raises(UnreadablePicture):
        source.read("a.png")


def test_a_header_that_claims_more_than_there_is(tmp_path):
    path = make_zip(tmp_path / "lie.zip", {"a.png": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    lie_about_size(path, 20, 3 * 2**20)  # packed size: would hide the ratio
    refuse(path, "more packed bytes than the archive has")


def test_damaged_entries_are_single_failures(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.png": b"A" * 50, "b.png": b"B" * 50})
    data = path.read_bytes().replace(b"A" * 50, b"A" * 49 + b"x")
    path.write_bytes(data)
    with open_source(path) as source:
        with pytest.raises(UnreadablePicture, match="CRC"):
            source.read("a.png")
        assert source.read("b.png") == b"B" * 50


def test_unknown_compression_is_a_single_failure(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.png": b"A" * 50})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 10] = 98  # PPMd
    path.write_bytes(data)
    with open_source(path) as source, pytest.raises(UnreadablePicture):
        source.read("a.png")


def test_truncated_zip(tmp_path):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.png", b"x" * 1000)
    (tmp_path / "half.zip").write_bytes(whole.getvalue()[:600])
    refuse(tmp_path / "half.zip", "readable zip")


def test_large_and_many_files_in_a_directory(tree, monkeypatch):
    directory = tree({"a.png": b"x" * 100, "b.png": b"x"})
    monkeypatch.setattr(sources, "MAX_FILE", 50)
    with open_source(directory) as source:
        assert source.read("b.png") == b"x"
        with pytest.raises(UnreadablePicture, match="larger"):
            source.read("a.png")
    monkeypatch.setattr(sources, "MAX_FILES", 1)
    refuse(directory, "more than 1 files")


def test_fingerprint_follows_changes(tree, tmp_path):
    directory = tree({"a/1.png": b"x"})
    archive = make_zip(tmp_path / "a.zip", {"a.png": b"x"})
    for path, change in (
        (directory, lambda: (directory / "a" / "2.png").write_bytes(b"y")),
        (directory, lambda: (directory / "b").mkdir()),
        (directory, lambda: os.utime(directory / "a" / "1.png", (1, 1))),
        (archive, lambda: make_zip(archive, {"b.png": b"xy"})),
        (archive, lambda: os.utime(archive, (1, 1))),
    ):
        before = fingerprint(path)
        assert fingerprint(path) == before
        change()
        assert fingerprint(path) != before
    with pytest.raises(DataError, match="cannot be found"):
        fingerprint(tmp_path / "gone")
