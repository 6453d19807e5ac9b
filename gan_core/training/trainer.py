"""`Trainer`: the training loop. It knows a GAN, data and a device, and nothing of files or pages.

One iteration is `n_critic` updates of the discriminator, one of the generator, and one of the averaged generator. The
generator's forward pass of the last of these turns is used by both players, as in the code of the DCGAN paper.
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
from gan_core.training.optimizers import lr_factor, make_optimizer
from gan_core.training.randomness import Randomness
from gan_core.training.statistics import Rows, Statistics


@dataclass(frozen=True)
class Player:
    """One of the two networks with what updates it; `lr` is the learning rate that a schedule starts from."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    lr: float


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
        self.players = {
            "d": self._player(self.gan.discriminator, config.lr_d),
            "g": self._player(self.gan.generator, config.lr_g),
        }

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
        self._set_learning_rates()
        self._reshuffle_if_used_up()
        discriminator = self.gan.discriminator

        # The discriminator's turns. The fakes of the last one serve the generator too.
        discriminator.requires_grad_(True)
        for turn in range(1, self.config.n_critic + 1):
            real, labels = self._next_batch()
            latent = self.gan.latent.sample(len(real), labels=labels, device=self.device)
            with self._autocast(), torch.set_grad_enabled(turn == self.config.n_critic):
                fake = self.gan.forge(latent, real)
            with self._autocast():
                d_loss = self.gan.discriminator_loss(real, labels, fake, latent)
            self._update(self.players["d"], d_loss)
            self.gan.constrain_discriminator()

        # The generator's turn, which leaves no gradients in the discriminator.
        discriminator.requires_grad_(False)
        with self._autocast():
            g_loss = self.gan.generator_loss(fake, latent, real)
        self._update(self.players["g"], g_loss)

        self.step += 1
        self.ema.update(self.gan.generator, self.step)
        self.statistics.record(self.step, _named("d", d_loss) | _named("g", g_loss))

    def _update(self, player: Player, loss: Loss) -> None:
        player.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        player.optimizer.step()

    def _autocast(self) -> torch.autocast:
        """A new block each time: the copies of weights that it keeps must not outlive an update of them."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._mixed_precision)

    # Batches

    def _next_batch(self) -> tuple[Tensor, Tensor | None]:
        picked = self._order[self._cursor : self._cursor + self.config.batch_size]
        self._cursor += self.config.batch_size
        images = normalise(self.data.images.index_select(0, picked))
        labels = None if self.data.labels is None else self.data.labels.index_select(0, picked)
        return images.contiguous(memory_format=torch.channels_last), labels

    @property
    def _images_per_iteration(self) -> int:
        return self.config.batch_size * self.config.n_critic

    def _reshuffle_if_used_up(self) -> None:
        if self._cursor + self._images_per_iteration > len(self._order):
            self._order, self._cursor = self._shuffle(), 0

    def _shuffle(self) -> Tensor:
        """A random order of the data; a dataset too small for one iteration is repeated until it fills one."""
        rounds = -(-self._images_per_iteration // len(self.data))
        return torch.cat([torch.randperm(len(self.data), device=self.device) for _ in range(rounds)])

    # Optimisers

    def _player(self, module: nn.Module, lr: float) -> Player:
        return Player(module, make_optimizer(self.config, module, lr, self.device), lr)

    def _set_learning_rates(self) -> None:
        factor = lr_factor(self.config, self.step)
        for player in self.players.values():
            for group in player.optimizer.param_groups:
                group["lr"] = player.lr * factor

    # Resuming

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on: tensors, numbers and text only, so it loads with `weights_only=True`."""
        return {
            "config": self.config.to_json(),
            "images": len(self.data),
            "step": self.step,
            "gan": self.gan.state_dict(),
            "ema": self.ema.model.state_dict(),
            "optimizers": {name: player.optimizer.state_dict() for name, player in self.players.items()},
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
        for name, player in self.players.items():
            player.optimizer.load_state_dict(state["optimizers"][name])
        self._randomness.states = state["random"]
        self._order = state["order"].to(self.device)
        self._cursor = state["cursor"]

    def is_finite(self) -> bool:
        """Whether every weight is a finite number; asked before a checkpoint replaces the last good one."""
        return all(bool(torch.isfinite(tensor).all()) for tensor in self.gan.state_dict().values())


def _named(player: str, loss: Loss) -> dict[str, Tensor]:
    """The numbers to record of a loss: its total, its parts where there are several, and what it watches."""
    seen = {f"{player}_loss": loss.total.detach()}
    if len(loss.parts) > 1:
        seen |= {f"{player}_{name}": part.detach() for name, part in loss.parts.items()}
    return seen | loss.watch
