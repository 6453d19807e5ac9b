"""`TrainingService`: trains runs in the background, whatever becomes of the page that started them."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from gan_core.errors import Message, RunError
from gan_core.families import RunConfig, validate_config
from gan_core.runs import forks, moves
from gan_core.runs.active_run import ActiveRun, QueuedRun
from gan_core.runs.run import Run, Status
from gan_core.runs.store import RunStore
from gan_core.runs.worker import Command, Worker
from gan_core.training import resolve_device


@dataclass(frozen=True)
class Vitals:
    """The state of the background training of a process.

    Attributes:
        open: Until the service is shut down.
        alive: No thread that trains has died.
        active: Number of runs that train, in turns.
        waiting: Number of runs in the queue.
    """

    open: bool
    alive: bool
    active: int
    waiting: int


class TrainingService:
    """A queue of runs and one background thread per device.

    A run that is training notices a command within one step, and is saved before it is suspended. Commands on one run
    are carried out one at a time, so that two clicks do not start it twice; those on other runs do not wait for it.
    They raise `RunError` when a run is unknown or in no state for what is asked of it.

    Args:
        store: Where runs are recorded, by default in `gan_home()`.
        max_active: So many runs of a device take turns, the others wait in the order they came.
        slice_seconds: Length of a turn.
    """

    def __init__(self, store: RunStore | None = None, *, max_active: int = 1, slice_seconds: float = 0.25):
        self.store = store or RunStore()
        self.store.mark_interrupted()
        self._max_active = max_active
        self._slice_seconds = slice_seconds
        self._workers: dict[str, Worker] = {}
        self._closed = False
        self._guard = threading.Lock()  # of the fields; never held while a run is saved
        self._run_locks: WeakValueDictionary[str, threading.RLock] = WeakValueDictionary()

    @property
    def max_active(self) -> int:
        """The number of runs of a device that take turns."""
        return self._max_active

    def set_max_active(self, max_active: int) -> None:
        """Let so many runs of a device take turns. With fewer than before, those that have begun still go on."""
        if max_active < 1:
            raise RunError("at least one run must be able to train")
        with self._guard:
            self._max_active = max_active
            for worker in self._workers.values():
                worker.set_max_active(max_active)

    # Commands

    def submit(self, config: RunConfig, *, name: str | None = None) -> Run:
        """Record a new run and queue it.

        Raises:
            ConfigError: The config cannot be trained here.
        """
        validate_config(config)
        resolve_device(config.device)
        self._check_open()
        run = self.store.create(config, name=name)
        self._start(run.id)
        return self.store.get(run.id)

    def pause(self, run_id: str) -> Run:
        """Suspend a run so that it can go on later, step for step. Nothing happens to one that is paused."""
        with self._command(run_id):
            run = self._get(run_id)
            if run.status is not Status.PAUSED:
                self._request(run, Status.PAUSED)
            return self.store.get(run_id)

    def stop(self, run_id: str) -> Run:
        """End a run early. It keeps its checkpoint and may be resumed after all."""
        with self._command(run_id):
            run = self._get(run_id)
            if run.status is Status.PAUSED:
                if not self._release(run_id, _stop):
                    queued = QueuedRun(self.store, run_id)
                    try:
                        _stop(queued)
                    finally:
                        queued.close()
            elif run.status is not Status.STOPPED:
                self._request(run, Status.STOPPED)
            return self.store.get(run_id)

    def resume(self, run_id: str) -> Run:
        """Queue a run that has steps left: it goes on from its last checkpoint, or begins anew without one."""
        return self._resume(run_id)

    def step(self, run_id: str, n: int = 1) -> Run:
        """Have a suspended run do `n` steps and pause again. It need not wait for other runs."""
        return self._resume(run_id, _whole(n))

    def change(self, run_id: str, **settings: Any) -> Run:
        """Give options of a run that trains or is paused other values, from its next step on.

        Args:
            run_id: Of the run.
            **settings: New values of `RunConfig.knobs`.

        Raises:
            ConfigError: A setting is no knob, or its value is wrong; the run stays as it is.
        """
        with self._command(run_id):
            run = self._get_playable(run_id)
            config = run.config.changed(run.step, **settings)
            if not self._in_memory(run, lambda active: active.change(**settings)):
                self.store.update(run_id, config=config)
            return self.store.get(run_id)

    def move(self, run_id: str, players: str, n: int = 1) -> Run:
        """Have D alone, G alone or both learn for `n` steps of a run that trains or is paused; then it pauses.

        Args:
            run_id: Of the run.
            players: See `RunConfig.players`.
            n: Number of steps.
        """
        n = _whole(n)
        with self._command(run_id):
            run = self._get_playable(run_id)
            run.config.changed(run.step, players=players)  # raises what is wrong with it

            def begin(active: ActiveRun) -> int:
                return active.begin_move(players, n)

            if run.status is Status.PAUSED:
                return self._resume(run_id, n, begin)
            self._in_memory(run, begin)
            return self.store.get(run_id)

    def undo(self, run_id: str) -> Run:
        """Make a run that does not train what it was before its last move."""
        with self._command(run_id):
            run = self._get(run_id)
            if run.is_active:
                raise RunError(
                    "run {run_id} is {status}; pause it before undoing its last move",
                    run_id=run_id,
                    status=run.status,
                )
            if moves.can_undo(self.store, run):
                self._release(run_id, lambda active: None)
            return moves.undo(self.store, run_id)

    def fork(self, run_id: str, step: int, *, name: str | None = None, **settings: Any) -> Run:
        """Queue a new run that has done what a run had done at a step; see `forks.fork`. The run stays as it is."""
        self._check_open()
        run = forks.fork(self.store, run_id, step, name=name, **settings)
        self._start(run.id)
        return self.store.get(run.id)

    def extend(self, run_id: str, steps: int) -> Run:
        """Give a run that does not train `steps` more steps to do, and queue it."""
        if steps < 1:
            raise RunError("the number of further steps must be at least 1")
        with self._command(run_id):
            run = self._get(run_id)
            if not run.can_extend:
                raise RunError(
                    "run {run_id} is {status}; pause it before giving it more steps", run_id=run_id, status=run.status
                )
            config = run.config.replace(steps=run.config.steps + steps)
            self._release(run_id, ActiveRun.save_if_needed)  # its trainer has the old config
            self.store.update(run_id, config=config)
            return self._resume(run_id)

    def delete(self, run_id: str) -> None:
        """Forget a run that does not train, and remove its files."""
        with self._command(run_id):
            self._get(run_id)
            self._release(run_id, lambda run: None)
            self.store.delete(run_id)

    # Watching

    def queue_position(self, run_id: str) -> int | None:
        """1 for the run that starts next on its device; None for one that does not wait."""
        positions = (worker.queue_position(run_id) for worker in self._all_workers())
        return next((position for position in positions if position is not None), None)

    def vitals(self) -> Vitals:
        """The state of the background training."""
        workers = self._all_workers()
        return Vitals(
            open=not self._closed,
            alive=all(worker.is_alive for worker in workers),
            active=sum(worker.active for worker in workers),
            waiting=sum(worker.waiting for worker in workers),
        )

    def wait(self, run_id: str, timeout: float | None = None) -> Run:
        """Block until this service does not train the run any more, or `timeout` seconds have passed.

        Returns:
            The run as it is then.
        """
        end = None if timeout is None else time.monotonic() + timeout
        for worker in self._all_workers():
            worker.wait(run_id, None if end is None else max(0.0, end - time.monotonic()))
        return self.store.get(run_id)

    def shutdown(self, timeout: float = 20.0) -> None:
        """Save all runs at their next step and mark them as interrupted; then no more runs are taken."""
        with self._guard:
            self._closed = True
            workers = list(self._workers.values())
        for worker in workers:
            worker.ask_to_close()
        end = time.monotonic() + timeout
        for worker in workers:
            worker.join(max(0.0, end - time.monotonic()))
        self.store.close()

    def _command(self, run_id: str) -> threading.RLock:
        with self._guard:
            return self._run_locks.setdefault(run_id, threading.RLock())

    def _get(self, run_id: str) -> Run:
        self.store.mark_interrupted()
        return self.store.get(run_id)

    def _request(self, run: Run, status: Status) -> None:
        if not run.is_active:
            raise RunError(
                "run {run_id} is {status}; there is nothing to be {wanted}",
                run_id=run.id,
                status=run.status,
                wanted=status,
            )
        if not any(worker.request(run.id, status) for worker in self._all_workers()):
            raise RunError(
                "run {run_id} is trained by another program; it can only be {wanted} there",
                run_id=run.id,
                wanted=status,
            )

    def _get_playable(self, run_id: str) -> Run:
        """A run that can be played with."""
        self._check_open()
        run = self._get(run_id)
        if run.status not in (Status.RUNNING, Status.PAUSED):
            raise RunError(
                "run {run_id} is {status}; it can be played with only while it trains or is paused",
                run_id=run_id,
                status=run.status,
            )
        return run

    def _in_memory(self, run: Run, command: Command) -> bool:
        """Have a command carried out by the worker that has a run in memory. False if it is paused and on disk."""
        if any(worker.command(run.id, command) for worker in self._all_workers()):
            return True
        if run.is_active:
            raise RunError("run {run_id} is trained by another program; play with it there", run_id=run.id)
        return False

    def _resume(self, run_id: str, steps: int | None = None, *commands: Command) -> Run:
        with self._command(run_id):
            self._check_open()
            run = self._get(run_id)
            if not any(worker.add_resident(run_id, steps, *commands) for worker in self._all_workers()):
                if run.is_active:
                    raise RunError("run {run_id} is {status} already", run_id=run_id, status=run.status)
                if not run.can_resume:
                    raise RunError("run {run_id} has done all its steps; give it more of them", run_id=run_id)
                self._start(run_id, steps, *commands)
            if not commands:
                moves.forget(self.store, run_id)
            return self.store.get(run_id)

    def _start(self, run_id: str, steps: int | None = None, *commands: Command) -> None:
        run = QueuedRun(self.store, run_id)
        try:
            self._worker(run.device.type).add(run, steps, *commands)
        except BaseException:
            run.close()
            raise

    def _worker(self, device: str) -> Worker:
        with self._guard:
            if device not in self._workers:
                self._check_open()
                self._workers[device] = Worker(device, max_active=self._max_active, slice_seconds=self._slice_seconds)
            return self._workers[device]

    def _all_workers(self) -> list[Worker]:
        with self._guard:
            return list(self._workers.values())

    def _release(self, run_id: str, end: Callable[[ActiveRun], None]) -> bool:
        return any(worker.release(run_id, end) for worker in self._all_workers())

    def _check_open(self) -> None:
        if self._closed:
            raise RunError("training has been shut down")


def _whole(steps: int) -> int:
    if steps < 1:
        raise RunError("the number of steps must be at least 1")
    return steps


def _stop(run: QueuedRun | ActiveRun) -> None:
    run.suspend(Status.STOPPED, Message(Status.STOPPED))


_service: TrainingService | None = None
_service_lock = threading.Lock()


def get_service() -> TrainingService:
    """The service of this process, on the store in `gan_home()`. It is shut down when the process ends."""
    global _service
    with _service_lock:
        if _service is None:
            _service = TrainingService()
            atexit.register(shutdown_service)
        return _service


def shutdown_service() -> None:
    """Save and end all background training of this process, if there is any."""
    global _service
    with _service_lock:
        service, _service = _service, None
    if service is not None:
        service.shutdown()
        atexit.unregister(shutdown_service)
