"""`RunRecorder`: writes down what a run in training shows, at the steps where something is due."""

from __future__ import annotations

import logging
from bisect import bisect_right
from typing import Any

import torch

from gan_core.data import ImageData
from gan_core.data.image_data import denormalize
from gan_core.errors import CheckpointError, Message
from gan_core.evaluation import online_evaluator
from gan_core.evaluation.copies import MAX_IMAGES, CopyFinder
from gan_core.models.checkpoint import Checkpoint
from gan_core.runs import forks, history, moves, resume_state
from gan_core.runs.errors import storage_errors
from gan_core.runs.run import Level, Status
from gan_core.runs.session import RunSession
from gan_core.runs.snapshots import Neighbors, fixed_latents
from gan_core.training import MetricRows, Trainer
from gan_core.training.device import graph_capture_guard
from gan_core.training.verdict import Verdict

logger = logging.getLogger(__name__)


class Recorder:
    """Knows at which steps something of a run is due, and records nothing: for the processes that are not rank 0.

    Args:
        trainer: What trains the run.
    """

    def __init__(self, trainer: Trainer):
        self.trainer = trainer
        self.history_steps = history.schedule(trainer.config.steps)

    @property
    def snapshot_is_due(self) -> bool:
        """Whether the step just done is one of those of which a snapshot is kept."""
        return self.trainer.step % self.trainer.config.snapshot_every == 0

    @property
    def checkpoint_is_due(self) -> bool:
        """Whether the run is saved after the step just done."""
        return self.trainer.step % self.trainer.config.checkpoint_every == 0

    @property
    def change_is_due(self) -> bool:
        """Whether the next step is trained with other options, so that what is measured may have other names."""
        return any(change.step == self.trainer.step for change in self.trainer.config.changes)

    def steps_to_next(self) -> int:
        """The number of steps until something is due exactly then."""
        step, config = self.trainer.step, self.trainer.config
        return min(
            *(change.step - step for change in config.changes if change.step > step),
            self.history_steps[bisect_right(self.history_steps, step)] - step,  # its last is the last step of all
            config.snapshot_every - step % config.snapshot_every,
            config.checkpoint_every - step % config.checkpoint_every,
        )

    def record_metrics(self, rows: MetricRows, warnings: list[Message], **fields: Any) -> None:
        """Record metrics and warnings, and update fields of the run."""

    def record_if_due(self, seconds: float) -> None:
        """Record the images of the step just done, and more, where it is due.

        Args:
            seconds: Of training since this recorder was made.
        """

    def record_snapshot(self) -> None:
        """Record the images of the fixed latent vectors."""

    def record_resumed(self) -> None:
        """Record that a run which stayed in memory trains again."""

    def record_config(self) -> None:
        """Record the config of the trainer, which has been changed."""

    def begin_move(self, players: str) -> None:
        """Keep what the saved run is, and what D thinks, before a move."""

    def finish_move(self) -> None:
        """Record what D thinks after a move, if there is one."""

    def record_final(self) -> None:
        """Record what the run shows at its end, whatever that costs."""

    def save(self, state: dict[str, Any], seconds: float) -> None:
        """Write a checkpoint, and the state to go on from.

        Args:
            state: Of the trainer.
            seconds: Of training, in all.
        """

    def update(self, **fields: Any) -> None:
        """Change fields of the run."""

    def end(self, status: Status, message: Message) -> None:
        """Record that the run does not train any more, and why."""

    def fail(self, error: BaseException) -> None:
        """Record the error that ended the work on the run."""

    def close(self) -> None:
        """Give up the lock of the run."""


class RunRecorder(Recorder):
    """Keeps the record of a run in its store.

    All methods raise `StorageError` when something cannot be written.

    Args:
        session: The run.
        trainer: What trains it.
        data: Real images to compare generated ones with; some are looked at now and none are kept.
    """

    def __init__(self, session: RunSession, trainer: Trainer, data: ImageData):
        super().__init__(trainer)
        self._session = session
        self._store = session.store
        self._run_id = session.run_id
        spec = trainer.gan.latent_spec
        z, self._columns = fixed_latents(spec, trainer.config.seed)
        self._z = z.to(trainer.device)
        self._unwritten: list[MetricRows] = []
        with graph_capture_guard(trainer.device):
            self._evaluator = online_evaluator(data, spec, device=trainer.device, seed=trainer.config.seed)
        self._evaluated_step: int | None = None
        self._verdict: Verdict | None = None  # before the move that is being made
        self._copy_finder = CopyFinder(data.images) if len(data) <= MAX_IMAGES else None

    def record_metrics(self, rows: MetricRows, warnings: list[Message], **fields: Any) -> None:
        """Record metrics and warnings, and update fields of the run. What could not be written is tried again."""
        if len(rows.steps):
            self._unwritten.append(rows)
        with storage_errors():
            while self._unwritten:
                self._store.append_metrics(self._run_id, self._unwritten[0])
                self._unwritten.pop(0)
        for warning in warnings:
            self._store.add_event(self._run_id, Level.WARNING, warning)
        self.update(**fields)

    def record_if_due(self, seconds: float) -> None:
        """Record a snapshot, the quality of the images, and the generator itself, where they are due."""
        if self.snapshot_is_due:
            self.record_snapshot()
            if self._evaluator is not None and self._evaluator.within_budget(seconds):
                self._record_quality()
        if self.trainer.step in self.history_steps:
            self._record_generator()

    def record_snapshot(self) -> None:
        """Record the images of the fixed latent vectors, of a small set beside the training images nearest to them."""
        with graph_capture_guard(self.trainer.device), torch.inference_mode():
            images = denormalize(self.trainer.averaged_generator()(self._z)).cpu()
        with storage_errors():
            self._store.add_snapshot(self._run_id, self.trainer.step, images, self._columns)
            if (finder := self._copy_finder) is not None:
                copies = finder.find(images)
                neighbors = Neighbors(self.trainer.step, finder.images[copies.nearest], copies.ratios)
                self._store.add_neighbors(self._run_id, neighbors)

    def record_resumed(self) -> None:
        """Record that a run which stayed in memory trains again."""
        self._store.reserve_disk_space()
        self.update(status=Status.RUNNING)

    def record_config(self) -> None:
        """Record the config of the trainer, which has been changed."""
        self.update(config=self.trainer.config)

    def begin_move(self, players: str) -> None:
        """Keep what the saved run is, and what D thinks, before a move."""
        moves.begin(self._store, self._store.get(self._run_id), players)
        self._verdict = Verdict.of(self.trainer)

    def finish_move(self) -> None:
        """Record what D thinks after a move, if there is one."""
        if self._verdict is not None:
            before, self._verdict = self._verdict, None
            moves.finish(self._store, self._run_id, self.trainer.step, before, Verdict.of(self.trainer))

    def record_final(self) -> None:
        """Record a snapshot and the quality of the images."""
        self.record_snapshot()
        self._record_quality()

    def save(self, state: dict[str, Any], seconds: float) -> None:
        """Write a checkpoint, and the state to go on from."""
        resume_state.save(self._store, self._run_id, self.trainer, state, seconds)
        forks.keep_state(self._store, self._run_id, self.trainer.step)

    def update(self, **fields: Any) -> None:
        """Change fields of the run."""
        self._session.update(**fields)

    def end(self, status: Status, message: Message) -> None:
        """Record that the run does not train any more, and why."""
        self._session.end(status, message)

    def fail(self, error: BaseException) -> None:
        """Record the error that ended the work on the run."""
        self._session.fail(error)

    def close(self) -> None:
        """Give up the lock of the run."""
        self._session.close()

    def _record_quality(self) -> None:
        step = self.trainer.step
        if self._evaluator is None or step == self._evaluated_step:
            return
        with graph_capture_guard(self.trainer.device):
            reading = self._evaluator.evaluate(step, self.trainer.averaged_generator())
        with storage_errors():
            self._store.add_reading(self._run_id, reading)
        self._evaluated_step = step

    def _record_generator(self) -> None:
        """Keep the generator. A run can do without: if that fails, it goes on."""
        trainer = self.trainer
        generator = Checkpoint(
            name=self._run_id,
            family=trainer.config.family,
            generator=trainer.averaged_generator(),
            discriminator=None,
            latent_spec=trainer.gan.latent_spec,
            card={"steps": trainer.step},
        )
        try:
            self._store.add_history(self._run_id, trainer.step, generator)
        except (CheckpointError, OSError) as error:
            logger.warning("the generator of run %s at step %d was not kept: %s", self._run_id, trainer.step, error)
