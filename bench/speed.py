"""Training speed of every family, in real images per second.

    python -m bench                                            # every family at 28 px
    python -m bench --memory                                   # and the memory that each takes: a process for every row
    python -m bench --families vanilla dcgan --rounds 9 --seconds 5
    python -m bench --families dcgan --sizes 28 32 64

plain      the loop of the tutorials: same networks, batch and optimiser settings, a DataLoader with PIL transforms,
           `.item()` at each step
ratio      the workshop's speed against it, taken within each round
of ceiling share of the speed at which the matrix products and convolutions of the step run with nothing in between, in
           the same shapes and precision on this machine; GFLOP/s is what they reach then
memory     (`--memory`) the peak of a fresh process above its imports, 1,024 images included
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator

import torch

from bench.arithmetic import arithmetic_of
from bench.common import (
    add_options,
    advance,
    config_for,
    console,
    engines,
    load,
    machine,
    print_row,
    progress,
    spread,
)
from bench.memory import peak_of_training
from bench.plain import PlainLoop
from gan_core.data import ImageData
from gan_core.families import FAMILIES, RunConfig
from gan_core.training import Trainer

# Names and widths. Rows are printed as they come, so a width cannot wait for what will be in them.
COLUMNS = [
    ("family", 16),
    ("engine", 14),
    ("plain, img/s", 12),
    ("workshop, img/s", 15),
    ("ratio (range)", 20),
    ("of ceiling", 10),
    ("GFLOP/s", 9),
    ("memory", 10),
]


class WorkshopLoop:
    """The project's trainer, behind the same face as `PlainLoop`."""

    def __init__(self, config: RunConfig, data: ImageData):
        self.trainer = Trainer(config, data)

    def run(self, seconds: float) -> float:
        """Train for about that long; returns images a second."""
        start = time.perf_counter()
        steps = self.trainer.train_steps(1)
        steps += self.trainer.train_steps(10**9, interrupted=lambda: time.perf_counter() - start > seconds)
        self.trainer.flush()
        config = self.trainer.config
        return steps * config.batch_size * config.n_critic / (time.perf_counter() - start)


def ceiling(config: RunConfig, data: ImageData) -> tuple[float, float]:
    """Images a second and GFLOP/s at which the arithmetic of an iteration runs alone."""
    trainer = Trainer(config.replace(engine="eager"), data)
    advance(trainer, 1)
    arithmetic = arithmetic_of(lambda: advance(trainer, 1))
    with trainer.precision.bf16_matmul():
        seconds = arithmetic.seconds()
    return config.batch_size * config.n_critic / seconds, arithmetic.flops / seconds / 1e9


def measure(options: argparse.Namespace, family: str, data: ImageData) -> Iterator[tuple[str, ...]]:
    """Rows of the table: one for each engine, as soon as it is known."""
    config = config_for(options, family, data)
    ways = {name: config.replace(**settings) for name, settings in engines(options.device).items()}
    name = f"{family}, {data.image_size} px"
    progress(f"{name}: {options.rounds} rounds of {' / '.join(['plain loop', *ways])}")
    loops = [PlainLoop(config, data), *(WorkshopLoop(way, data) for way in ways.values())]
    for loop in loops:
        loop.run(0.2)  # warm up
    plain, *ours = zip(*([loop.run(options.seconds) for loop in loops] for _ in range(options.rounds)), strict=True)
    for (engine, way), rates in zip(ways.items(), ours, strict=True):
        ratios = [mine / theirs for mine, theirs in zip(rates, plain, strict=True)]
        progress(f"{name}: the ceiling of {engine}")
        best, gflops = ceiling(way, data)
        row = (
            name,
            engine,
            f"{statistics.median(plain):,.0f}",
            f"{statistics.median(rates):,.0f}",
            spread(ratios),
            f"{statistics.median(rates) / best:.0%}",
            f"{gflops:,.0f}",
        )
        if options.memory:
            progress(f"{name}: the memory of {engine}")
            settings = {"batch_size": way.batch_size, "precision": way.precision, "device": way.device}
            row += (f"{peak_of_training(family, data.image_size, **settings):,.0f} MB",)
        yield row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add_options(parser, rounds=5, seconds=1.0, families=list(FAMILIES))
    parser.add_argument("--memory", action="store_true", help="measure it too, in a fresh process for every row")


def run(options: argparse.Namespace) -> None:
    """Train for about that long; returns images a second."""
    torch.set_num_threads(options.threads)
    console.print(machine(options))
    columns = dict(COLUMNS if options.memory else COLUMNS[:-1])
    for size in options.sizes:
        data = load(options.dataset, size)
        console.print(f"{data.name}, batch {options.batch_size}, {options.rounds} rounds of {options.seconds:g} s")
        print_row(columns, columns)
        for family in options.families:
            for row in measure(options, family, data):
                print_row(row, columns)
