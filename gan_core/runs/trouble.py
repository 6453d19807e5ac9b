"""What can end the work on a run, and how it is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gan_core.errors import CheckpointError, Message, RunError, WorkshopError
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
        raise StorageError("could not be saved ({error}); make room on the disk, then resume", error=error) from error


def one_line(error: BaseException, device: torch.device) -> Message:
    """What a person is told about an error that ended a run on `device`."""
    if isinstance(error, WorkshopError):
        return error.message
    if is_out_of_memory(error):
        return out_of_memory(device).message
    return Message("internal error: {type}; details are in the run's record", type=type(error).__name__)
