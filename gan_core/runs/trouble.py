"""What can end the work on a run, and how it is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gan_core.errors import CheckpointError, RunError, WorkshopError
from gan_core.training.device import is_out_of_memory, out_of_memory


class StorageError(RunError):
    """A run could not be saved: the disk is full or cannot be written. Its trainer is still good."""


class Interruption(BaseException):
    """Somebody wants the run to be set down while its dataset is being loaded.

    Like `KeyboardInterrupt` not an `Exception`, so that no handler on the way takes it for a failed download.
    """


@contextmanager
def storing() -> Iterator[None]:
    """Turns every way in which files or the database cannot be written into a `StorageError`."""
    try:
        yield
    except (OSError, CheckpointError, sqlite3.OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise StorageError(f"could not be saved ({reason}); make room on the disk, then resume") from error


def one_line(error: BaseException, device: torch.device) -> str:
    """What a person is told about an error that ended a run on `device`."""
    if isinstance(error, WorkshopError):
        return str(error)
    if is_out_of_memory(error):
        return str(out_of_memory(device))
    return f"internal error: {type(error).__name__}; details are in the run's record"
