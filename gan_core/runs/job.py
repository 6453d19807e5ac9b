"""`Job`: one run in hand. It ties a `Trainer`, which knows nothing of files, to the record in a `RunStore`."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from gan_core.data import ImageData, load_dataset
from gan_core.errors import Message
from gan_core.runs import saving
from gan_core.runs.observer import Observer
from gan_core.runs.run import Level, Run, Status
from gan_core.runs.store import RunStore
from gan_core.runs.trouble import Interruption, StorageError, one_line, storing
from gan_core.training import Rows, Trainer, resolve_device
from gan_core.training.distributed import Command, World
from gan_core.training.threads import ThreadChooser

FLUSH_SECONDS = 0.3
TELL_SECONDS = 0.3
SMOOTHING = 0.7  # weight of the past in the average speed


def never() -> bool:
    return False


class Job:
    """Takes a run in hand, trains it slice by slice, keeps its record, and sets it down.

        job = Job(store, run_id)
        job.prepare()
        while not job.finished:
            job.work(seconds=0.25)
        job.finish()

    progress: told the run as it stands, a few times a second
    world:    the processes that train the run together, of which this is the first

    An error goes to `settle`, which writes it down. Only one job can have a run in hand, in this and all other
    processes; a second one raises `RunError`. `leave`, `finish` and `close` set it down.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        progress: Callable[[Run], None] | None = None,
        world: World | None = None,
    ):
        self.store = store
        self.run_id = run_id
        self._lock = store.lock(run_id)
        try:
            run = store.get(run_id)
            self.config = run.config
            self.device = resolve_device(run.config.device)
        except BaseException:
            self._lock.release()
            raise
        self.trainer: Trainer | None = None
        self._world = world or World()
        self._saved_step: int | None = None
        self._observer: Observer | None = None
        self._resting = False
        self._progress = progress
        self._data: ImageData | None = None
        self._seconds = run.seconds
        self._speed = run.images_per_second
        self._unwritten: list[Rows] = []
        self._flushed_at = 0.0
        self._since_flush = (0, 0.0)  # steps, seconds of training
        # A GPU's steps are queued by one thread, and several processes share the cores: nothing to choose then.
        has_choice = self.device.type == "cpu" and self._world.size == 1
        self._threads = ThreadChooser(self.config.threads or (0 if has_choice else 1))

    # Beginning

    def queue(self) -> None:
        """Note that the run waits for its turn."""
        self._update(status=Status.QUEUED, device=self.device.type, error=None, message=None, fraction=None)

    def prepare(self, interrupted: Callable[[], bool] = never) -> None:
        """`load`, then `build`."""
        self.load(interrupted)
        self.build()

    def load(self, interrupted: Callable[[], bool] = never) -> None:
        """Load the dataset, which may mean a long download, and record what there is to say of it.

        Raises `Interruption` soon after `interrupted()`.
        """
        started_at = self.store.get(self.run_id).started_at or time.time()
        self._update(
            status=Status.PREPARING,
            device=self.device.type,
            started_at=started_at,
            finished_at=None,
            error=None,
            message="loading the dataset",
            fraction=None,
        )
        told_at = 0.0

        def tell(message: str, fraction: float | None) -> None:
            nonlocal told_at
            if interrupted():
                raise Interruption
            if time.monotonic() - told_at > TELL_SECONDS:
                told_at = time.monotonic()
                self._update(message=message, fraction=fraction)

        config = self.config
        self._data = load_dataset(
            config.dataset,
            image_size=config.image_size,
            channels=config.channels,
            path=config.data_path,
            progress=tell,
        )
        with storing():
            known = self.store.notes(self.run_id)
            for note in self._data.notes:
                if note not in known:
                    self.store.add_event(self.run_id, Level.INFO, note)

    def build(self) -> None:
        """Make the trainer, and go on from the last checkpoint if there is one. To be called where training happens."""
        saving.remove_leftovers(self.store, self.run_id)
        state = saving.read_state(self.store, self.run_id)
        if state is not None:
            saving.check_classes(self.store, self.run_id, self._data)
        self._world.lead(Command.START, (self.config.to_json(), state))
        trainer = Trainer(self.config, self._data, world=self._world)
        if state is not None:
            saving.restore(trainer, state, self.run_id)
            self._saved_step = trainer.step
        with storing():
            self.store.truncate(self.run_id, trainer.step)
        self._observer = Observer(self.store, self.run_id, trainer, self._data)
        self._seconds_before = self._seconds
        self.trainer = trainer
        if trainer.step == 0:
            self._observer.keep_what_is_due(trained=0.0)
        self._data = None  # the trainer has its own, on its device
        self._update(status=Status.RUNNING, step=self.trainer.step, message=None, fraction=None)

    # Training

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.trainer is not None and self.trainer.finished

    @property
    def is_saved(self) -> bool:
        """Whether nothing is lost if the trainer goes now."""
        return self.trainer is None or self._saved_step == self.trainer.step

    def work(self, seconds: float, interrupted: Callable[[], bool] = never, steps: int | None = None) -> int:
        """Train for about `seconds`, at most `steps`, until `interrupted()`, which is asked before every step.

        Keeps snapshots and checkpoints on their way. Returns the number of steps done.
        """
        if self._resting:
            self._proceed()
        deadline = time.monotonic() + seconds
        done = 0

        def over() -> bool:
            return time.monotonic() >= deadline or interrupted()

        while not self.finished and not over() and (steps is None or done < steps):
            most = self._steps_to_next_stop()
            done += self._train(most if steps is None else min(most, steps - done), over)
            self._keep()
        return done

    def _proceed(self) -> None:
        """Go on with the trainer that stayed in hand; first keep what could not be kept before."""
        self.save_if_needed()
        self._keep()
        self.store.keep_reserve()
        self._update(status=Status.RUNNING)
        self._resting = False

    def _steps_to_next_stop(self) -> int:
        """The number of steps until something is due exactly then."""
        every = self.config.checkpoint_every
        return min(self._observer.steps_to_next(), every - self.trainer.step % every)

    def _train(self, steps: int, interrupted: Callable[[], bool]) -> int:
        began = time.perf_counter()
        done = self._threads.advance(steps, lambda n: self.trainer.advance(n, interrupted=interrupted))
        before = self._since_flush
        self._since_flush = (before[0] + done, before[1] + time.perf_counter() - began)
        return done

    def _keep(self) -> None:
        """Write what is due after the steps just done."""
        checkpoint_due = self.trainer.step % self.config.checkpoint_every == 0 and not self.is_saved
        if self._observer.snapshot_is_due or checkpoint_due or time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            self.flush()
        self._observer.keep_what_is_due(trained=self._seconds - self._seconds_before)
        if checkpoint_due:
            self.save()

    def flush(self) -> None:
        """Read the statistics from the device and record them. Raises `RunError` if a loss is not finite."""
        began = time.perf_counter()
        rows = self.trainer.drain()  # waits for the device, so this too is training time
        steps, seconds = self._since_flush
        seconds += time.perf_counter() - began
        self._since_flush = (0, 0.0)
        self._flushed_at = time.monotonic()
        if steps:
            self._seconds += seconds
            speed = steps * self.config.batch_size * self.config.n_critic / max(seconds, 1e-9)
            self._speed = speed if self._speed is None else SMOOTHING * self._speed + (1 - SMOOTHING) * speed
        if len(rows.steps):
            self._unwritten.append(rows)
        with storing():
            while self._unwritten:
                self.store.append_metrics(self.run_id, self._unwritten[0])
                self._unwritten.pop(0)
        for note in self.trainer.take_notes():
            self.store.add_event(self.run_id, Level.WARNING, note)
        self._update(step=self.trainer.step, seconds=self._seconds, images_per_second=self._speed)

    # Saving

    def save(self) -> None:
        """Write a checkpoint to draw from and the state to go on from, and record the statistics up to them.

        Raises what `saving.save` and `flush` raise.
        """
        self.flush()
        saving.save(self.store, self.run_id, self.trainer, self._seconds)
        self._saved_step = self.trainer.step

    def save_if_needed(self) -> None:
        if not self.is_saved:
            self.save()

    # Ending

    def finish(self) -> None:
        """Save, mark the run finished, and set it down."""
        self.flush()
        self._observer.keep_the_end()
        self.save_if_needed()
        self._update(status=Status.FINISHED, finished_at=time.time(), error=None)
        self.close()

    def leave(self, status: Status, message: Message, *, keep: bool = False) -> None:
        """Save, record why the run has another status now, and set it down.

        keep: stay in hand with its trainer, so that it can go on at once
        """
        if self.trainer is not None:
            self.flush()
            if status is not Status.INTERRUPTED:
                self._observer.snapshot()
            self.save_if_needed()
        self._record(status, message)
        self._resting = keep
        if not keep:
            self.close()

    def settle(self, error: BaseException) -> Run:
        """Write down the error that ended the work on this run; the traceback goes to its events.

        A `StorageError` pauses the run, anything else but an interruption fails it. The run stays in hand.
        """
        if isinstance(error, Interruption | KeyboardInterrupt):
            return self._record(
                Status.INTERRUPTED, Message("interrupted; what was done since the last checkpoint is lost")
            )
        line = one_line(error, self.device)
        detail = "".join(traceback.format_exception(error))
        if isinstance(error, StorageError):
            self._resting = True
            self.store.release_reserve()
            return self._record(Status.PAUSED, line, Level.WARNING, error=line, detail=detail)
        return self._record(Status.FAILED, line, Level.ERROR, error=line, detail=detail)

    def close(self) -> None:
        """Free the memory and set the run down, so that anybody may take it in hand."""
        self.trainer = None
        self._observer = None
        self._data = None
        self._lock.release()

    def _record(
        self,
        status: Status,
        message: Message,
        level: Level = Level.INFO,
        *,
        error: Message | None = None,
        detail: str | None = None,
    ) -> Run:
        ended = status in (Status.STOPPED, Status.FAILED)
        run = self._update(
            status=status,
            error=error,
            message=None,
            fraction=None,
            finished_at=time.time() if ended else None,
        )
        self.store.add_event(self.run_id, level, message, detail)
        return run

    def _update(self, **fields: Any) -> Run:
        with storing():
            run = self.store.update(self.run_id, **fields)
        if self._progress:
            self._progress(run)
        return run
