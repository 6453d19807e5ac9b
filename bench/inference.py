"""Latency of drawing on the CPU: one image, a sheet of 15 x 8 and an atlas of 100 x 3, idle and while a run trains.

    python -m bench inference --families vanilla dcgan --trains dcgan

Pictures are drawn as the pages draw them, by one torch thread of the process in which the service trains in the
background. Weights are random; the time does not depend on them. Median and 90th percentile in ms.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from bench.common import FOREVER, add_options, config_for, console, load, machine, new_table
from gan_core.data import ImageData
from gan_core.families import FAMILIES, RunConfig, get_family
from gan_core.models import Checkpoint
from gan_core.runs import RunStore, TrainingService
from gan_core.warmup import warm_up

PICTURES = {"one image": 1, "sheet 15 x 8": 15 * 8, "atlas 100 x 3": 100 * 3}
PAUSE = 0.02  # seconds between two drawings: a person's, not a benchmark's
PATIENCE = 120.0  # seconds for a run to begin


def model(config: RunConfig, data: ImageData) -> Checkpoint:
    """A fresh generator as the pages hold it."""
    gan = get_family(config.family).build(config, data)
    return Checkpoint(config.family, config.family, gan.generator, None, gan.latent_spec, {})


def latencies(checkpoint: Checkpoint, images: int, repeats: int) -> list[float]:
    """Times in ms of drawing so many images together."""
    vectors = checkpoint.latent_spec.sample(images, generator=torch.Generator().manual_seed(0))
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        checkpoint.draw(vectors)
        times.append(1e3 * (time.perf_counter() - began))
        time.sleep(PAUSE)
    return times[1:]  # the first one warms up


def measure(models: dict[str, Checkpoint], repeats: int) -> dict[str, list[str]]:
    """A cell for each of `PICTURES`, for every model."""
    return {
        name: [cell(latencies(checkpoint, images, repeats)) for images in PICTURES.values()]
        for name, checkpoint in models.items()
    }


@contextmanager
def training(config: RunConfig) -> Iterator[None]:
    """In this block a run of that config trains in the background, with a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        store = RunStore(Path(home))
        service = TrainingService(store)
        try:
            run = service.submit(config)
            deadline = time.monotonic() + PATIENCE
            while store.get(run.id).step == 0:
                if time.monotonic() > deadline:
                    raise SystemExit(f"the run did not begin: {store.get(run.id).error}")
                time.sleep(0.1)
            yield
        finally:
            service.shutdown()
            store.close()


def cell(times: list[float]) -> str:
    """Median and 90th percentile."""
    ninety = statistics.quantiles(times, n=10)[-1] if len(times) > 1 else times[0]
    return f"{statistics.median(times):.1f}, {ninety:.1f}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add_options(parser, rounds=20, seconds=1.0, families=list(FAMILIES))
    parser.add_argument("--trains", default="vanilla", choices=list(FAMILIES), help="what trains in the background")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    warm_up()
    torch.set_num_threads(options.threads)
    console.print(machine(options))
    table = new_table("family", *(f"{name}, {state}" for state in ("idle", "training") for name in PICTURES))
    for size in options.sizes:
        data = load(options.dataset, size)
        models = {family: model(config_for(options, family, data), data) for family in options.families}

        idle = measure(models, options.rounds)
        with training(config_for(options, options.trains, data, steps=FOREVER)):
            busy = measure(models, options.rounds)
        for family in models:
            table.add_row(f"{family}, {size} px", *idle[family], *busy[family])
    console.print(table)
