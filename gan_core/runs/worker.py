"""`Worker`: the one background thread that trains all runs of a device, a slice of each in turn.

Many training threads in one process would fight over its cores and over the interpreter; ten runs that take turns in
one thread do not disturb the pages.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from gan_core.data import ImageData
from gan_core.errors import Message, RunError
from gan_core.runs.active_run import ActiveRun, QueuedRun
from gan_core.runs.errors import StorageError
from gan_core.runs.run import Status

RESIDENT_SECONDS = 120.0

logger = logging.getLogger(__name__)


# What is done with a run between two of its steps; returns after how many more it is to pause, None for no change.
Command = Callable[[ActiveRun], int | None]


@dataclass(eq=False)
class Task:
    """A run, and what is wanted of it.

    Attributes:
        run_id: Its id.
        run: Becomes an `ActiveRun` when its dataset is there.
        steps: After so many more it pauses by itself; None for no limit.
        request: The status it is to be suspended with, as soon as possible.
        data: Its dataset, loaded in another thread; None for a run that does not load.
        commands: Carried out as soon as possible, the oldest first.
    """

    run_id: str
    run: QueuedRun | ActiveRun
    steps: int | None = None
    request: Status | None = None
    data: Future[ImageData] | None = None
    commands: deque[Command] = field(default_factory=deque)

    def is_wanted(self) -> bool:
        """Whether a slice of training is to end early."""
        return self.has_request() or bool(self.commands)

    def has_request(self) -> bool:
        """Whether the run is to be suspended."""
        return self.request is not None

    @property
    def is_loading(self) -> bool:
        """Whether another thread loads the dataset."""
        return self.data is not None and not self.data.done()


@dataclass(frozen=True)
class Resident:
    """A suspended run that stays in memory, so that it can go on at once, step by step if need be."""

    run: ActiveRun
    since: float = field(default_factory=time.monotonic)


MESSAGES = {
    Status.PAUSED: Message(Status.PAUSED),
    Status.STOPPED: Message(Status.STOPPED),
    Status.INTERRUPTED: Message("interrupted because the workshop was shut down; resume it to go on"),
}


class Worker:
    """Trains the runs it is given. Its methods may be called from any thread.

    They return at once, but for `release`, which may save a run. Nothing that takes long is done while the condition is
    held, so requests never wait for a disk.

    Args:
        name: Of the device, for the name of the thread.
        max_active: So many runs take turns, the others wait in a queue; single steps do not count.
        slice_seconds: Length of a turn.
    """

    def __init__(self, name: str, *, max_active: int, slice_seconds: float):
        self.name = name
        self.max_active = max_active
        self.slice_seconds = slice_seconds
        self._changed = threading.Condition()
        self._queue: list[Task] = []
        self._active: list[Task] = []
        self._resident: dict[str, Resident] = {}
        self._closing = False
        self._thread: threading.Thread | None = None

    # For other threads

    def add(self, run: QueuedRun, steps: int | None = None, *commands: Command) -> None:
        """Queue a run, for all its steps or for a few before it pauses again; first carry out commands.

        Raises:
            RunError: The worker has been closed.
        """
        run.mark_queued()
        self._add(Task(run.run_id, run, steps, commands=deque(commands)))

    def add_resident(self, run_id: str, steps: int | None = None, *commands: Command) -> bool:
        """Queue a suspended run that is still in memory, as `add` does. False if it is not."""
        with self._taken(run_id) as run:
            if run is not None:
                run.mark_queued()
                self._add(Task(run_id, run, steps, commands=deque(commands)))
        return run is not None

    def release(self, run_id: str, end: Callable[[ActiveRun], None]) -> bool:
        """Close a suspended run that is still in memory, after `end(run)`. False if it is not.

        If `end` raises, the run stays as it is.
        """
        with self._taken(run_id) as run:
            if run is not None:
                end(run)
                run.close()
        return run is not None

    def request(self, run_id: str, status: Status) -> bool:
        """Have a run suspended with that status. False if it neither waits nor trains here."""
        with self._changed:
            for task in self._tasks():
                if task.run_id == run_id:
                    task.request = status
                    self._changed.notify_all()
                    return True
        return False

    def command(self, run_id: str, command: Command) -> bool:
        """Have something done with a run between two steps, at once where it is suspended. False if it is not here."""
        with self._changed:
            for task in self._tasks():
                if task.run_id == run_id:
                    task.commands.append(command)
                    self._changed.notify_all()
                    return True
        with self._taken(run_id) as run:
            if run is not None:
                command(run)
                with self._changed:
                    self._resident[run_id] = Resident(run)
        return run is not None

    def queue_position(self, run_id: str) -> int | None:
        """1 for the run that starts next; None for one that does not wait here."""
        with self._changed:
            waiting = [task.run_id for task in self._queue]
        return waiting.index(run_id) + 1 if run_id in waiting else None

    @property
    def is_alive(self) -> bool:
        """False if the thread has died; one that was never needed, or was asked to end, has not."""
        return self._thread is None or self._closing or self._thread.is_alive()

    @property
    def active(self) -> int:
        """The number of runs that take turns."""
        return len(self._active)

    @property
    def waiting(self) -> int:
        """The number of runs in the queue."""
        return len(self._queue)

    def set_max_active(self, max_active: int) -> None:
        """Let so many runs take turns; those that have begun still go on."""
        with self._changed:
            self.max_active = max_active
            self._changed.notify_all()

    def wait(self, run_id: str, timeout: float | None = None) -> bool:
        """Block until the run is suspended or over. False if that takes longer than `timeout` seconds."""

        def is_over() -> bool:
            return all(task.run_id != run_id for task in self._tasks())

        with self._changed:
            return self._changed.wait_for(is_over, timeout)

    def ask_to_close(self) -> None:
        """Take no more runs, and have all saved and marked as interrupted at their next step."""
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

    def _add(self, task: Task) -> None:
        with self._changed:
            if self._closing:
                raise RunError("training has been shut down")
            self._queue.append(task)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=f"training on {self.name}", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    @contextmanager
    def _taken(self, run_id: str) -> Iterator[ActiveRun | None]:
        """The resident run of that id, if there is one, taken out of memory unless the block raises."""
        with self._changed:
            resident = self._resident.pop(run_id, None)
        try:
            yield resident.run if resident is not None else None
        except BaseException:
            if resident is not None:
                with self._changed:
                    self._resident[run_id] = resident
            raise

    # The thread

    def _run(self) -> None:
        try:
            while self._take_turn():
                pass
        except BaseException as error:
            logger.critical("the thread that trains on %s has died", self.name, exc_info=error)
            for task in self._tasks():
                self._fail(task, error)
        finally:
            self._close_residents()
            with self._changed:
                self._changed.notify_all()

    def _take_turn(self) -> bool:
        """One slice of the next task; waits for one. False when the worker closes."""
        task = self._next()
        if task is not None:
            self._turn(task)
        return task is not None  # and nothing here refers to a run that is over

    def _next(self) -> Task | None:
        """The task whose turn it is; sleeps until there is one. None when the worker closes."""
        while True:
            with self._changed:
                self._admit()
                expired = self._pop_expired()
                if not expired:
                    if (task := self._choose()) or (self._closing and not self._tasks()):
                        return task
                    self._changed.wait(RESIDENT_SECONDS if self._resident else None)
            for run in expired:
                run.close()
            del expired

    def _choose(self) -> Task | None:
        """A task with a request, else the active task that has waited longest."""
        ready = [task for task in self._tasks() if not task.is_loading]
        for task in ready:
            if task.has_request():
                return task
        for task in ready:
            if task in self._active:
                self._active.remove(task)
                self._active.append(task)
                return task
        return None

    def _admit(self) -> None:
        """Let waiting runs begin while there is room."""
        for task in [] if self._closing else list(self._queue):
            stepping = task.steps is not None
            if task.has_request() or not (stepping or self._running() < self.max_active):
                continue
            self._queue.remove(task)
            self._active.append(task)
            if not stepping:  # room for it
                self._resident = {run_id: Resident(old.run, since=-math.inf) for run_id, old in self._resident.items()}
            if isinstance(task.run, QueuedRun):
                task.data = self._load(task.run, task.has_request)

    def _running(self) -> int:
        return sum(task.steps is None for task in self._active)

    def _load(self, run: QueuedRun, cancelled: Callable[[], bool]) -> Future[ImageData]:
        """Load the dataset of a run in a thread of its own: a download must not hold up the other runs."""
        future: Future[ImageData] = Future()

        def load() -> None:
            try:
                future.set_result(run.load(cancelled))
            except BaseException as error:
                future.set_exception(error)
            with self._changed:
                self._changed.notify_all()

        threading.Thread(target=load, name=f"loading for {run.run_id}", daemon=True).start()
        return future

    def _turn(self, task: Task) -> None:
        """One slice of a task. Whatever goes wrong concerns that run only."""
        try:
            if isinstance(task.run, ActiveRun):
                self._carry_out_commands(task, task.run)
            if task.request is not None:
                self._suspend(task, task.request)
            elif isinstance(task.run, ActiveRun):
                self._train(task, task.run)
            elif task.data is not None:
                data, task.data = task.data.result(), None
                task.run = task.run.start(data)
        except BaseException as error:
            self._fail(task, error)

    def _carry_out_commands(self, task: Task, run: ActiveRun) -> None:
        while task.commands:
            steps = task.commands.popleft()(run)
            task.steps = task.steps if steps is None else steps

    def _train(self, task: Task, run: ActiveRun) -> None:
        done = run.train(self.slice_seconds, task.is_wanted, task.steps)
        if run.finished:
            run.complete()
            self._remove(task)
        elif task.steps is not None:
            task.steps -= done
            if task.steps <= 0:
                task.request = task.request or Status.PAUSED

    def _suspend(self, task: Task, status: Status) -> None:
        resident = None
        if isinstance(task.run, QueuedRun):
            task.run.suspend(status, MESSAGES[status])
        else:
            keep = status is Status.PAUSED
            task.run.suspend(status, MESSAGES[status], keep=keep)
            resident = Resident(task.run) if keep else None
        self._remove(task, resident)

    def _fail(self, task: Task, error: BaseException) -> None:
        try:
            task.run.fail(error)
        except Exception:
            logger.exception("could not record why run %s ended: %r", task.run_id, error)
        # What could not be saved stays in memory until there is room on the disk.
        resident = None
        if isinstance(error, StorageError) and isinstance(task.run, ActiveRun):
            resident = Resident(task.run)
        else:
            task.run.close()
        self._remove(task, resident)

    def _remove(self, task: Task, resident: Resident | None = None) -> None:
        with self._changed:
            for tasks in (self._queue, self._active):
                if task in tasks:
                    tasks.remove(task)
            if resident is not None:
                self._resident[task.run_id] = resident
            self._changed.notify_all()

    def _pop_expired(self) -> list[ActiveRun]:
        """Take the suspended runs out of memory that have been there for long; never one that could not be saved."""
        now = time.monotonic()
        expired = [
            run_id
            for run_id, resident in self._resident.items()
            if resident.run.is_saved and now - resident.since >= RESIDENT_SECONDS
        ]
        return [self._resident.pop(run_id).run for run_id in expired]

    def _close_residents(self) -> None:
        with self._changed:
            residents, self._resident = self._resident, {}
        for run_id, resident in residents.items():
            try:
                resident.run.save_if_needed()
            except RunError as error:
                logger.warning("run %s %s", run_id, error)
            resident.run.close()

    def _tasks(self) -> list[Task]:
        return self._queue + self._active
