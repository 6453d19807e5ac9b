"""Sources of a person's images: a directory, or a zip that is read in place and never unpacked to disk.

Both are untrusted: nothing outside the directory is read, and an archive with false sizes, with too large a ratio of
unpacked to packed bytes, or with paths that lead out of it is refused. Files that are no images are left out and noted.
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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from gan_core.data.decode import UnreadableImage
from gan_core.data.formats import ARCHIVES, CLUTTER, HEAD_BYTES, format_of, named_format
from gan_core.data.names import encoding_of, printable, unicode_path
from gan_core.data.notes import Notes, Reason
from gan_core.data.uploads import shown_name
from gan_core.errors import DataError

GIB, MIB = 2**30, 2**20
MAX_FILES = 500_000
MAX_TOTAL_BYTES = 4 * GIB  # unpacked bytes of one archive
MAX_FILE_BYTES = 64 * MIB
MAX_RATIO = 200  # unpacked to packed; pictures hardly shrink, bombs shrink a thousandfold
MIN_RATIO_BYTES = 1 * MIB  # a small blank bitmap may well shrink that much

# What `zipfile` raises for damaged, unusual and encrypted archives and entries.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, ValueError, RuntimeError, EOFError, OSError)
UTF8_NAME = 0x800  # flag of an entry


class Source(Protocol):
    """Image files by their paths relative to the source, "/" between the parts."""

    names: list[str]  # sorted
    folders: set[str]  # every folder there is, also those without pictures
    notes: Notes

    def read(self, name: str) -> bytes:
        """Raises `UnreadableImage` or `OSError` for one bad file, `DataError` for a reason to refuse them all."""

    def shown(self, name: str) -> str:
        """What people are shown of the path of a file or folder: one line of text, as they wrote it if possible."""


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """The directory or zip at `path`. Raises `DataError` if it is missing, neither of the two, or refused."""
    if stat.S_ISDIR(status_of(path).st_mode):
        yield DirectorySource(path)
    else:
        with _open_zip(path) as archive:
            yield ZipSource(path, archive)


def fingerprint(path: Path) -> str:
    """Changes when the files change: from size and time of a zip, from those of every file in a directory."""
    status = status_of(path)
    if not stat.S_ISDIR(status.st_mode):
        return f"{status.st_size}:{status.st_mtime_ns}"
    found = walk(path.resolve())
    digest = hashlib.sha256()
    for folder in sorted(found.folders):
        digest.update(os.fsencode(f"{folder}/\n"))
    for name, status in sorted(found.files.items()):
        digest.update(os.fsencode(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"))
    for reason, name in sorted(found.left_out):
        digest.update(os.fsencode(f"{name}\0{reason}\n"))
    return digest.hexdigest()


def status_of(path: Path) -> os.stat_result:
    """Of a directory or regular file. Raises `DataError` for all else: opening a named pipe would wait for ever."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise DataError(
            "{path} cannot be found; put it back, or give another directory or zip of images",
            path=shown_name(path, whole=True),
        ) from None
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        raise DataError("{path} is neither a directory nor a zip file", path=shown_name(path, whole=True))
    return status


def is_visible(name: str) -> bool:
    """Not hidden, not in a hidden folder, and not the metadata that macOS adds to archives."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def check_file_count(path: Path, count: int) -> None:
    """Raises `DataError` for more than `MAX_FILES` files."""
    if count > MAX_FILES:
        raise DataError("{file} holds more than {limit:,} files; split it up", file=shown_name(path), limit=MAX_FILES)


def images_among(names: Iterable[str], read_head: Callable[[str], bytes], notes: Notes) -> list[str]:
    """The names of files that are images by their suffix or else by their first bytes, sorted.

    Args:
        names: All files.
        read_head: Gives the first `HEAD_BYTES` bytes of a file.
        notes: Receives the files that are left out.
    """
    pictures = []
    for name in sorted(names):
        file = PurePosixPath(name)
        if named_format(name) is not None:
            pictures.append(name)
        elif file.suffix.lower() in ARCHIVES:
            notes.add(Reason.ARCHIVE, name)
        elif file.name.lower() not in CLUTTER:
            reason = _why_not_an_image(name, read_head)
            if reason is None:
                pictures.append(name)
            else:
                notes.add(reason, name)
    return pictures


def _why_not_an_image(name: str, read_head: Callable[[str], bytes]) -> Reason | None:
    try:
        return None if format_of(read_head(name)) else Reason.NOT_AN_IMAGE
    except PermissionError:
        return Reason.DENIED
    except ZIP_ERRORS:
        return Reason.NOT_AN_IMAGE


@dataclass
class Found:
    """What a directory holds: regular files by relative path, folders, and what is left out at once."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    left_out: list[tuple[Reason, str]] = field(default_factory=list)


def walk(root: Path) -> Found:
    """All visible files under `root`, an absolute path without links, none of them by a link that leads out of it."""
    found = Found()

    def name_of(path: str | Path) -> str:
        return Path(path).relative_to(root).as_posix()

    def not_listed(error: OSError) -> None:
        found.left_out.append((Reason.DENIED, name_of(error.filename)))

    for directory, folders, files in os.walk(root, onerror=not_listed):  # lists linked directories, does not enter them
        here = Path(directory)
        visible = [name for name in folders if is_visible(name)]
        folders[:] = [name for name in visible if not (here / name).is_symlink()]
        found.left_out += [(Reason.LINK, name_of(here / name)) for name in visible if name not in folders]
        found.folders.update(name_of(here / name) for name in folders)
        for file in (here / name for name in files if is_visible(name)):
            try:
                inside = not file.is_symlink() or file.resolve(strict=True).is_relative_to(root)
                status = file.stat()
            except (OSError, RuntimeError):  # a link to nothing or in a circle, or removed a moment ago
                inside = False
            if not inside:
                found.left_out.append((Reason.LINK, name_of(file)))
            elif stat.S_ISREG(status.st_mode):
                found.files[name_of(file)] = status
        check_file_count(root, len(found.files))
    return found


class DirectorySource:
    """Pictures under a directory, without following links out of it."""

    def __init__(self, path: Path):
        self.root = path.resolve()
        found = walk(self.root)
        self.files, self.folders = found.files, found.folders
        parts = {part for name in (*self.files, *self.folders) for part in name.split("/")}
        self._encoding = encoding_of(os.fsencode(part) for part in parts if not _is_text(part))
        self.notes = Notes(self.shown)
        for reason, name in sorted(found.left_out):
            self.notes.add(reason, name)
        self.names = images_among(self.files, lambda name: self._read(name, HEAD_BYTES), self.notes)

    def shown(self, name: str) -> str:
        """Bytes that are no UTF-8 are read in the encoding that all such names here are probably written in."""
        parts = name.split("/")
        if self._encoding is not None:
            parts = [p if _is_text(p) else os.fsencode(p).decode(self._encoding, "replace") for p in parts]
        return printable("/".join(parts))

    def read(self, name: str) -> bytes:
        """See `Source.read`."""
        if self.files[name].st_size > MAX_FILE_BYTES:
            raise UnreadableImage(f"larger than {MAX_FILE_BYTES // MIB} MiB", Reason.TOO_LONG)
        return self._read(name, MAX_FILE_BYTES)

    def _read(self, name: str, size: int) -> bytes:
        with open(self.root / name, "rb") as file:
            return file.read(size)


def _is_text(name: str) -> bool:
    """Whether the system could read the bytes of a name as text."""
    return not any("\udc80" <= letter <= "\udcff" for letter in name)


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except ZIP_ERRORS:
        raise DataError("{file} is neither a directory nor a readable zip file", file=shown_name(path)) from None
    with archive:
        yield archive


class ZipSource:
    """Pictures in a zip. The limits hold for what its directory claims and again for what really comes out."""

    def __init__(self, path: Path, archive: zipfile.ZipFile):
        self._file = shown_name(path)
        self._archive = archive
        self._unpacked = 0
        self._lock = threading.Lock()
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.folders: set[str] = set()
        self.notes = Notes(self.shown)
        check_file_count(path, len(archive.infolist()))
        for name, entry in self._named(archive.infolist()):
            self._add(name, entry)
        self.names = images_among(self._entries, lambda name: self._read(name, HEAD_BYTES), self.notes)
        pictures = [self._entries[name] for name in self.names]
        for name, entry in zip(self.names, pictures, strict=True):
            self._check_encryption(entry)
            self._check_size(name, entry, entry.file_size)
        self._check_total(sum(entry.file_size for entry in pictures))
        if sum(entry.compress_size for entry in pictures) > path.stat().st_size:
            raise DataError(
                "{file} is refused: its files claim more packed bytes than the archive has", file=self._file
            )

    @staticmethod
    def _named(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        """Every entry with its name as text. `zipfile` reads what is not marked as UTF-8 as CP437."""
        plain = {}
        for place, entry in enumerate(entries):
            if not entry.flag_bits & UTF8_NAME and not entry.orig_filename.isascii():
                plain[place] = entry.orig_filename.encode("cp437")
        declared = {place: unicode_path(entries[place].extra, name) for place, name in plain.items()}
        parts = (part for place, name in plain.items() if declared[place] is None for part in name.split(b"/"))
        encoding = encoding_of(parts) or "cp437"
        for place, entry in enumerate(entries):
            name = entry.orig_filename
            if place in plain:
                name = declared[place] or plain[place].decode(encoding, "replace")
            yield name, entry

    def _add(self, name: str, entry: zipfile.ZipInfo) -> None:
        self._check_name(name)
        name = name.partition("\0")[0].replace("\\", "/")
        self._check_name(name)
        if not is_visible(name):
            return
        path = PurePosixPath(name)
        self.folders.update(folder.as_posix() for folder in path.parents if folder.name)
        if name.endswith("/"):
            self.folders.add(path.as_posix())
        elif stat.S_ISLNK(entry.external_attr >> 16):
            self.notes.add(Reason.LINK, name)
        elif path.name:
            if path.as_posix() in self._entries:
                self.notes.add(Reason.REPEATED, name)
            self._entries[path.as_posix()] = entry

    def _check_name(self, name: str) -> None:
        slashed = name.replace("\\", "/")
        if slashed.startswith("/") or re.match("[A-Za-z]:", slashed) or ".." in slashed.split("/"):
            raise DataError(
                "{file} is refused: the name {entry} in it escapes its folder",
                file=self._file,
                entry=printable(name[:80]),
            )

    def _check_encryption(self, entry: zipfile.ZipInfo) -> None:
        if entry.flag_bits & 0x1:
            raise DataError("{file} is encrypted; save it again without a password", file=self._file)

    def _check_size(self, name: str, entry: zipfile.ZipInfo, size: int) -> None:
        name = printable(name[:80])
        if size > MAX_FILE_BYTES:
            raise DataError(
                "{file} is refused: {name} unpacks to more than {limit} MiB",
                file=self._file,
                name=name,
                limit=MAX_FILE_BYTES // MIB,
            )
        if size > MIN_RATIO_BYTES and size > MAX_RATIO * entry.compress_size:
            raise DataError(
                "{file} is refused: {name} unpacks to over {limit} times its packed size",
                file=self._file,
                name=name,
                limit=MAX_RATIO,
            )

    def _check_total(self, size: int) -> None:
        if size > MAX_TOTAL_BYTES:
            raise DataError(
                "{file} is refused: it unpacks to more than {limit} GiB; split it up",
                file=self._file,
                limit=MAX_TOTAL_BYTES // GIB,
            )

    def shown(self, name: str) -> str:
        """See `Source.shown`."""
        return printable(name)

    def read(self, name: str) -> bytes:
        """See `Source.read`."""
        try:
            data = self._read(name, MAX_FILE_BYTES + 1)
        except ZIP_ERRORS as error:
            raise UnreadableImage(str(error)) from error
        self._check_size(name, self._entries[name], len(data))
        with self._lock:
            self._unpacked += len(data)
            self._check_total(self._unpacked)
        return data

    def _read(self, name: str, size: int) -> bytes:
        with self._archive.open(self._entries[name]) as file:
            return file.read(size)
