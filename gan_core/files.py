"""Writing files so that a crash or a full disk never leaves a broken one behind, on Linux, macOS and Windows.

Windows has rules of its own: only a handle that may write can be flushed, a file that somebody has open can be neither
replaced nor removed, and some names are those of devices.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # seconds; readers are soon done
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
        patiently(lambda: temporary.replace(path))
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that can be removed of it; one that is not there is no error."""
    with suppress(OSError):
        patiently(lambda: shutil.rmtree(folder))
    shutil.rmtree(folder, ignore_errors=True)


def patiently(act: Callable[[], object]) -> None:
    """Do something to a file that others may have open: on Windows try again, for about a second, while it is denied.

    Raises `OSError` as `act` does.
    """
    for pause in PAUSES if sys.platform == "win32" else ():
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
