"""Keeping what visitors upload, under names of our own."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO

from gan_core.errors import DataError
from gan_core.files import atomic_path
from gan_core.paths import gan_home


def keep_upload(file: BinaryIO) -> Path:
    """The path under which an uploaded zip is kept from now on; the same contents are kept once.

    The name of the visitor's file plays no part in it. What is inside is checked when it is loaded. Raises
    `DataError` when it is no zip at all or the disk is full.
    """
    file.seek(0)
    if not zipfile.is_zipfile(file):
        raise DataError("the uploaded file is not a zip; pack the folder of images into a .zip and try again")
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    path = gan_home() / "uploads" / f"{digest}.zip"
    if not os.path.isfile(path):
        file.seek(0)
        try:
            with atomic_path(path) as temporary, temporary.open("wb") as kept:
                shutil.copyfileobj(file, kept)
        except OSError as error:
            raise DataError(f"the upload could not be kept: {error.strerror or error}") from None
    return path
