"""`Observer`: what is kept of a generator on its way. Pictures, readings of quality, and the generator itself."""

from __future__ import annotations

import logging
from bisect import bisect_right

import torch

from gan_core.data import ImageData
from gan_core.data.image_data import denormalise
from gan_core.errors import CheckpointError
from gan_core.evaluation import live_meter
from gan_core.models.checkpoint import Checkpoint
from gan_core.runs import history
from gan_core.runs.snapshots import fixed_latents
from gan_core.runs.store import RunStore
from gan_core.runs.trouble import storing
from gan_core.training import Trainer
from gan_core.training.device import using

logger = logging.getLogger(__name__)


class Observer:
    """Looks at the averaged generator of a run as its trainer has it now, and keeps what it sees in the store.

    data: real images to read the quality by; some are looked at now and none are kept

    Snapshots and readings raise `StorageError` if they cannot be kept.
    """

    def __init__(self, store: RunStore, run_id: str, trainer: Trainer, data: ImageData):
        config, latent_spec = trainer.config, trainer.gan.latent_spec
        self._store = store
        self._run_id = run_id
        self._trainer = trainer
        vectors, self._columns = fixed_latents(latent_spec, config.seed)
        self._vectors = vectors.to(trainer.device)
        self._history = history.schedule(config.steps)
        with using(trainer.device):
            self._meter = live_meter(data, latent_spec, device=trainer.device, seed=config.seed)
        self._read_step: int | None = None

    @property
    def snapshot_is_due(self) -> bool:
        return self._trainer.step % self._trainer.config.snapshot_every == 0

    def steps_to_next(self) -> int:
        """The number of steps until something is due exactly then."""
        step, every = self._trainer.step, self._trainer.config.snapshot_every
        return min(
            self._history[bisect_right(self._history, step)] - step,  # its last is the last step of all
            every - step % every,
        )

    def keep_what_is_due(self, trained: float) -> None:
        """Keep what belongs to the step just done. trained: seconds of training since this observer was made"""
        if self.snapshot_is_due:
            self.snapshot()
            if self._meter is not None and self._meter.is_affordable(trained):
                self._read_quality()
        if self._trainer.step in self._history:
            self._remember()

    def keep_the_end(self) -> None:
        """Keep how the run ends: a snapshot and a reading, whatever that costs."""
        self.snapshot()
        if self._meter is not None:
            self._read_quality()

    def snapshot(self) -> None:
        """Keep the pictures of the fixed latent vectors."""
        with using(self._trainer.device), torch.inference_mode():
            images = denormalise(self._trainer.ema.model(self._vectors)).cpu()
        with storing():
            self._store.add_snapshot(self._run_id, self._trainer.step, images, self._columns)

    def _read_quality(self) -> None:
        step = self._trainer.step
        if step == self._read_step:
            return
        with using(self._trainer.device):
            reading = self._meter.read(step, self._trainer.ema.model)
        with storing():
            self._store.add_reading(self._run_id, reading)
        self._read_step = step

    def _remember(self) -> None:
        """Keep the generator. A run can do without: if that fails, it goes on."""
        trainer = self._trainer
        generator = Checkpoint(
            name=self._run_id,
            family=trainer.config.family,
            generator=trainer.ema.model,  # is always in evaluation mode
            discriminator=None,
            latent_spec=trainer.gan.latent_spec,
            card={"steps": trainer.step},
        )
        try:
            self._store.add_history(self._run_id, trainer.step, generator)
        except (CheckpointError, OSError) as error:
            logger.warning("the generator of run %s at step %d was not kept: %s", self._run_id, trainer.step, error)
