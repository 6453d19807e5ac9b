"""Writing files so that a crash or a full disk never leaves a broken one behind, on Linux, macOS and Windows.

Windows has rules of its own: only a handle that may write can be flushed, a file that somebody has open can be neither
replaced nor removed, and some names are those of devices.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

RETRY_DELAYS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # seconds; readers are soon done
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the real name only when the block ends without an error.

    On an error the temporary file is removed and whatever stood at `path` stays as it was. Who may read the file is
    what the process gives to new files.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        with temporary.open("r+b") as written:
            os.fsync(written.fileno())
        retry_while_denied(lambda: temporary.replace(path))
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that can be removed of it; one that is not there is no error."""
    with suppress(OSError):
        retry_while_denied(lambda: shutil.rmtree(folder))
    shutil.rmtree(folder, ignore_errors=True)


def retry_while_denied(act: Callable[[], object]) -> None:
    """Do something to a file that others may have open: on Windows try again, for about a second, while it is denied.

    Raises:
        OSError: As `act` does.
    """
    for pause in RETRY_DELAYS if sys.platform == "win32" else ():
        try:
            act()
        except PermissionError:
            time.sleep(pause)
        else:
            return
    act()


def is_device(name: str) -> bool:
    """Whether Windows takes a file name, with whatever ending, for that of a device."""
    return DEVICE.fullmatch(name) is not None


def files_in(folder: Path, pattern: str) -> list[Path]:
    """The files in a folder whose names match; none where it is missing, is no folder, or may not be looked into."""
    try:
        return list(folder.glob(pattern))
    except OSError:
        return []


def why_not_writable(folder: Path) -> str | None:
    """Why nothing can be kept in `folder`, in a few words; None if it can. The folder need not be there yet.

    The system is asked by writing a page of bytes to a nameless file, because rights, read-only mounts and a full disk
    show in no other way that is the same everywhere.
    """
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def free_bytes(folder: Path) -> int | None:
    """The room that is left on the disk of `folder`, which need not be there yet; None if that is unknown."""
    try:
        return shutil.disk_usage(_nearest(folder)).free
    except OSError:
        return None


def _nearest(folder: Path) -> Path:
    """The folder, else the nearest one above it that is there. It may be a file, and then nothing goes into it."""
    return next((place for place in (folder, *folder.parents) if os.path.lexists(place)), folder)
