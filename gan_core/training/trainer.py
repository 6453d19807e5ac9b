"""`Trainer`: the training loop. It knows a GAN, data and a device, and nothing of files or pages.

One iteration is `n_critic` updates of the discriminator, one of the generator, and one of the averaged generator. The
generator's forward pass of the last of these turns is used by both players, as in the code of the DCGAN paper.
The whole dataset sits on the device as uint8; a batch is picked there, and statistics stay there until they are read.

`iterate` does all of that on the device alone, so that an engine can record it once and replay it. What needs the host
is done between two iterations: see `advance`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from gan_core.data import ImageData
from gan_core.errors import RunError
from gan_core.families import Batch, Loss, RunConfig, get_family, validate_config, validate_data
from gan_core.training.batches import Batches
from gan_core.training.device import is_out_of_memory, out_of_memory, resolve_device
from gan_core.training.distributed import Command, World
from gan_core.training.ema import Ema
from gan_core.training.engine import Capture, choose_engine
from gan_core.training.optimizers import load_optimizer, lr_factor, make_optimizer, set_lr
from gan_core.training.precision import Precision
from gan_core.training.randomness import Randomness, States, seed_states
from gan_core.training.statistics import Rows, Statistics
from gan_core.training.synced_norm import synchronise_batch_norm


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

    world:   the processes that train together with this one
    capture: what records iterations, instead of a CUDA graph

    Raises `ConfigError` when config and data do not fit together.
    """

    def __init__(
        self, config: RunConfig, data: ImageData, *, world: World | None = None, capture: Capture | None = None
    ):
        validate_config(config)
        validate_data(config, data)
        world = world or World()
        self.config = config
        self.device = resolve_device(config.device)
        self.step = 0
        self.world = world
        self._randomness = Randomness(self.device)
        self._lr_factor: float | None = None
        self._notes: list[str] = []

        with self._randomness.seeded(config.seed):
            self.data = data.to(self.device)
            self.gan = get_family(config.family).build(config, data).to(self.device, memory_format=torch.channels_last)
            self.ema = Ema(self.gan.generator, config.ema_decay)
            self.precision = Precision(config.precision, self.device, self.gan, self._notes.append)
            self.batches = Batches(self.data, config.batch_size, config.n_critic, world)
            if world.size > 1:
                # Up to here all processes draw the same numbers, from here on each its own.
                seed_states({self.device.type, "cpu"}, world.seed(config.seed))
                synchronise_batch_norm(self.gan)
                self.precision.go_on(world.gather(self.precision.way)[0])
        self.statistics = Statistics(self.device)
        self.players = {
            "d": self._player(self.gan.discriminator, config.lr_d),
            "g": self._player(self.gan.generator, config.lr_g),
        }
        self.engine = choose_engine(
            config.engine, self.device, processes=world.size, capture=capture, tell=self._notes.append
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
            with self._randomness.borrowed(), self.precision.products():
                while done < steps and not self.finished and not interrupted():
                    self.world.lead(Command.ITERATE)
                    self._prepare_iteration()
                    self.engine.run(self)
                    self.step += 1
                    self.statistics.count(self.step)
                    done += 1
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise out_of_memory(self.device) from error
            raise
        return done

    def drain(self) -> Rows:
        """The statistics since the last call. Raises `RunError`, naming the step, if one is not finite."""
        self.world.lead(Command.DRAIN)
        rows = self.statistics.drain()
        if self.world.size > 1 and len(rows.steps):
            rows = replace(rows, values=self.world.mean(torch.from_numpy(rows.values)).numpy())
        if (step := rows.first_bad_step()) is not None:
            raise RunError(f"the loss is no longer a finite number at step {step}; try a lower lr_g and lr_d")
        return rows

    def take_notes(self) -> list[str]:
        """One-line remarks for people since the last call, such as why there is no CUDA graph."""
        notes, self._notes[:] = list(self._notes), []
        return notes

    # One iteration

    def _prepare_iteration(self) -> None:
        """What only the host can do before an iteration."""
        factor = lr_factor(self.config, self.step)
        if factor != self._lr_factor:
            self._lr_factor = factor
            for player in self.players.values():
                set_lr(player.optimizer, player.lr * factor)
        self.batches.prepare()
        self.statistics.prepare()

    def iterate(self) -> None:
        """One iteration, from the choice of the images to the statistics, without a word between device and host."""
        discriminator = self.gan.discriminator

        # The discriminator's turns. The fakes of the last one serve the generator too.
        discriminator.requires_grad_(True)
        for turn in range(1, self.config.n_critic + 1):
            real, labels = self.batches.next()
            z = self.gan.latent.sample(len(real), labels=labels, device=self.device)
            with self.precision.autocast(), torch.set_grad_enabled(turn == self.config.n_critic):
                fakes = self.gan.generate(z, real)
            batch = Batch(real, labels, z, fakes)
            with self.precision.autocast():
                d_loss = self.gan.discriminator_loss(batch)
            self._update(self.players["d"], d_loss)
            self.gan.after_discriminator_step()

        # The generator's turn, which leaves no gradients in the discriminator.
        discriminator.requires_grad_(False)
        with self.precision.autocast():
            g_loss = self.gan.generator_loss(batch)
        self._update(self.players["g"], g_loss)

        self.ema.update()
        self.statistics.record(_named("d", d_loss) | _named("g", g_loss))

    def changing(self) -> list[Tensor]:
        """The tensors that an iteration changes."""
        states = [state for player in self.players.values() for state in player.optimizer.state.values()]
        return [
            *self.gan.state_dict().values(),
            *(value for state in states for value in state.values() if isinstance(value, Tensor)),
            *self.ema.changing(),
            *self.batches.changing(),
            *self.statistics.changing(),
        ]

    def newest(self) -> Tensor:
        """The statistics of the iteration just done."""
        return self.statistics.newest()

    def _update(self, player: Player, loss: Loss) -> None:
        player.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        self.world.all_reduce_gradients(player.module)
        player.optimizer.step()

    def _player(self, module: nn.Module, lr: float) -> Player:
        return Player(module, make_optimizer(self.config, module, lr, self.device), lr)

    # Resuming

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on: tensors, numbers and text only, so it loads with `weights_only=True`."""
        self.world.lead(Command.STATE)
        return {
            "config": self.config.to_json(),
            "images": len(self.data),
            "step": self.step,
            "arithmetic": self.precision.way,
            "gan": self.gan.state_dict(),
            "ema": self.ema.model.state_dict(),
            "optimizers": {name: player.optimizer.state_dict() for name, player in self.players.items()},
            "random": self.world.gather(self._randomness.states),
        } | self.batches.state()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict()` of an earlier trainer, step for step as if it had never stopped.

        Only `steps`, the machine's part and how often things are kept may differ from the earlier config. Raises
        `RunError` otherwise, naming the fields, or when the dataset has another size. On another kind of device or with
        another number of processes it goes on with other random numbers, and says so in a note.
        """
        free = {"data_path", "steps", "snapshot_every", "checkpoint_every", "device", "threads", "engine"}
        before = RunConfig.from_json(state["config"])
        changed = {name: pair for name, pair in before.differences(self.config).items() if name not in free}
        if changed:
            what = ", ".join(f"{name} was {old!r}, is {new!r}" for name, (old, new) in changed.items())
            raise RunError(f"cannot go on with another config: {what}")
        if state["images"] != len(self.data):
            raise RunError(f"cannot go on: the dataset had {state['images']} images, now it has {len(self.data)}")
        self.step = state["step"]
        self.precision.go_on(state.get("arithmetic", self.precision.way))  # runs of earlier versions do not say
        self.gan.load_state_dict(state["gan"])
        self.ema.model.load_state_dict(state["ema"])
        self.ema.updates.fill_(self.step)
        for name, player in self.players.items():
            load_optimizer(player.optimizer, state["optimizers"][name])
        self._load_random(state["random"])
        self.batches.load(state["order"], state["cursor"])
        self._lr_factor = None
        self.engine.reset()

    def _load_random(self, states: list[States] | States) -> None:
        of_processes = states if isinstance(states, list) else [states]  # as it was before there were several
        if len(of_processes) == self.world.size and self.device.type in of_processes[0]:
            self._randomness.states = of_processes[self.world.rank]
            return
        self._notes.append("on another device or number of processes the run goes on with other random numbers")
        with self._randomness.seeded(self.world.seed(self.config.seed, self.step)):
            pass

    def is_finite(self) -> bool:
        """Whether every weight is a finite number; asked before a checkpoint replaces the last good one."""
        return all(bool(torch.isfinite(tensor).all()) for tensor in self.gan.state_dict().values())


def _named(player: str, loss: Loss) -> dict[str, Tensor]:
    """The numbers to record of a loss: its total, its parts where there are several, and its metrics."""
    seen = {f"{player}_loss": loss.total.detach()}
    if len(loss.parts) > 1:
        seen |= {f"{player}_{name}": part.detach() for name, part in loss.parts.items()}
    return seen | loss.metrics
