"""What two processes do together for `test_distributed`; each writes down what it found."""

from __future__ import annotations

import copy
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from gan_core.data import ImageData
from gan_core.data.image_data import normalize
from gan_core.errors import ConfigError, DataError, WorkshopError
from gan_core.evaluation import online
from gan_core.evaluation.classifier import Classifier
from gan_core.families import Batch, get_family, new_config
from gan_core.runs import ActiveRun, RunStore, active_run, train, training_run
from gan_core.runs.recorder import Recorder
from gan_core.training import ProcessGroup, Trainer
from gan_core.training.synced_norm import synchronize_batch_norm
from tests.helpers.data import make_data, small

# All whose losses draw no random numbers of their own.
FAMILIES = ["vanilla", "ebgan", "sngan", "r3gan", "dcgan", "cdcgan", "acgan", "infogan", "lapgan", "wgan", "lsgan"]
PROCESSES = 2
BATCH = 8


def images() -> ImageData:
    """Enough for readings of quality."""
    return make_data(2 * online.NUM_SAMPLES)


def config(family: str, **options):
    common = {"latent_size": 6, "batch_size": BATCH, "device": "cpu", "threads": 1, "checkpoint_every": 1000}
    return new_config(family, **{**small(family), **common, **options})


def work(rank: int, port: int, folder: Path) -> None:
    torch.set_num_threads(1)
    here = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": PROCESSES, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in here.items()})
    active_run.load_dataset = lambda *args, **kwargs: images()
    training_run.SLICE_SECONDS = 0.0  # slices of one step
    online.ready_classifier = lambda data: Classifier(data.channels, data.image_size, data.num_classes).eval()
    with a_machine_with_one_gpu():
        group = ProcessGroup.from_environment()
    with group:
        found = {
            "size": group.size,
            "on GPUs": refused_on("cuda", group),
            "on the CPU": refused_on("cpu", group),
            "gradients": {family: gradients(family, group) for family in FAMILIES},
            "noise": noise(group),
            "refused": refused(group),
            "whole run": run_together(group, folder, steps=5, hang_up_at=None),
            "stopped run": run_together(group, folder, steps=10_000, hang_up_at=7),
            "collectives": collectives(group),
            "no data for the first": fail_together(group, folder, no_data_for=0),
            "no data for the second": fail_together(group, folder, no_data_for=1),
            "not finite": fail_together(group, folder, not_finite_at=3),
        }
        torch.save(found, folder / f"{rank}.pt")
        torch.save(fail_together(group, folder, second_dies_at=3), folder / f"last of {rank}.pt")


@contextmanager
def a_machine_with_one_gpu() -> Iterator[None]:
    """Fewer than the processes; it must not matter to those that train on the CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "device_count", lambda: 1)
        patch.setattr(torch.cuda, "set_device", lambda device: None)
        patch.setattr(torch.distributed, "is_nccl_available", lambda: False)
        yield


def refused_on(device: str, group: ProcessGroup) -> str:
    try:
        group.check_device(torch.device(device))
    except ConfigError as error:
        return str(error)
    return ""


def gradients(family: str, group: ProcessGroup) -> dict[str, dict[str, torch.Tensor]]:
    """Gradients and buffers after a turn of each player: of the whole batch in one process, and shared."""
    torch.manual_seed(0)
    data = images()
    whole = get_family(family).build(config(family), data)
    shared = copy.deepcopy(whole)
    synchronize_batch_norm(shared)
    real, labels = normalize(data.images[:BATCH]), data.labels[:BATCH]
    latent = whole.latent_spec.sample(BATCH, labels=labels)
    mine = slice(group.rank * BATCH // group.size, (group.rank + 1) * BATCH // group.size)
    return {
        "whole": _turns(whole, ProcessGroup(), real, labels, latent),
        "shared": _turns(shared, group, real[mine], labels[mine], latent[mine]),
    }


def _turns(gan, group, real, labels, latent) -> dict[str, torch.Tensor]:
    batch = Batch(real, labels, latent, gan.generate(latent, real))
    found = {}
    for player, loss in (
        ("discriminator", lambda: gan.discriminator_loss(batch)),
        ("generator", lambda: gan.generator_loss(batch)),
    ):
        net = getattr(gan, player)
        gan.zero_grad()
        loss().total.backward()
        group.all_reduce_gradients(net)
        found |= {f"{player}.{name}": p.grad.clone() for name, p in net.named_parameters()}
    return found | {f"buffer {name}": buffer.clone().float() for name, buffer in gan.named_buffers()}


def noise(group: ProcessGroup) -> torch.Tensor:
    """The first numbers that a trainer of this process will draw."""
    trainer = Trainer(config("vanilla"), images(), group=group)
    with trainer._randomness.swap_in():
        return torch.rand(3)


def refused(group: ProcessGroup) -> str:
    try:
        Trainer(config("vanilla", batch_size=7), images(), group=group)
    except ConfigError as error:
        return str(error)
    return ""


def run_together(group: ProcessGroup, folder: Path, *, steps: int, hang_up_at: int | None) -> dict[str, object]:
    """A run as the command line does it. hang_up_at: the second process gets a signal before that step."""
    trainers = []
    train_step = Trainer.train_step

    def watched(self):
        trainers.append(self)
        if group.rank == 1 and self.step == hang_up_at:
            signal.raise_signal(signal.SIGTERM)
        train_step(self)

    store = RunStore(folder / f"runs of {group.rank}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train_step", watched)
        try:
            ended = str(train(config("dcgan", steps=steps), store=store, group=group).status)
        except KeyboardInterrupt:
            ended = "interrupted"
    return {"ended": ended, "weights": trainers[-1].gan.state_dict(), "step": trainers[-1].step}


def collectives(group: ProcessGroup) -> dict[str, int]:
    """How often each collective is called in a slice of four steps with nothing due, without BatchNorm."""
    counts = {}
    trainer = Trainer(config("vanilla", snapshot_every=1000, steps=1_000_000), images(), group=group)
    run = ActiveRun(trainer, Recorder(trainer))
    run.train(steps=1)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("all_reduce", "broadcast", "all_gather_object", "broadcast_object_list"):
            counts[name] = 0
            original = getattr(torch.distributed, name)

            def counted(*args, name=name, original=original, **options):
                counts[name] += 1
                return original(*args, **options)

            patch.setattr(torch.distributed, name, counted)
        run.train(steps=4)
    return counts


def fail_together(
    group: ProcessGroup,
    folder: Path,
    *,
    no_data_for: int | None = None,
    not_finite_at: int | None = None,
    second_dies_at: int | None = None,
) -> str:
    """The error with which a run ends in this process."""

    def load(*args, **kwargs):
        if group.rank == no_data_for:
            raise DataError("there are no images")
        return images()

    train_step = Trainer.train_step

    def watched(self):
        train_step(self)
        if group.rank == 1 and self.step + 1 == second_dies_at:
            os._exit(0)
        if group.rank == 1 and self.step + 1 == not_finite_at:
            self.statistics._rows()[:] = float("nan")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(active_run, "load_dataset", load)
        patch.setattr(Trainer, "train_step", watched)
        try:
            train(config("vanilla", steps=10), store=RunStore(folder / f"failures of {group.rank}"), group=group)
        except WorkshopError as error:
            return f"{type(error).__name__}: {error}"
    return ""
