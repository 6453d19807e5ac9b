"""What live charts, pictures, readings of quality and checkpoints cost a run, at the intervals that are set by default.

    python -m bench overhead --families vanilla dcgan

A bare trainer and a run that is kept train the same steps in turns. A round is as long as the time between two
checkpoints, so that each of its turns has the share of everything that a run writes. `cost` is how much longer the kept
run takes. --seconds is the length of a turn.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch

from bench.common import add_options, advance, config_for, console, load, machine, new_table, spread
from gan_core.data import ImageData
from gan_core.families import RunConfig
from gan_core.runs import QueuedRun, RunStore
from gan_core.training import Trainer


def interleaved(ways: list[Callable[[int], object]], steps: int, at_once: int) -> list[float]:
    """Seconds that each way takes for `steps`, all of them in turns of `at_once` steps."""
    seconds = [0.0] * len(ways)
    for start in range(0, steps, at_once):
        for index, way in enumerate(ways):
            began = time.perf_counter()
            way(min(at_once, steps - start))
            seconds[index] += time.perf_counter() - began
    return seconds


def measure(config: RunConfig, data: ImageData, store: RunStore, rounds: int, seconds: float) -> list[list[float]]:
    """For each round the seconds of the bare trainer and of the run."""
    bare = Trainer(config, data)
    queued = QueuedRun(store, store.create(config).id)
    try:
        active = queued.start(queued.load())
        began = time.perf_counter()
        advance(bare, 5)
        at_once = max(1, round(5 * seconds / (time.perf_counter() - began)))
        active.train(steps=5)
        ways = [lambda steps: advance(bare, steps), lambda steps: active.train(steps=steps)]
        return [interleaved(ways, config.checkpoint_every, at_once) for _ in range(rounds)]
    finally:
        queued.close()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add_options(parser, rounds=1, seconds=1.0, families=["vanilla", "dcgan"])
    parser.add_argument("--precision", default="mixed", choices=["float32", "mixed"])
    parser.add_argument("--checkpoint-every", type=int, help="steps of a round; the default interval when not given")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(options.threads)
    console.print(machine(options))
    table = new_table("family", "steps", "trainer alone", "with its record", "cost (range)")
    for size in options.sizes:
        data = load(options.dataset, size)
        for family in options.families:
            settings = {"precision": options.precision}
            if options.checkpoint_every:
                settings["checkpoint_every"] = options.checkpoint_every
            config = config_for(options, family, data, **settings)
            with tempfile.TemporaryDirectory() as home, console.status(f"{family}, {size} px"):
                store = RunStore(Path(home))
                times = measure(config, data, store, options.rounds, options.seconds)
                store.close()
            bare, kept = (spread(column, ".1f") + " s" for column in zip(*times, strict=True))
            costs = spread([100 * (with_record / alone - 1) for alone, with_record in times], ".1f")
            table.add_row(f"{family}, {size} px", f"{config.checkpoint_every:,}", bare, kept, f"{costs} %")
    console.print(table)
