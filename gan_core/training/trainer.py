"""`Trainer`: the training loop. It knows a GAN, data and a device, and nothing of files or pages.

One iteration is `n_critic` updates of the discriminator, one of the generator, and one of the averaged generator.
The whole dataset sits on the device as uint8; a batch is picked there, and statistics stay there until they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.data.image_data import normalise
from gan_core.errors import RunError
from gan_core.families import Loss, check, check_data, get_family
from gan_core.training.device import is_out_of_memory, is_quick_in_bfloat16, out_of_memory, resolve_device
from gan_core.training.ema import Ema
from gan_core.training.randomness import Randomness
from gan_core.training.statistics import Rows, Statistics


@dataclass(frozen=True)
class Phase:
    """One player's turn: `repeats` updates of `module` by `optimizer` on `loss()`."""

    name: str
    module: nn.Module
    optimizer: torch.optim.Optimizer
    loss: Callable[[], Loss]
    repeats: int = 1


class Trainer:
    """Trains the GAN that `config` describes on `data`.

    All randomness (weights, noise, order of the data, dropout) comes from torch's default generators, seeded by
    `config.seed` and put back as they were whenever the trainer is not at work. So several trainers can take turns
    in one thread, and each goes on exactly as if it were alone.

    Raises `ConfigError` when config and data do not fit together.
    """

    def __init__(self, config: RunConfig, data: ImageData):
        check(config)
        check_data(config, data)
        self.config = config
        self.device = resolve_device(config.device)
        self.step = 0
        self._randomness = Randomness(self.device)
        self._mixed_precision = config.precision == "mixed" and is_quick_in_bfloat16(self.device)
        self._cursor = 0

        with self._randomness.seeded(config.seed):
            self.data = data.to(self.device)
            self.gan = get_family(config.family).build(config, data).to(self.device, memory_format=torch.channels_last)
            self.ema = Ema(self.gan.generator, config.ema_decay)
            self._order = self._shuffle()
        self.statistics = Statistics(self.device)
        self.phases = (
            Phase(
                name="d",
                module=self.gan.discriminator,
                optimizer=self._adam(self.gan.discriminator, config.lr_d),
                loss=self._discriminator_loss,
                repeats=config.n_critic,
            ),
            Phase(
                name="g",
                module=self.gan.generator,
                optimizer=self._adam(self.gan.generator, config.lr_g),
                loss=self._generator_loss,
            ),
        )

    @property
    def finished(self) -> bool:
        return self.step >= self.config.steps

    def advance(self, steps: int, *, interrupted: Callable[[], bool] = lambda: False) -> int:
        """Train for up to `steps` iterations, fewer at the end of the run or when `interrupted()`.

        It is asked before every iteration. Returns the number of iterations done. Raises `RunError` when the device
        runs out of memory.
        """
        done = 0
        try:
            with self._randomness.borrowed():
                while done < steps and not self.finished and not interrupted():
                    self._iterate()
                    done += 1
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise out_of_memory(self.device) from error
            raise
        return done

    def drain(self) -> Rows:
        """The statistics since the last call. Raises `RunError`, naming the step, if one is not finite."""
        rows = self.statistics.drain()
        if (step := rows.first_bad_step()) is not None:
            raise RunError(f"the loss is no longer a finite number at step {step}; try a lower lr_g and lr_d")
        return rows

    # One iteration

    def _iterate(self) -> None:
        seen: dict[str, Tensor] = {}
        for phase in self.phases:
            for _ in range(phase.repeats):
                loss = self._update(phase)
            seen[f"{phase.name}_loss"] = loss.total.detach()
            if len(loss.parts) > 1:
                seen |= {f"{phase.name}_{name}": part.detach() for name, part in loss.parts.items()}
            seen |= loss.watch
        self.step += 1
        self.ema.update(self.gan.generator, self.step)
        self.statistics.record(self.step, seen)

    def _update(self, phase: Phase) -> Loss:
        # Only the player whose turn it is collects gradients.
        for other in self.phases:
            other.module.requires_grad_(other is phase)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._mixed_precision):
            loss = phase.loss()
        phase.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        phase.optimizer.step()
        return loss

    def _discriminator_loss(self) -> Loss:
        images, labels = self._next_batch()
        return self.gan.discriminator_loss(images, labels, self._latent(labels))

    def _generator_loss(self) -> Loss:
        return self.gan.generator_loss(self._latent())

    # Batches

    def _next_batch(self) -> tuple[Tensor, Tensor | None]:
        if self._cursor + self.config.batch_size > len(self._order):
            self._order, self._cursor = self._shuffle(), 0
        picked = self._order[self._cursor : self._cursor + self.config.batch_size]
        self._cursor += self.config.batch_size
        images = normalise(self.data.images.index_select(0, picked))
        labels = None if self.data.labels is None else self.data.labels.index_select(0, picked)
        return images.contiguous(memory_format=torch.channels_last), labels

    def _shuffle(self) -> Tensor:
        """A random order of the data; a dataset smaller than one batch is repeated until it fills one."""
        rounds = -(-self.config.batch_size // len(self.data))
        return torch.cat([torch.randperm(len(self.data), device=self.device) for _ in range(rounds)])

    def _latent(self, labels: Tensor | None = None) -> Tensor:
        """Fresh noise, with the given classes where the family is conditional, else random ones."""
        return self.gan.latent.sample(self.config.batch_size, labels=labels, device=self.device)

    # Optimisers

    def _adam(self, module: nn.Module, lr: float) -> torch.optim.Optimizer:
        betas = (self.config.beta1, self.config.beta2)
        return torch.optim.Adam(module.parameters(), lr=lr, betas=betas, fused=self.device.type in ("cpu", "cuda"))

    # Resuming

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on: tensors, numbers and text only, so it loads with `weights_only=True`."""
        return {
            "config": self.config.to_json(),
            "images": len(self.data),
            "step": self.step,
            "gan": self.gan.state_dict(),
            "ema": self.ema.model.state_dict(),
            "optimizers": {phase.name: phase.optimizer.state_dict() for phase in self.phases},
            "random": self._randomness.states,
            "order": self._order,
            "cursor": self._cursor,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict()` of an earlier trainer, step for step as if it had never stopped.

        Only `steps` and how often things are kept may differ from the earlier config. Raises `RunError` otherwise,
        naming the fields, or when the dataset has another size.
        """
        free = {"steps", "snapshot_every", "checkpoint_every", "device", "threads"}
        before = RunConfig.from_json(state["config"])
        changed = {name: pair for name, pair in before.differences(self.config).items() if name not in free}
        if changed:
            what = ", ".join(f"{name} was {old!r}, is {new!r}" for name, (old, new) in changed.items())
            raise RunError(f"cannot go on with another config: {what}")
        if state["images"] != len(self.data):
            raise RunError(f"cannot go on: the dataset had {state['images']} images, now it has {len(self.data)}")
        self.step = state["step"]
        self.gan.load_state_dict(state["gan"])
        self.ema.model.load_state_dict(state["ema"])
        for phase in self.phases:
            phase.optimizer.load_state_dict(state["optimizers"][phase.name])
        self._randomness.states = state["random"]
        self._order = state["order"].to(self.device)
        self._cursor = state["cursor"]

    def is_finite(self) -> bool:
        """Whether every weight is a finite number; asked before a checkpoint replaces the last good one."""
        return all(bool(torch.isfinite(tensor).all()) for tensor in self.gan.state_dict().values())
