"""Keeping what visitors upload, under names of our own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path

from gan_core.data.names import printable
from gan_core.errors import DataError
from gan_core.files import atomic_path
from gan_core.paths import gan_home

MAX_NAME_LENGTH = 80


def keep_upload(file: BufferedIOBase) -> Path:
    """The path under which an uploaded zip is kept from now on; the same contents are kept once.

    The name of the visitor's file, `file.name`, plays no part in it, but `shown_name` gives it. The contents are
    checked when they are loaded.

    Raises:
        DataError: The file is no zip at all, or the disk is full.
    """
    file.seek(0)
    if not zipfile.is_zipfile(file):
        raise DataError("the uploaded file is not a zip; pack the folder of images into a .zip and try again")
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    path = _folder() / f"{digest}.zip"
    try:
        if not os.path.isfile(path):
            file.seek(0)
            with atomic_path(path) as temporary, temporary.open("wb") as kept:
                shutil.copyfileobj(file, kept)
        if name := _clean(getattr(file, "name", "")):
            with atomic_path(_name_file(path)) as temporary:
                temporary.write_text(name, encoding="utf-8")
    except OSError as error:
        raise DataError("the upload could not be kept: {error}", error=error) from None
    return path


def shown_name(path: Path, *, whole: bool = False) -> str:
    """What people are shown of a directory or zip of images: of an upload the name that the visitor's file had.

    Args:
        path: The directory or zip.
        whole: Of what is no upload the whole path, not only the last part of it.
    """
    if path.parent == _folder():
        with suppress(OSError, UnicodeDecodeError):
            return _clean(_name_file(path).read_text(encoding="utf-8")) or path.name
    return printable(str(path) if whole else path.name)


def _folder() -> Path:
    return gan_home() / "uploads"


def _name_file(path: Path) -> Path:
    return path.with_suffix(".name")


def _clean(name: str) -> str:
    """The last part of a path of any system, as one short line."""
    return printable(re.split(r"[/\\]", str(name))[-1].strip())[-MAX_NAME_LENGTH:]
