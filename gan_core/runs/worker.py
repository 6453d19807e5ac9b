"""`Worker`: the one background thread that trains all runs of a device, a slice of each in turn.

Many training threads in one process would fight over its cores and over the interpreter; ten runs that take turns in
one thread do not disturb the pages.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gan_core.errors import Message, RunError
from gan_core.runs.job import Job
from gan_core.runs.run import Status
from gan_core.runs.trouble import StorageError

PARKED_SECONDS = 120.0

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Task:
    """A job and what is wanted of it.

    steps:   after so many more it pauses by itself; None for no limit
    request: the status it shall be set down with, as soon as possible
    loading: while another thread loads its dataset
    error:   what went wrong there
    """

    job: Job
    steps: int | None = None
    request: Status | None = None
    loading: bool = False
    error: BaseException | None = None

    def has_request(self) -> bool:
        return self.request is not None


MESSAGES = {
    Status.PAUSED: Message(Status.PAUSED),
    Status.STOPPED: Message(Status.STOPPED),
    Status.INTERRUPTED: Message("interrupted because the workshop was shut down; resume it to go on"),
}


class Worker:
    """Trains the jobs it is given. Its methods may be called from any thread and return at once.

    name:          of the device, for the thread's name
    max_active:    so many runs take turns, the others wait in a queue; single steps do not count
    slice_seconds: length of a turn

    A run that pauses stays in memory for a while, so that it can go on at once, step by step if need be.
    """

    def __init__(self, name: str, *, max_active: int, slice_seconds: float):
        self.name = name
        self.max_active = max_active
        self.slice_seconds = slice_seconds
        self._changed = threading.Condition()
        self._queue: list[Task] = []
        self._active: list[Task] = []
        self._parked: dict[str, tuple[Job, float]] = {}
        self._closing = False
        self._thread: threading.Thread | None = None

    # For other threads

    def add(self, job: Job, steps: int | None = None) -> None:
        """Queue a job, for all its steps or for a few before it pauses again."""
        with self._changed:
            if self._closing:
                raise RunError("training has been shut down")
            job.queue()
            self._queue.append(Task(job, steps))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=f"training on {self.name}", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def add_parked(self, run_id: str, steps: int | None = None) -> bool:
        """Queue a paused run that is still in memory. False if it is not."""
        with self._changed:
            if run_id not in self._parked:
                return False
            self.add(self._parked[run_id][0], steps)
            del self._parked[run_id]
        return True

    def release(self, run_id: str, end: Callable[[Job], None]) -> bool:
        """Let go of a paused run that is still in memory, after `end(job)`. False if it is not.

        If `end` raises, the run stays as it is.
        """
        with self._changed:
            if run_id not in self._parked:
                return False
            job, _ = self._parked[run_id]
            end(job)
            job.close()
            del self._parked[run_id]
        return True

    def request(self, run_id: str, status: Status) -> bool:
        """Have a run set down with that status. False if this worker does not have it in its queue or its hands."""
        with self._changed:
            for task in self._tasks():
                if task.job.run_id == run_id:
                    task.request = status
                    self._changed.notify_all()
                    return True
        return False

    def queue_position(self, run_id: str) -> int | None:
        """1 for the run that starts next; None for one that does not wait here."""
        with self._changed:
            waiting = [task.job.run_id for task in self._queue]
        return waiting.index(run_id) + 1 if run_id in waiting else None

    @property
    def is_alive(self) -> bool:
        """False if the thread has died; one that was never needed, or was asked to end, has not."""
        return self._thread is None or self._closing or self._thread.is_alive()

    @property
    def active(self) -> int:
        return len(self._active)

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def set_max_active(self, max_active: int) -> None:
        with self._changed:
            self.max_active = max_active
            self._changed.notify_all()

    def wait(self, run_id: str, timeout: float | None = None) -> bool:
        """Block until the run is set down. False if that takes longer than `timeout` seconds."""

        def is_down() -> bool:
            return all(task.job.run_id != run_id for task in self._tasks())

        with self._changed:
            return self._changed.wait_for(is_down, timeout)

    def ask_to_close(self) -> None:
        """Take no more jobs, and have all runs saved and marked as interrupted at their next step."""
        with self._changed:
            self._closing = True
            for task in self._tasks():
                task.request = Status.INTERRUPTED
            self._changed.notify_all()

    def join(self, timeout: float) -> None:
        """Wait until the thread has ended after `ask_to_close`, at most `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                logger.warning("training on %s did not end in time", self.name)

    # The thread

    def _run(self) -> None:
        try:
            while (task := self._next()) is not None:
                self._turn(task)
        except BaseException as error:
            logger.critical("the thread that trains on %s has died", self.name, exc_info=error)
            for task in self._tasks():
                self._give_up(task, error)
        finally:
            with self._changed:
                self._close_parked()
                self._changed.notify_all()

    def _next(self) -> Task | None:
        """The task whose turn it is; sleeps until there is one. None when the worker closes."""
        with self._changed:
            while True:
                self._admit()
                self._drop_parked(older_than=PARKED_SECONDS)
                ready = [task for task in self._tasks() if not task.loading]
                requested = [task for task in ready if task.has_request()]
                if requested:
                    return requested[0]
                if self._closing and not self._tasks():
                    return None
                active = [task for task in ready if task in self._active]
                if active:
                    self._active.remove(active[0])
                    self._active.append(active[0])
                    return active[0]
                self._changed.wait(PARKED_SECONDS if self._parked else None)

    def _admit(self) -> None:
        """Let waiting runs begin while there is room."""
        for task in [] if self._closing else list(self._queue):
            stepping = task.steps is not None
            if task.has_request() or not (stepping or self._running() < self.max_active):
                continue
            self._queue.remove(task)
            self._active.append(task)
            if not stepping:
                self._drop_parked(older_than=0.0)
            if task.job.trainer is None:
                # In a thread of its own: a download must not hold up the other runs.
                task.loading = True
                name = f"loading for {task.job.run_id}"
                threading.Thread(target=self._load, args=(task,), name=name, daemon=True).start()

    def _running(self) -> int:
        return sum(task.steps is None for task in self._active)

    def _load(self, task: Task) -> None:
        try:
            task.job.load(task.has_request)
        except BaseException as error:
            task.error = error
        with self._changed:
            task.loading = False
            self._changed.notify_all()

    def _turn(self, task: Task) -> None:
        """One slice of a task. Whatever goes wrong is that run's affair only."""
        try:
            if task.has_request():
                self._set_down(task)
            elif task.error is not None:
                raise task.error
            elif task.job.trainer is None:
                task.job.build()
            else:
                self._train(task)
        except BaseException as error:
            self._give_up(task, error)

    def _train(self, task: Task) -> None:
        done = task.job.work(self.slice_seconds, task.has_request, task.steps)
        if task.job.finished:
            task.job.finish()
            self._remove(task)
        elif task.steps is not None:
            task.steps -= done
            if task.steps <= 0:
                task.request = task.request or Status.PAUSED

    def _set_down(self, task: Task) -> None:
        status = task.request
        keep = status is Status.PAUSED and task.job.trainer is not None
        task.job.leave(status, MESSAGES[status], keep=keep)
        self._remove(task, park=keep)

    def _give_up(self, task: Task, error: BaseException) -> None:
        try:
            task.job.settle(error)
        except Exception:
            logger.exception("could not record why run %s ended: %r", task.job.run_id, error)
        # What could not be saved stays in memory until there is room on the disk.
        unsaved = isinstance(error, StorageError) and task.job.trainer is not None
        if not unsaved:
            task.job.close()
        self._remove(task, park=unsaved)

    def _remove(self, task: Task, *, park: bool = False) -> None:
        with self._changed:
            for tasks in (self._queue, self._active):
                if task in tasks:
                    tasks.remove(task)
            if park:
                self._parked[task.job.run_id] = (task.job, time.monotonic())
            self._changed.notify_all()

    def _drop_parked(self, *, older_than: float) -> None:
        """Free the memory of paused runs; never of one that could not be saved."""
        now = time.monotonic()
        for run_id, (job, since) in list(self._parked.items()):
            if job.is_saved and now - since >= older_than:
                del self._parked[run_id]
                job.close()

    def _close_parked(self) -> None:
        for job, _ in self._parked.values():
            try:
                job.save_if_needed()
            except RunError as error:
                logger.warning("run %s %s", job.run_id, error)
            job.close()
        self._parked.clear()

    def _tasks(self) -> list[Task]:
        return self._queue + self._active
