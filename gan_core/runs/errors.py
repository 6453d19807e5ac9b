"""Errors that end a run, and their messages for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gan_core.errors import CheckpointError, RunError, WorkshopError
from gan_core.training.device import is_out_of_memory, out_of_memory


class StorageError(RunError):
    """A run could not be saved: the disk is full or cannot be written. Its trainer is still good."""


class Cancelled(BaseException):
    """The run is to be suspended while its dataset is being loaded.

    Like `KeyboardInterrupt` not an `Exception`, so that no handler on the way takes it for a failed download.
    """


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns every way in which files or the database cannot be written into a `StorageError`."""
    try:
        yield
    except (OSError, CheckpointError, sqlite3.OperationalError) as error:
        raise StorageError("could not be saved ({error}); make room on the disk, then resume", error=error) from error


def user_error(error: BaseException, device: torch.device) -> WorkshopError:
    """The error for people when `error` has ended a run on `device`."""
    if isinstance(error, WorkshopError):
        return error
    if is_out_of_memory(error):
        return out_of_memory(device)
    return RunError("internal error: {kind}; details are in the run's record", kind=type(error).__name__)
