"""`QueuedRun`, whose trainer is still to be made, and `ActiveRun`, which trains.

    queued = QueuedRun(store, run_id)
    active = queued.start(queued.load())
    while not active.finished:
        active.train(seconds=0.25)
    active.complete()

They tie a `Trainer`, which knows nothing of files, to the record of a run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gan_core.data import ImageData, load_dataset
from gan_core.errors import Message, RunError
from gan_core.families import RunConfig
from gan_core.models import Checkpoint
from gan_core.runs import resume_state
from gan_core.runs.checkpoints import load_checkpoint
from gan_core.runs.errors import Cancelled, storage_errors
from gan_core.runs.recorder import Recorder, RunRecorder
from gan_core.runs.run import Level, Status
from gan_core.runs.session import RunSession
from gan_core.training import ProcessGroup, Trainer
from gan_core.training.threads import ThreadTuner

FLUSH_SECONDS = 0.3
PROGRESS_SECONDS = 0.3
SMOOTHING = 0.7  # weight of the past in the average speed

LoadProgress = Callable[[str, float | None], None]


def never() -> bool:
    """The default answer to whether work is interrupted."""
    return False


def load_data(config: RunConfig, progress: LoadProgress = lambda message, fraction: None) -> ImageData:
    """Load the dataset of a run, which may mean a long download."""
    return load_dataset(
        config.dataset,
        image_size=config.image_size,
        channels=config.channels,
        path=config.data_path,
        progress=progress,
    )


def make_trainer(
    run_id: str,
    config: RunConfig,
    data: ImageData,
    read_state: Callable[[], dict[str, Any] | None],
    group: ProcessGroup,
    read_start: Callable[[], Checkpoint | None] = lambda: None,
) -> Trainer:
    """A trainer that goes on from a saved state, if there is one, else begins as the config says; collective.

    Args:
        run_id: For messages.
        config: Of the run.
        data: Its dataset.
        read_state: Called in rank 0 alone.
        group: The processes that train together.
        read_start: Called in rank 0 alone, where there is no state: the model that the run begins with.

    Raises:
        RunError: Nothing of that model fits.
    """
    state = group.on_leader(read_state)
    start = group.on_leader(read_start) if state is None else None
    trainer = Trainer(config, data, group=group)
    if state is not None:
        resume_state.restore(trainer, state, run_id)
    elif start is not None:
        of_d = None if start.discriminator is None else start.discriminator.state_dict()
        if trainer.begin_with(start.generator.state_dict(), of_d) == 0:
            raise RunError(
                "nothing of {name} fits these networks: choose its family, image size and width, or another start",
                name=start.name,
            )
    return trainer


class QueuedRun(RunSession):
    """A run that this process owns, and that does not train yet. `start`, `suspend` and `fail` end that."""

    def load(self, cancelled: Callable[[], bool] = never) -> ImageData:
        """Load the dataset, in any thread, and record what there is to say of it.

        Raises:
            Cancelled: Soon after `cancelled()`.
        """
        self.update(
            status=Status.PREPARING,
            device=self.device.type,
            started_at=self.store.get(self.run_id).started_at or time.time(),
            finished_at=None,
            error=None,
            message="loading the dataset",
            fraction=None,
        )
        reported_at = 0.0

        def report(message: str, fraction: float | None) -> None:
            nonlocal reported_at
            if cancelled():
                raise Cancelled
            if time.monotonic() - reported_at > PROGRESS_SECONDS:
                reported_at = time.monotonic()
                self.update(message=message, fraction=fraction)

        data = load_data(self.config, report)
        with storage_errors():
            known = self.store.notes(self.run_id)
            for note in data.notes:
                if note not in known:
                    self.store.add_event(self.run_id, Level.INFO, note)
        return data

    def start(self, data: ImageData, group: ProcessGroup | None = None) -> ActiveRun:
        """Make the trainer, from the last checkpoint if there is one. To be called in the thread that trains.

        Args:
            data: As `load` returned it.
            group: The processes that train the run together; this is rank 0.
        """
        resume_state.remove_leftovers(self.store, self.run_id)
        group = group or ProcessGroup()
        trainer = make_trainer(self.run_id, self.config, data, lambda: self._read_state(data), group, self._read_start)
        with storage_errors():
            self.store.truncate(self.run_id, trainer.step)
        run = self.store.get(self.run_id)
        recorder = RunRecorder(self, trainer, data)
        if trainer.step == 0:
            recorder.record_if_due(0.0)
        self.update(status=Status.RUNNING, step=trainer.step, message=None, fraction=None)
        return ActiveRun(trainer, recorder, seconds=run.seconds, images_per_second=run.images_per_second)

    def suspend(self, status: Status, message: Message) -> None:
        """Record why the run has another status now, and give it up."""
        self.end(status, message)
        self.close()

    def _read_start(self) -> Checkpoint | None:
        """The model that the run begins with, where its config names one."""
        if self.config.start_from is None:
            return None
        return load_checkpoint(self.config.start_from, store=self.store)

    def _read_state(self, data: ImageData) -> dict[str, Any] | None:
        state = resume_state.read(self.store, self.run_id)
        if state is not None:
            resume_state.check_classes(self.store, self.run_id, data)
        return state


class ActiveRun:
    """A run that trains, slice by slice. `complete`, `suspend` and `fail` end that.

    A suspended run may stay in memory and go on at once. `close` gives it up; its memory is free with the last
    reference to it.

    All processes that train a run together have an `ActiveRun` and call the same methods in the same order. Only the
    recorder of rank 0 writes.

    Args:
        trainer: Trains the run.
        recorder: Writes its record.
        seconds: Of training before this.
        images_per_second: The average speed before this.
    """

    def __init__(
        self,
        trainer: Trainer,
        recorder: Recorder,
        *,
        seconds: float = 0.0,
        images_per_second: float | None = None,
    ):
        self.trainer = trainer
        self.recorder = recorder
        self._seconds_before = self._seconds = seconds
        self._speed = images_per_second
        self._saved_step: int | None = trainer.step or None
        self._is_suspended = False
        self._is_moving = False
        self._flushed_at = 0.0
        self._since_flush = (0, 0.0)  # steps, seconds of training
        # A GPU's steps are queued by one thread, and several processes share the cores: nothing to choose then.
        has_choice = trainer.device.type == "cpu" and trainer.group.size == 1
        self._threads = ThreadTuner(trainer.config.threads or (0 if has_choice else 1))

    def mark_queued(self) -> None:
        """Record that a run which stayed in memory waits for its turn."""
        self.recorder.update(status=Status.QUEUED, error=None)

    # Training

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.trainer.finished

    @property
    def is_saved(self) -> bool:
        """Whether nothing is lost if the trainer goes now."""
        return self._saved_step == self.trainer.step

    def train(
        self, seconds: float = float("inf"), cancelled: Callable[[], bool] = never, steps: int | None = None
    ) -> int:
        """Train for about `seconds`, at most `steps`, until `cancelled()`; record what is due on the way.

        Processes that train together must stop at the same step: only `steps` is a limit for them.

        Args:
            seconds: Of this slice.
            cancelled: Asked before every step.
            steps: At most so many.

        Returns:
            The number of steps done.
        """
        if self._is_suspended:
            self._go_on()
        deadline = time.monotonic() + seconds
        done = 0

        def is_over() -> bool:
            return time.monotonic() >= deadline or cancelled()

        while not self.finished and not is_over() and (steps is None or done < steps):
            most = self.recorder.steps_to_next()
            done += self._train_steps(most if steps is None else min(most, steps - done), is_over)
            self._record_if_due()
        return done

    def _go_on(self) -> None:
        """Go on with the trainer that stayed in memory; first record what could not be written before."""
        self.save_if_needed()
        self._record_if_due()
        self.recorder.record_resumed()
        self._is_suspended = False

    def _train_steps(self, steps: int, interrupted: Callable[[], bool]) -> int:
        began = time.perf_counter()
        done = self._threads.run(steps, lambda n: self.trainer.train_steps(n, interrupted=interrupted))
        before = self._since_flush
        self._since_flush = (before[0] + done, before[1] + time.perf_counter() - began)
        return done

    def _record_if_due(self) -> None:
        checkpoint_due = self.recorder.checkpoint_is_due and not self.is_saved
        flush_due = time.monotonic() - self._flushed_at > FLUSH_SECONDS or self.trainer.group.size > 1
        if self.recorder.snapshot_is_due or self.recorder.change_is_due or checkpoint_due or flush_due:
            self.flush()
        self.recorder.record_if_due(self._seconds - self._seconds_before)
        if checkpoint_due:
            self.save()

    # Playing with a run

    def change(self, **settings: Any) -> None:
        """Give options other values from the next step on, and record that; see `RunConfig.changed`."""
        self.flush()  # what is measured may have other names
        self.trainer.change(**settings)
        self.recorder.record_config()

    def begin_move(self, players: str, steps: int) -> int:
        """For so many steps let only these players learn; the run is kept as it is now. Returns `steps`.

        Args:
            players: See `RunConfig.players`.
            steps: The run is to be suspended after them; then the move is over.
        """
        if self._is_suspended:
            self._go_on()
        self._finish_move()
        self.save_if_needed()
        self.recorder.begin_move(players)
        self._is_moving = True
        self.trainer.change(players=players)
        self.trainer.change(self.trainer.step + steps, players="both")  # also where this process dies meanwhile
        self.recorder.record_config()
        return steps

    def _finish_move(self) -> None:
        """End the move that is being made, if there is one; it may be shorter than it was meant to be."""
        if not self._is_moving:
            return
        self._is_moving = False
        if self.trainer.current.players != "both":
            self.trainer.change(players="both")
            self.recorder.record_config()
        self.recorder.finish_move()

    def flush(self) -> None:
        """Read the metrics from the device and record them.

        Raises:
            RunError: A loss is not finite.
        """
        began = time.perf_counter()
        rows = self.trainer.flush()  # waits for the device, so this too is training time
        steps, seconds = self._since_flush
        seconds += time.perf_counter() - began
        self._since_flush = (0, 0.0)
        self._flushed_at = time.monotonic()
        if steps:
            config = self.trainer.config
            self._seconds += seconds
            speed = steps * config.batch_size * self.trainer.current.n_critic / max(seconds, 1e-9)
            self._speed = speed if self._speed is None else SMOOTHING * self._speed + (1 - SMOOTHING) * speed
        self.recorder.record_metrics(
            rows,
            self.trainer.pop_warnings(),
            step=self.trainer.step,
            seconds=self._seconds,
            images_per_second=self._speed,
        )

    # Saving

    def save(self) -> None:
        """Write a checkpoint to draw from and the state to go on from, and record the metrics up to them.

        Raises:
            RunError: The weights are not finite; the last good checkpoint stays.
            StorageError: They cannot be written.
        """
        self.flush()
        resume_state.check_finite(self.trainer)
        self.recorder.save(self.trainer.state_dict(), self._seconds)
        self._saved_step = self.trainer.step

    def save_if_needed(self) -> None:
        """Save unless that was done at this step."""
        if not self.is_saved:
            self.save()

    # Ending

    def complete(self) -> None:
        """Save, mark the run finished, and give it up."""
        self.flush()
        self._finish_move()
        self.recorder.record_final()
        self.save_if_needed()
        self.recorder.update(status=Status.FINISHED, finished_at=time.time(), error=None)
        self.close()

    def suspend(self, status: Status, message: Message, *, keep: bool = False) -> None:
        """Save, record why the run has another status now, and give it up.

        Args:
            status: Such as paused.
            message: For the events of the run.
            keep: Stay in memory and keep the lock, so that the run can go on at once.
        """
        self.flush()
        self._finish_move()
        if status is not Status.INTERRUPTED:
            self.recorder.record_snapshot()
        self.save_if_needed()
        self.recorder.end(status, message)
        self._is_suspended = keep
        if not keep:
            self.close()

    def fail(self, error: BaseException) -> None:
        """Record the error that ended the training; the run is not given up.

        After a `StorageError` it can go on from memory: nothing is lost.
        """
        self._is_suspended = True
        self.recorder.fail(error)

    def close(self) -> None:
        """Give up the run, so that any process may take it."""
        self.recorder.close()
