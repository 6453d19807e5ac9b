import pytest

from gan_core.data.formats import FORMATS, HEAD_BYTES, format_of, named_format, why_unreadable
from gan_core.data.notes import Reason

FTYP = b"\0\0\0\x18ftyp"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_the_first_bytes_tell_the_format(picture, format):
    assert format_of(picture(format=format)[:HEAD_BYTES]) == format
    assert format in FORMATS


@pytest.mark.parametrize(
    ("head", "format"),
    [
        (FTYP + b"heic", "HEIF"),
        (FTYP + b"mif1", "HEIF"),
        (FTYP + b"avif", "AVIF"),
        (FTYP + b"isom", None),  # a video
        (b"BMW", None),
        (b"P5 ball", None),
        (b"P5\n# comment", "PPM"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"%PDF-1.7", None),
        (b"%!PS-Adobe-3.0 EPSF-3.0", None),
        (b"", None),
    ],
)
def test_other_beginnings(head, format):
    assert format_of(head) == format


def test_endings():
    assert named_format("a/b.JPG") == "JPEG"
    assert named_format("a.b/HEIC") is None
    assert named_format("a.heic") == "HEIF"
    assert named_format(".png") is None


def test_why_unreadable(monkeypatch):
    monkeypatch.setattr("gan_core.data.formats.FORMATS", ["PNG"])
    assert why_unreadable("a.png", b"") is Reason.EMPTY
    assert why_unreadable("a.png", b"<html>") is Reason.UNREADABLE
    assert why_unreadable("a.heic", b"<html>") is Reason.HEIC
    assert why_unreadable("a.png", FTYP + b"heic") is Reason.HEIC
    assert why_unreadable("a", FTYP + b"avif") is Reason.AVIF
    assert why_unreadable("a.heic", b"\xff\xd8\xff") is Reason.UNREADABLE
    monkeypatch.setattr("gan_core.data.formats.FORMATS", ["PNG", "HEIF", "AVIF"])
    assert why_unreadable("a.heic", FTYP + b"heic") is Reason.UNREADABLE
    assert why_unreadable("a.avif", b"<html>") is Reason.UNREADABLE
