"""`RunSession`: a run that this process owns."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from gan_core.errors import Message
from gan_core.runs.errors import Cancelled, StorageError, storage_errors, user_error
from gan_core.runs.run import Level, Run, Status
from gan_core.runs.store import RunStore
from gan_core.training import resolve_device
from gan_core.training.process_group import PeerError

Progress = Callable[[Run], None]


class RunSession:
    """The lock of a run, and what is written to its record about status and events.

    Only one session of a run can be open, in this and all other processes. `close` ends it.

    Args:
        store: Where the run is recorded.
        run_id: Its id.
        progress: Called with the run whenever its record changes.

    Raises:
        RunError: There is no such run, or another process has it.
        ConfigError: The device of its config is not there.
    """

    def __init__(self, store: RunStore, run_id: str, progress: Progress | None = None):
        self.store = store
        self.run_id = run_id
        self._progress = progress
        self._lock = store.lock(run_id)
        try:
            self.config = store.get(run_id).config
            self.device = resolve_device(self.config.device)
        except BaseException:
            self._lock.release()
            raise

    def update(self, **fields: Any) -> Run:
        """Change fields of the run, by the names of `Run`."""
        with storage_errors():
            run = self.store.update(self.run_id, **fields)
        if self._progress:
            self._progress(run)
        return run

    def mark_queued(self) -> None:
        """Record that the run waits for its turn."""
        self.update(status=Status.QUEUED, device=self.device.type, error=None, message=None, fraction=None)

    def end(
        self,
        status: Status,
        message: Message,
        level: Level = Level.INFO,
        *,
        error: Message | None = None,
        detail: str | None = None,
    ) -> Run:
        """Record that the run does not train any more, and why."""
        ended = status in (Status.STOPPED, Status.FAILED)
        run = self.update(
            status=status,
            error=error,
            message=None,
            fraction=None,
            finished_at=time.time() if ended else None,
        )
        self.store.add_event(self.run_id, level, message, detail)
        return run

    def fail(self, error: BaseException) -> Run:
        """Record the error that ended the work on the run; the traceback goes to its events.

        A `StorageError` pauses the run; an interruption, or the loss of another process, interrupts it; anything else
        fails it.
        """
        if isinstance(error, Cancelled | KeyboardInterrupt):
            return self.end(Status.INTERRUPTED, Message("interrupted; what was done since the last checkpoint is lost"))
        message = user_error(error, self.device).message
        if isinstance(error, PeerError):
            return self.end(Status.INTERRUPTED, message, Level.WARNING)
        detail = "".join(traceback.format_exception(error))
        if isinstance(error, StorageError):
            self.store.release_reserve()
            return self.end(Status.PAUSED, message, Level.WARNING, error=message, detail=detail)
        return self.end(Status.FAILED, message, Level.ERROR, error=message, detail=detail)

    def close(self) -> None:
        """Give up the lock, so that any process may take the run."""
        self._lock.release()
