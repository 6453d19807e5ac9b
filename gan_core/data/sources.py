"""Where a person's pictures lie: a directory, or a zip that is read in place and never unpacked to disk.

Both are hostile until checked: nothing outside the directory is read, and an archive that lies about itself, is far
larger than it looks, or names files outside itself is refused.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from gan_core.data.decode import SUFFIXES, UnreadablePicture, printable
from gan_core.errors import DataError

GIB, MIB = 2**30, 2**20
MAX_FILES = 500_000
MAX_TOTAL = 4 * GIB  # unpacked bytes of one archive
MAX_FILE = 64 * MIB
MAX_RATIO = 200  # unpacked to packed; pictures hardly shrink, bombs shrink a thousandfold
RATIO_MATTERS_FROM = 1 * MIB  # a small blank bitmap may well shrink that much

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError)


class Source(Protocol):
    """Picture files by their paths relative to the source, "/" between the parts."""

    names: list[str]  # sorted
    folders: set[str]  # every folder there is, also those without pictures
    notes: list[str]

    def read(self, name: str) -> bytes:
        """Raises `UnreadablePicture` or `OSError` for one bad file, `DataError` for a reason to refuse them all."""


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """The directory or zip at `path`. Raises `DataError` if it is missing, neither of the two, or refused."""
    if stat.S_ISDIR(status_of(path).st_mode):
        yield DirectorySource(path)
    else:
        with _open_zip(path) as archive:
            yield ZipSource(path, archive)


def fingerprint(path: Path) -> str:
    """Changes when the files change: from size and time of a zip, from those of every picture in a directory."""
    status = status_of(path)
    if not stat.S_ISDIR(status.st_mode):
        return f"{status.st_size}:{status.st_mtime_ns}"
    source = DirectorySource(path)
    digest = hashlib.sha256()
    for folder in sorted(source.folders):
        digest.update(os.fsencode(f"{folder}/\n"))
    for name in source.names:
        status = source.files[name]
        digest.update(os.fsencode(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"))
    return digest.hexdigest()


def status_of(path: Path) -> os.stat_result:
    """Of a directory or regular file. Raises `DataError` for all else: opening a named pipe would wait for ever."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise DataError(f"{printable(str(path))} cannot be found; give a directory or a zip file of images") from None
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        raise DataError(f"{path} is neither a directory nor a zip file")
    return status


def is_visible(name: str) -> bool:
    """Not hidden, not in a hidden folder, and not the metadata that macOS adds to archives."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def is_picture_name(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and is_visible(name)


def check_file_count(path: Path, count: int) -> None:
    if count > MAX_FILES:
        raise DataError(f"{path.name} holds more than {MAX_FILES:,} files; split it up")


class DirectorySource:
    """Pictures under a directory, without following links out of it."""

    def __init__(self, path: Path):
        self.root = path.resolve()
        self.files: dict[str, os.stat_result] = {}
        self.folders: set[str] = set()
        self.notes: list[str] = []
        links = self._walk()
        if links:
            self.notes.append(f"{links} links to folders or to files elsewhere were not followed")
        self.names = sorted(self.files)

    def _walk(self) -> int:
        """Collects files and folders; returns the number of links left out."""
        links = 0
        for directory, folders, files in os.walk(self.root):  # lists linked directories but does not enter them
            here = Path(directory)
            visible = [name for name in folders if is_visible(name)]
            folders[:] = [name for name in visible if not (here / name).is_symlink()]
            links += len(visible) - len(folders)
            self.folders.update((here / name).relative_to(self.root).as_posix() for name in folders)
            for file in (here / name for name in files if is_picture_name(name)):
                if file.is_symlink() and not file.resolve().is_relative_to(self.root):
                    links += 1
                else:
                    self._add(file)
            check_file_count(self.root, len(self.files))
        return links

    def _add(self, file: Path) -> None:
        try:
            status = file.stat()
        except OSError:  # a link to nothing, or removed a moment ago
            return
        if stat.S_ISREG(status.st_mode):
            self.files[file.relative_to(self.root).as_posix()] = status

    def read(self, name: str) -> bytes:
        if self.files[name].st_size > MAX_FILE:
            raise UnreadablePicture(f"larger than {MAX_FILE // MIB} MiB")
        with open(self.root / name, "rb") as file:
            return file.read(MAX_FILE)


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (*ZIP_ERRORS, ValueError, struct.error):
        raise DataError(f"{path.name} is neither a directory nor a readable zip file") from None
    with archive:
        yield archive


class ZipSource:
    """Pictures in a zip. The limits hold for what its directory claims and again for what really comes out."""

    def __init__(self, path: Path, archive: zipfile.ZipFile):
        self._file = path.name
        self._archive = archive
        self._unpacked = 0
        self._lock = threading.Lock()
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.folders: set[str] = set()
        self.notes: list[str] = []
        check_file_count(path, len(archive.infolist()))
        for entry in archive.infolist():
            self._add(entry)
        self._check_total(sum(entry.file_size for entry in self._entries.values()))
        if sum(entry.compress_size for entry in self._entries.values()) > path.stat().st_size:
            raise DataError(f"{self._file} is refused: its files claim more packed bytes than the archive has")
        self.names = sorted(self._entries)

    def _add(self, entry: zipfile.ZipInfo) -> None:
        self._check_name(entry.orig_filename)
        name = entry.filename.replace("\\", "/")
        if not is_visible(name):
            return
        path = PurePosixPath(name)
        self.folders.update(folder.as_posix() for folder in path.parents if folder.name)
        if name.endswith("/"):
            self.folders.add(path.as_posix())
        elif is_picture_name(name):
            self._check_encryption(entry)
            self._check_size(entry, entry.file_size)
            self._entries[path.as_posix()] = entry

    def _check_name(self, name: str) -> None:
        slashed = name.replace("\\", "/")
        if slashed.startswith("/") or re.match("[A-Za-z]:", slashed) or ".." in slashed.split("/"):
            raise DataError(f"{self._file} is refused: the name {printable(name[:80])} in it escapes its folder")

    def _check_encryption(self, entry: zipfile.ZipInfo) -> None:
        if entry.flag_bits & 0x1:
            raise DataError(f"{self._file} is encrypted; save it again without a password")

    def _check_size(self, entry: zipfile.ZipInfo, size: int) -> None:
        name = printable(entry.filename[:80])
        if size > MAX_FILE:
            raise DataError(f"{self._file} is refused: {name} unpacks to more than {MAX_FILE // MIB} MiB")
        if size > RATIO_MATTERS_FROM and size > MAX_RATIO * entry.compress_size:
            raise DataError(f"{self._file} is refused: {name} unpacks to over {MAX_RATIO} times its packed size")

    def _check_total(self, size: int) -> None:
        if size > MAX_TOTAL:
            raise DataError(f"{self._file} is refused: it unpacks to more than {MAX_TOTAL // GIB} GiB; split it up")

    def read(self, name: str) -> bytes:
        entry = self._entries[name]
        try:
            with self._archive.open(entry) as file:
                data = file.read(MAX_FILE + 1)
        except ZIP_ERRORS as error:
            raise UnreadablePicture(str(error)) from error
        self._check_size(entry, len(data))
        with self._lock:
            self._unpacked += len(data)
            self._check_total(self._unpacked)
        return data
