"""Which image formats can be decoded here, and what a file holds by its first bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath

from gan_core.data.notes import Reason


def _decodable() -> list[str]:
    """Only formats that Pillow decodes itself: EPS, for one, would start an external program on an untrusted file."""
    formats = ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"]
    with suppress(ImportError):
        from PIL import AvifImagePlugin  # Pillow 11.3

        if AvifImagePlugin.SUPPORTED:
            formats.append("AVIF")
    with suppress(ImportError):  # the extra `heic`
        from pillow_heif import register_heif_opener

        register_heif_opener()
        formats.append("HEIF")
    return formats


FORMATS = _decodable()

FORMAT_BY_SUFFIX = {
    ".png": "PNG",
    ".apng": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".bmp": "BMP",
    ".dib": "BMP",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".pbm": "PPM",
    ".pnm": "PPM",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".hif": "HEIF",
}
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
CLUTTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})  # what systems leave in folders of pictures

HEAD_BYTES = 32  # bytes that tell the format
SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
}
BRANDS = {b"avif": "AVIF", b"avis": "AVIF"} | dict.fromkeys(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIF"
)
BMP_HEADER_SIZES = (12, 40, 52, 56, 64, 108, 124)
SPECIAL_REASONS = {"AVIF": Reason.AVIF, "HEIF": Reason.HEIC}  # of formats that Pillow need not know


def format_of(head: bytes) -> str | None:
    """The format of a file with these first `HEAD_BYTES` bytes, by Pillow's names; None where it is none of them."""
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12])
    if head.startswith(b"BM"):  # two letters prove little
        return "BMP" if int.from_bytes(head[14:18], "little") in BMP_HEADER_SIZES else None
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "PPM" if head[3:4] in b"#0123456789 \t\r\n" else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return next((format for signature, format in SIGNATURES.items() if head.startswith(signature)), None)


def named_format(name: str) -> str | None:
    """The format by the suffix of a name, by Pillow's names; None where it is none of them."""
    return FORMAT_BY_SUFFIX.get(PurePosixPath(name).suffix.lower())


def why_unreadable(name: str, data: bytes) -> Reason:
    """The reason to report for a file that cannot be decoded."""
    if not data:
        return Reason.EMPTY
    held = format_of(data[:HEAD_BYTES]) or named_format(name)
    return Reason.UNREADABLE if held is None or held in FORMATS else SPECIAL_REASONS.get(held, Reason.UNREADABLE)
