import io
import zipfile

import pytest

from gan_core.data import keep_upload, load_dataset
from gan_core.data.uploads import shown_name
from gan_core.errors import DataError


def a_zip(text: str = "hello", name: str = "../../evil.zip") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), text)  # with a date of its own: that of the clock would vary
    file.name = name
    return file


def test_an_upload_is_kept_under_a_name_of_our_own(workshop_home):
    file = a_zip()
    path = keep_upload(file)
    assert path.parent == workshop_home / "uploads"
    assert "evil" not in path.name
    assert path.read_bytes() == file.getvalue()


def test_the_same_contents_are_kept_once(workshop_home):
    assert keep_upload(a_zip()) == keep_upload(a_zip())
    assert keep_upload(a_zip("other")) != keep_upload(a_zip())
    assert len(list((workshop_home / "uploads").glob("*.zip"))) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("my cats.zip", "my cats.zip"),
        ("猫.zip", "猫.zip"),
        ("../../evil.zip", "evil.zip"),
        ("C:\\Users\\me\\cats.zip", "cats.zip"),
        ("two\nlines.zip", "two?lines.zip"),
        ("x" * 200 + ".zip", "x" * 76 + ".zip"),
        ("\udcff.zip", "?.zip"),
    ],
)
def test_people_are_shown_their_own_name(workshop_home, name, shown):
    path = keep_upload(a_zip(name=name))
    assert shown_name(path) == shown_name(path, whole=True) == shown
    with pytest.raises(DataError) as caught:
        load_dataset("folder", path=path)
    assert str(caught.value).startswith(f"{shown} holds no images: left out, files that are no images: 1 (a.txt)")


def test_the_last_name_counts_and_none_is_needed(workshop_home):
    keep_upload(a_zip(name="one.zip"))
    path = keep_upload(a_zip(name="two.zip"))
    assert shown_name(path) == "two.zip"
    path.with_suffix(".name").unlink()
    assert shown_name(path) == path.name
    path.with_suffix(".name").write_bytes(b"\xff\xfe")
    assert shown_name(path) == path.name


def test_other_places_are_shown_as_they_are(tmp_path):
    assert shown_name(tmp_path / "cats") == "cats"
    assert shown_name(tmp_path / "cats", whole=True) == str(tmp_path / "cats")


def test_what_is_no_zip_is_refused(workshop_home):
    with pytest.raises(DataError, match="not a zip"):
        keep_upload(io.BytesIO(b"GIF89a"))
    assert not (workshop_home / "uploads").exists()


def test_a_full_disk_is_said_plainly(workshop_home, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gan_core.data.uploads.shutil.copyfileobj", full)
    with pytest.raises(DataError, match="could not be kept: No space left"):
        keep_upload(a_zip())
    assert list((workshop_home / "uploads").iterdir()) == []
