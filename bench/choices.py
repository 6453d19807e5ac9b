"""What the choices of the engine are worth: each is taken back by itself, for every family and batch size.

    python -m bench choices --families vanilla dcgan wgan_gp --batch-sizes 16 64 256

The ratio is the speed with one choice taken back, divided by the speed of the trainer as it is, both taken in turns.
Below 1 the choice pays. Only CPUs have these choices to make; a GPU replays a graph.

all cores        the products of every layer shared among all cores instead of one thread
float32          float32 products instead of bfloat16 ones (`mixed`), on a CPU that has them
channels first   images, weights and feature maps with the channel outermost
Adam, one by one torch's optimiser over one tensor after the other instead of one fused kernel
Adam, by lists   the same, over lists of tensors ("foreach")
D twice          one pass of D over real images and one over fakes instead of one over both
compiled         both networks through torch.compile, if there is a C++ compiler; it cannot do gradients of gradients
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections.abc import Callable
from dataclasses import replace

import torch

from bench.common import add_options, config_for, console, load, machine, new_table, spread
from bench.speed import WorkshopLoop
from gan_core.data import ImageData
from gan_core.families import RunConfig
from gan_core.nets.batch_norm import has_batch_norm
from gan_core.training import Trainer
from gan_core.training.device import bf16_is_fast
from gan_core.training.precision import CONVOLUTIONS
from gan_core.training.threads import usable_cores


def channels_first(trainer: Trainer) -> bool:
    """Keep images, weights and feature maps with the channel outermost."""
    if not any(isinstance(module, CONVOLUTIONS) for module in trainer.gan.modules()):
        return False
    trainer.gan.to(memory_format=torch.contiguous_format)
    following = trainer.batches.next

    def next_batch():
        images, labels = following()
        return images.contiguous(), labels

    trainer.batches.next = next_batch
    return True


def other_adam(trainer: Trainer, **how: bool) -> bool:
    """Replace the fused Adam by another of torch's implementations."""
    if trainer.config.optimizer != "adam":
        return False
    betas = (trainer.config.beta1, trainer.config.beta2)
    for name, player in trainer.networks.items():
        optimizer = torch.optim.Adam(
            player.module.parameters(), lr=getattr(trainer.config, f"lr_{name}"), betas=betas, **how
        )
        trainer.networks[name] = replace(player, optimizer=optimizer)
    return True


def discriminator_twice(trainer: Trainer) -> bool:
    """Pass real images and fakes through D one after the other."""
    if has_batch_norm(trainer.gan.discriminator):
        return False  # it is asked twice as it is

    def discriminate_pair(real, fake, real_classes=None, fake_classes=None):
        return trainer.gan.discriminate(real, real_classes), trainer.gan.discriminate(fake, fake_classes)

    trainer.gan.discriminate_pair = discriminate_pair
    return True


def compiled(trainer: Trainer) -> bool:
    """Compile both networks."""
    if shutil.which("c++") is None:
        return False
    trainer.gan.generator.compile()
    trainer.gan.discriminator.compile()
    return True


# What takes a choice back; false where there is nothing to take back.
WAYS: dict[str, Callable[[Trainer], bool]] = {
    "channels first": channels_first,
    "Adam, one by one": lambda trainer: other_adam(trainer, foreach=False),
    "Adam, by lists": lambda trainer: other_adam(trainer, foreach=True),
    "D twice": discriminator_twice,
    "compiled": compiled,
}


class Candidate:
    """A trainer with one choice taken back.

    Attributes:
        is_different: False where the choice could not be taken back.
    """

    def __init__(self, config: RunConfig, data: ImageData, way: str = "", threads: int = 1):
        self._loop = WorkshopLoop(config, data)
        self._threads = threads
        self.is_different = way not in WAYS or WAYS[way](self._loop.trainer)

    def run(self, seconds: float) -> float:
        """Train for about that long; returns images a second."""
        torch.set_num_threads(self._threads)
        return self._loop.run(seconds)


def candidates(config: RunConfig, data: ImageData, ways: list[str]) -> dict[str, Candidate]:
    """The trainer as it is, under "", and with each choice taken back that there is."""
    config = config.replace(precision="mixed")
    found = {"": Candidate(config, data)}
    for way in ways:
        if way == "all cores" and usable_cores() > 1:
            found[way] = Candidate(config, data, threads=usable_cores())
        elif way == "float32" and bf16_is_fast(torch.device("cpu")):
            found[way] = Candidate(config.replace(precision="float32"), data)
        elif way in WAYS:
            found[way] = Candidate(config, data, way)
    return {name: candidate for name, candidate in found.items() if candidate.is_different}


def runs(candidate: Candidate) -> bool:
    """Whether it can train; warms it up."""
    try:
        candidate.run(0.2)
    except RuntimeError:
        return False
    return True


def measure(config: RunConfig, data: ImageData, ways: list[str], rounds: int, seconds: float) -> dict[str, str]:
    """Images a second as it is, under "", and the ratio of each way to that."""
    racing = {way: candidate for way, candidate in candidates(config, data, ways).items() if runs(candidate)}
    taken = [{name: candidate.run(seconds) for name, candidate in racing.items()} for _ in range(rounds)]
    ratios = {way: spread([rates[way] / rates[""] for rates in taken]) for way in racing if way}
    return {"": f"{statistics.median(rates[''] for rates in taken):,.0f} img/s"} | ratios


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    ways = ["all cores", "float32", *WAYS]
    add_options(parser, rounds=3, seconds=1.0, families=["vanilla", "dcgan", "wgan_gp"])
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=[16, 64, 256])
    parser.add_argument("--ways", nargs="+", default=ways, choices=ways, metavar="CHOICE")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    console.print(machine(options))
    table = new_table("family, batch", "taken back", "ratio (range)")
    for size in options.sizes:
        data = load(options.dataset, size)
        for family in options.families:
            for batch_size in options.batch_sizes:
                name = f"{family}, {size} px, {batch_size}"
                with console.status(name):
                    config = config_for(options, family, data).replace(batch_size=batch_size)
                    found = measure(config, data, options.ways, options.rounds, options.seconds)
                for way, cell in found.items():
                    table.add_row(name, way or "nothing", cell)
                table.add_section()
    table.title = f"{data.name}, {options.rounds} rounds of {options.seconds:g} s"
    console.print(table)
