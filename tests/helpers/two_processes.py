"""What two processes do together for `test_distributed`; each writes down what it found."""

from __future__ import annotations

import copy
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from gan_core.data import ImageData
from gan_core.data.image_data import normalise
from gan_core.errors import ConfigError
from gan_core.evaluation import live
from gan_core.evaluation.classifier import Classifier
from gan_core.families import Batch, get_family, new_config
from gan_core.runs import RunStore, job
from gan_core.runs import train as train_run
from gan_core.runs.train import follow
from gan_core.training import Trainer
from gan_core.training.distributed import World
from gan_core.training.synced_norm import synchronise_batch_norm
from tests.helpers.data import make_data, small

# All whose losses draw no random numbers of their own.
FAMILIES = ["vanilla", "ebgan", "sngan", "r3gan", "dcgan", "cdcgan", "acgan", "infogan", "lapgan", "wgan", "lsgan"]
PROCESSES = 2
TRAIN = sys.modules[follow.__module__]  # its name in the package is the function's
BATCH = 8


def images() -> ImageData:
    """Enough for readings of quality."""
    return make_data(2 * live.SAMPLES)


def config(family: str, **options):
    common = {"latent_size": 6, "batch_size": BATCH, "device": "cpu", "threads": 1, "checkpoint_every": 1000}
    return new_config(family, **{**small(family), **common, **options})


def work(rank: int, port: int, folder: Path) -> None:
    torch.set_num_threads(1)
    here = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": PROCESSES, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in here.items()})
    job.load_dataset = TRAIN.load_dataset = lambda *args, **kwargs: images()
    live.ready_classifier = lambda data: Classifier(data.channels, data.image_size, data.num_classes).eval()
    with a_machine_with_one_gpu():
        world = World.from_environment()
    with world:
        found = {
            "size": world.size,
            "on GPUs": refused_on("cuda", world),
            "on the CPU": refused_on("cpu", world),
            "gradients": {family: gradients(family, world) for family in FAMILIES},
            "noise": noise(world),
            "refused": refused(world),
            "whole run": run_together(world, folder, steps=5, hang_up_at=None),
            "stopped run": run_together(world, folder, steps=10_000, hang_up_at=7),
        }
    torch.save(found, folder / f"{rank}.pt")


@contextmanager
def a_machine_with_one_gpu() -> Iterator[None]:
    """Fewer than the processes; it must not matter to those that train on the CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "device_count", lambda: 1)
        patch.setattr(torch.cuda, "set_device", lambda device: None)
        patch.setattr(torch.distributed, "is_nccl_available", lambda: False)
        yield


def refused_on(device: str, world: World) -> str:
    try:
        world.check_device(torch.device(device))
    except ConfigError as error:
        return str(error)
    return ""


def gradients(family: str, world: World) -> dict[str, dict[str, torch.Tensor]]:
    """Gradients and buffers after a turn of each player: of the whole batch in one process, and shared."""
    torch.manual_seed(0)
    data = images()
    whole = get_family(family).build(config(family), data)
    shared = copy.deepcopy(whole)
    synchronise_batch_norm(shared)
    real, labels = normalise(data.images[:BATCH]), data.labels[:BATCH]
    latent = whole.latent.sample(BATCH, labels=labels)
    mine = slice(world.rank * BATCH // world.size, (world.rank + 1) * BATCH // world.size)
    return {
        "whole": _turns(whole, World(), real, labels, latent),
        "shared": _turns(shared, world, real[mine], labels[mine], latent[mine]),
    }


def _turns(gan, world, real, labels, latent) -> dict[str, torch.Tensor]:
    batch = Batch(real, labels, latent, gan.generate(latent, real))
    found = {}
    for player, loss in (
        ("discriminator", lambda: gan.discriminator_loss(batch)),
        ("generator", lambda: gan.generator_loss(batch)),
    ):
        net = getattr(gan, player)
        gan.zero_grad()
        loss().total.backward()
        world.all_reduce_gradients(net)
        found |= {f"{player}.{name}": p.grad.clone() for name, p in net.named_parameters()}
    return found | {f"buffer {name}": buffer.clone().float() for name, buffer in gan.named_buffers()}


def noise(world: World) -> torch.Tensor:
    """The first numbers that a trainer of this process will draw."""
    trainer = Trainer(config("vanilla"), images(), world=world)
    with trainer._randomness.borrowed():
        return torch.rand(3)


def refused(world: World) -> str:
    try:
        Trainer(config("vanilla", batch_size=7), images(), world=world)
    except ConfigError as error:
        return str(error)
    return ""


def run_together(world: World, folder: Path, *, steps: int, hang_up_at: int | None):
    """A run as the command line does it. hang_up_at: the second process gets a signal before that step."""
    if world.rank == 0:
        try:
            return train_run(config("dcgan", steps=steps), store=RunStore(folder / "runs"), world=world).id
        except KeyboardInterrupt:
            world.stopping = False
            return RunStore(folder / "runs").list()[0].id
    kept = []
    original = TRAIN._start_following

    def start(*args):
        kept.append(original(*args))
        advance = kept[0].advance

        def count(n: int) -> int:
            if kept[0].step == hang_up_at:
                signal.raise_signal(signal.SIGTERM)
            return advance(n)

        kept[0].advance = count
        return kept[0]

    TRAIN._start_following = start
    follow(world)
    TRAIN._start_following = original
    return kept[0].gan.state_dict()
