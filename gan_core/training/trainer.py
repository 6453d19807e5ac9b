"""`Trainer`: the training loop. It knows a GAN, data and a device, and nothing of files or pages.

One step is `n_critic` updates of the discriminator, one of the generator, and one of the averaged generator. The
generator's forward pass of the last discriminator update is used by both networks, as in the code of the DCGAN paper.
A config may let one of them rest for some steps, and change other options on the way (`RunConfig.changes`).
The whole dataset sits on the device as uint8; a batch is picked there, and metrics stay there until they are read.

`train_step` does all of that on the device alone, so that an engine can capture it once and replay it. What needs the
host is done between two steps: see `train_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from gan_core.augment import Augmentation
from gan_core.data import ImageData
from gan_core.errors import Message, RunError
from gan_core.families import Batch, Loss, RunConfig, get_family, validate_config, validate_data
from gan_core.nets import Net
from gan_core.nets.batch_norm import fresh_statistics, has_batch_norm, kept_buffers
from gan_core.nets.transfer import adopt
from gan_core.training.batches import Batches
from gan_core.training.cuda_graph import Capture
from gan_core.training.device import graph_capture_guard, is_out_of_memory, out_of_memory, resolve_device
from gan_core.training.ema import Ema
from gan_core.training.engine import choose_engine
from gan_core.training.optimizers import NOT_EXTENDED, load_optimizer, lr_factor, make_optimizer, set_lr
from gan_core.training.precision import Precision
from gan_core.training.process_group import ProcessGroup
from gan_core.training.randomness import Randomness, States, seed_states
from gan_core.training.statistics import MetricRows, Statistics
from gan_core.training.synced_norm import synchronize_batch_norm

# Noise for the BatchNorm statistics of the averaged generator.
STATISTICS_SAMPLES = 512
STATISTICS_BATCH_SIZE = 64

# A run may go on with other values of these.
FREE_FIELDS = frozenset({"data_path", "steps", "snapshot_every", "checkpoint_every", "device", "threads", "engine"})


@dataclass(frozen=True)
class NetworkState:
    """One of the two networks with its optimizer.

    Attributes:
        module: The network.
        optimizer: What updates it.
    """

    module: nn.Module
    optimizer: torch.optim.Optimizer


class Trainer:
    """Trains the GAN that `config` describes on `data`.

    All randomness (weights, noise, order of the data, dropout) comes from torch's default generators, seeded by
    `config.seed` and put back as they were whenever the trainer is not at work. So several trainers can take turns
    in one thread, and each goes on exactly as if it were alone.

    Args:
        config: The options of the run, with those that change on the way.
        data: The images.
        group: The processes that train together with this one.
        capture: Records steps, instead of a CUDA graph.

    Raises:
        ConfigError: Config and data do not fit together.

    Attributes:
        step: The number of steps done.
        gan: The two networks.
        ema: The average of the generator's weights; what it draws is drawn by `averaged_generator`.
        networks: `d` and `g` with their optimizers.
    """

    def __init__(
        self, config: RunConfig, data: ImageData, *, group: ProcessGroup | None = None, capture: Capture | None = None
    ):
        validate_config(config)
        validate_data(config, data)
        group = group or ProcessGroup()
        self.config = config
        self.device = resolve_device(config.device)
        self.step = 0
        self.group = group
        self._randomness = Randomness(self.device)
        self._settings: RunConfig | None = None  # what the last step was trained with
        self._lr_factor: float | None = None
        self._extended = NOT_EXTENDED
        self._statistics_step: int | None = None
        self._warnings: list[Message] = []

        with self._randomness.fork_with_seed(config.seed):
            self.data = data.to(self.device)
            gan = get_family(config.family).build(self.current, data)
            self.gan = gan.to(self.device).to(memory_format=torch.channels_last)
            self.ema = Ema(self.gan.generator, self.current.ema_decay)
            self.precision = Precision(config.precision, self.device, self.gan, self._warnings.append)
            self.batches = Batches(
                self.data, config.batch_size, self.current.n_critic, group, mirror=config.mirror == "half"
            )
            if group.size > 1:
                # Up to here all processes draw the same numbers, from here on each its own.
                seed_states({self.device.type, "cpu"}, group.seed(config.seed))
                synchronize_batch_norm(self.gan)
                self.precision.go_on(group.gather(self.precision.way)[0])
        self.statistics = Statistics(self.device)
        self.networks = {
            "d": self._network(self.gan.discriminator, self.current.lr_d),
            "g": self._network(self.gan.generator, self.current.lr_g),
        }
        self.engine = choose_engine(
            config.engine, self.device, processes=group.size, capture=capture, on_warning=self._warnings.append
        )

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.step >= self.config.steps

    @property
    def current(self) -> RunConfig:
        """The options of the next step."""
        return self.config.at(self.step)

    def change(self, step: int | None = None, /, **settings: Any) -> None:
        """Give options other values from a step on, by default the next one; see `RunConfig.changed`."""
        self.config = self.config.changed(self.step if step is None else step, **settings)

    def train_steps(self, steps: int, *, interrupted: Callable[[], bool] = lambda: False) -> int:
        """Train for up to `steps` steps, fewer at the end of the run or when `interrupted()`.

        Args:
            steps: At most so many.
            interrupted: Asked before every step.

        Returns:
            The number of steps done.

        Raises:
            RunError: The device runs out of memory.
        """
        done = 0
        try:
            with self._randomness.swap_in(), self.precision.bf16_matmul():
                while done < steps and not self.finished and not interrupted():
                    self._prepare_step()
                    self.engine.run(self)
                    self.step += 1
                    self.statistics.mark_step(self.step)
                    done += 1
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise out_of_memory(self.device) from error
            raise
        return done

    def averaged_generator(self) -> Net:
        """The averaged generator in evaluation mode, as it is shown, measured and saved; for use before the next step.

        The running statistics of BatchNorm belong to the last weights, so those of the averaged ones are worked out
        here: once after a step, on noise that the seed alone decides.
        """
        if self._statistics_step != self.step and has_batch_norm(self.ema.model):
            noise = torch.Generator().manual_seed(self.config.seed)
            z = self.gan.latent_spec.sample(STATISTICS_SAMPLES, generator=noise).to(self.device)
            with (
                graph_capture_guard(self.device),
                torch.no_grad(),
                self.precision.autocast(),
                fresh_statistics(self.ema.model),
            ):
                for batch in z.split(STATISTICS_BATCH_SIZE):
                    self.ema.model(batch)
        self._statistics_step = self.step
        return self.ema.model

    def flush(self) -> MetricRows:
        """The metrics since the last call, the mean of all processes; waits for the device. Collective.

        Raises:
            RunError: One is not a finite number, in any process. Names the step.
        """
        rows = self.statistics.flush()
        if self.group.size > 1 and len(rows.steps):
            rows = replace(rows, values=self.group.mean(torch.from_numpy(rows.values)).numpy())
        if (step := rows.first_bad_step()) is not None:
            raise RunError("the loss is no longer a finite number at step {step}; try a lower lr_g and lr_d", step=step)
        return rows

    def pop_warnings(self) -> list[Message]:
        """One-line remarks for people since the last call, such as why there is no CUDA graph."""
        warnings, self._warnings[:] = list(self._warnings), []
        return warnings

    def begin_with(self, generator: Mapping[str, Tensor], discriminator: Mapping[str, Tensor] | None) -> float:
        """Before the first step, take over what fits of trained networks.

        Args:
            generator: State dict of a generator.
            discriminator: That of its discriminator, if it is known.

        Returns:
            The share of the generator's weights that was taken over, 0 .. 1.
        """
        share = adopt(self.gan.generator, generator)
        adopt(self.gan.discriminator, discriminator or {})
        self.ema.model.load_state_dict(self.gan.generator.state_dict())
        return share

    # One step

    def _prepare_step(self) -> None:
        """What only the host can do before a step."""
        current = self.current
        if current is not self._settings:
            self._apply(current)
        factor = lr_factor(self.config, self.step, self._extended)
        if factor != self._lr_factor:
            self._lr_factor = factor
            set_lr(self.networks["d"].optimizer, current.lr_d * factor)
            set_lr(self.networks["g"].optimizer, current.lr_g * factor)
        self.batches.prepare(_d_updates(current))
        self.statistics.prepare()

    def _apply(self, settings: RunConfig) -> None:
        """Train with these from now on. A captured step finds new learning rates by itself, nothing else."""
        before, self._settings, self._lr_factor = self._settings, settings, None
        if before is not None and before.differences(settings).keys() <= {"lr_d", "lr_g"}:
            return
        self.gan.options = settings.options
        self.ema.decay = settings.ema_decay
        self.batches.make_room(_d_updates(settings))
        if before is not None:
            self.engine.reset()

    def train_step(self) -> None:
        """One step, from the choice of the images to the metrics; the host waits for nothing on the device."""
        resting = [network.module for player, network in self.networks.items() if not self._learns(player)]
        with kept_buffers(*resting):
            self._play(self._learns("d"), self._learns("g"))

    def _learns(self, player: str) -> bool:
        return self.current.players in ("both", player)

    def _play(self, d_learns: bool, g_learns: bool) -> None:
        """Both phases of a step; one that is not to learn is still measured."""
        gan, updates = self.gan, _d_updates(self.current)

        # The discriminator's updates. The fakes of the last one serve the generator too.
        gan.discriminator.requires_grad_(d_learns)
        for update in range(1, updates + 1):
            real, labels = self.batches.next()
            z = gan.latent_spec.sample(len(real), labels=labels, device=self.device)
            with self.precision.autocast(), torch.set_grad_enabled(g_learns and update == updates):
                batch = Batch(real, labels, z, gan.generate(z, real))
            with self.precision.autocast():
                d_loss = gan.discriminator_loss(self._augmented(batch))
            if d_learns:
                self._update(self.networks["d"], d_loss)
                gan.after_discriminator_step()

        # The generator's update, which leaves no gradients in the discriminator.
        gan.discriminator.requires_grad_(False)
        with self.precision.autocast(), torch.set_grad_enabled(g_learns):
            g_loss = gan.generator_loss(self._augmented(batch))
        if g_learns:
            self._update(self.networks["g"], g_loss)
            self.ema.update()

        self.statistics.record(_named("d", d_loss) | _named("g", g_loss))

    def _augmented(self, batch: Batch) -> Batch:
        """The batch as D sees it: real images and fakes changed alike, and anew each time, where the config says so."""
        policy, noise = self.current.augment, self.current.instance_noise
        if policy == "none" and not noise:
            return batch
        change = Augmentation.draw(policy, batch.real, batch.fakes[0].shape[-1], noise)
        return replace(batch, real=change(batch.real), fakes=tuple(change(fakes) for fakes in batch.fakes))

    def _update(self, network: NetworkState, loss: Loss) -> None:
        network.optimizer.zero_grad(set_to_none=True)
        loss.total.backward()
        self.group.all_reduce_gradients(network.module)
        network.optimizer.step()

    def mutable_tensors(self) -> list[Tensor]:
        """The tensors that a step changes."""
        states = [state for network in self.networks.values() for state in network.optimizer.state.values()]
        return [
            *self.gan.state_dict().values(),
            *(value for state in states for value in state.values() if isinstance(value, Tensor)),
            *self.ema.mutable_tensors(),
            *self.batches.mutable_tensors(),
            *self.statistics.mutable_tensors(),
        ]

    def last_metrics(self) -> Tensor:
        """The metrics of the step just done, (1, N)."""
        return self.statistics.last_metrics()

    def _network(self, module: nn.Module, lr: float) -> NetworkState:
        return NetworkState(module, make_optimizer(self.config, module, lr, self.device))

    # Resuming

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on; collective.

        Tensors, numbers and text only, so it loads with `weights_only=True`.
        """
        return {
            "config": self.config.to_json(),
            "images": len(self.data),
            "step": self.step,
            "extended": list(self._extended),
            "arithmetic": self.precision.way,
            "gan": self.gan.state_dict(),
            "ema": self.ema.model.state_dict(),
            "ema_updates": int(self.ema.updates),
            "optimizers": {name: network.optimizer.state_dict() for name, network in self.networks.items()},
            "random": self.group.gather(self._randomness.states),
        } | self.batches.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict()` of an earlier trainer, step for step as if it had never stopped.

        Of the earlier config only `FREE_FIELDS` may differ, and changes of options that are still to come. On another
        kind of device or with another number of processes it goes on with other random numbers, and warns.

        Raises:
            RunError: Another config, naming the fields, or a dataset of another size.
        """
        before = RunConfig.from_json(state["config"])
        done = state["step"]
        differences = before.before(done).differences(self.config.before(done))
        changed = {name: pair for name, pair in differences.items() if name not in FREE_FIELDS}
        if changed:
            what = [
                Message("{name} was {old}, is {new}", name=name, old=repr(old), new=repr(new))
                for name, (old, new) in changed.items()
            ]
            raise RunError("cannot go on with another config: {what}", what=what)
        if state["images"] != len(self.data):
            raise RunError(
                "cannot go on: the dataset had {before} images, now it has {now}",
                before=state["images"],
                now=len(self.data),
            )
        self.step = done
        self._extended = tuple(state.get("extended", NOT_EXTENDED))  # runs of earlier versions do not say
        if before.steps != self.config.steps and self.step:
            self._extended = (self.step, lr_factor(before, self.step - 1, self._extended))
        self.precision.go_on(state.get("arithmetic", self.precision.way))
        self.gan.load_state_dict(state["gan"])
        self.ema.model.load_state_dict(state["ema"])
        self.ema.updates.fill_(state.get("ema_updates", done))  # earlier versions had one for each step
        for name, network in self.networks.items():
            load_optimizer(network.optimizer, state["optimizers"][name])
        self._load_random(state["random"])
        self.batches.load_state(state["order"], state["cursor"])
        self._settings = self._statistics_step = None
        self.engine.reset()

    def _load_random(self, states: list[States] | States) -> None:
        of_processes = states if isinstance(states, list) else [states]  # of a version without process groups
        if len(of_processes) == self.group.size and self.device.type in of_processes[0]:
            self._randomness.states = of_processes[self.group.rank]
            return
        self._warnings.append(
            Message("on another device or number of processes the run goes on with other random numbers")
        )
        with self._randomness.fork_with_seed(self.group.seed(self.config.seed, self.step)):
            pass

    def is_finite(self) -> bool:
        """Whether every weight is a finite number; asked before a checkpoint replaces the last good one."""
        return all(bool(torch.isfinite(tensor).all()) for tensor in self.gan.state_dict().values())


def _d_updates(settings: RunConfig) -> int:
    """The number of batches in a step; where D does not learn, it is measured once."""
    return 1 if settings.players == "g" else settings.n_critic


def _named(player: str, loss: Loss) -> dict[str, Tensor]:
    """The metrics of a loss: its total, its parts where there are several, and what else it reports."""
    named = {f"{player}_loss": loss.total.detach()}
    if len(loss.parts) > 1:
        named |= {f"{player}_{name}": part.detach() for name, part in loss.parts.items()}
    return named | loss.metrics
