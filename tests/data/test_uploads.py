import io
import zipfile

import pytest

from gan_core.data import keep_upload
from gan_core.errors import DataError


def a_zip(text: str = "hello") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", text)
    file.name = "../../evil.zip"
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
    assert len(list((workshop_home / "uploads").iterdir())) == 2


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
