"""Time to quality: seconds of training until the pictures are so good.

    python -m bench quality                                               # plain loops and quick presets, MNIST
    python -m bench quality --plain vanilla --presets vanilla dcgan cgan --marks 100 50 20 --limit 900 --seeds 0 1 2

Good is a small Fréchet distance between ten thousand generated and ten thousand real images, in the features of the
dataset's judge. The clock runs while a loop trains and stands still while its pictures are compared, which is done
ever more rarely, so the times of marks are the ends of intervals a seventh long. Plain loops have the settings of their
family's paper and draw with their last weights, as tutorials do; presets draw with the averaged ones.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from rich.table import Table
from torch import nn

from bench.common import FOREVER, console, load, machine, new_table
from bench.evaluator import SAMPLES, FidEvaluator
from bench.plain import PlainLoop
from gan_core.data import ImageData
from gan_core.errors import RunError
from gan_core.families import FAMILIES, all_presets, new_config, preset_config
from gan_core.latent_spec import LatentSpec
from gan_core.training import Trainer

FIRST = 1.0  # second at which the pictures are compared first
GROWTH = 1.15  # from one comparison to the next


@dataclass(frozen=True)
class Candidate:
    """A generator in training.

    Attributes:
        train: Goes on for about that many seconds; returns false when there is nothing left to train.
        generator: Returns the network that draws what is compared, as it is now.
        latent_spec: The layout of its latent vectors.
    """

    train: Callable[[float], bool]
    generator: Callable[[], nn.Module]
    latent_spec: LatentSpec


def plain(family: str, data: ImageData, seed: int) -> Candidate:
    """A tutorial's loop with the settings of the family's paper."""
    shape = {"image_size": data.image_size, "channels": data.channels}
    loop = PlainLoop(new_config(family, data.name, seed=seed, steps=FOREVER, device="cpu", **shape), data)

    def train(seconds: float) -> bool:
        loop.run(seconds)
        return True

    return Candidate(train, lambda: loop.gan.generator, loop.gan.latent_spec)


def preset(name: str, data: ImageData, seed: int) -> Candidate:
    """A trainer with the settings of a preset."""
    trainer = Trainer(preset_config(name, data.name, seed=seed, device="cpu"), data)

    def train(seconds: float) -> bool:
        deadline = time.perf_counter() + seconds
        trainer.train_steps(FOREVER, interrupted=lambda: time.perf_counter() > deadline)
        trainer.flush()
        return not trainer.finished

    return Candidate(train, trainer.averaged_generator, trainer.gan.latent_spec)


def times_to_marks(readings: Iterable[tuple[float, float]], marks: Iterable[float]) -> dict[float, float | None]:
    """The seconds at which the distance first was at each mark or under it, None where it never was.

    Args:
        readings: Seconds and distance, in order of time.
        marks: Distances.
    """
    readings = list(readings)
    return {mark: next((seconds for seconds, distance in readings if distance <= mark), None) for mark in marks}


def race(candidate: Candidate, evaluator: FidEvaluator, limit: float, goal: float) -> list[tuple[float, float]]:
    """(seconds of training, distance), until the goal, the end of the training, or the limit."""
    readings: list[tuple[float, float]] = []
    trained, more = 0.0, True
    while more and trained < limit:
        due = min(limit, FIRST if not trained else GROWTH * trained)
        began = time.perf_counter()
        try:
            more = candidate.train(due - trained)
        except RunError:  # its loss is no longer a number
            break
        trained += time.perf_counter() - began
        readings.append((trained, evaluator.distance(candidate.generator(), candidate.latent_spec)))
        if readings[-1][1] <= goal:
            break
    return readings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--plain", nargs="*", default=["vanilla", "dcgan"], choices=list(FAMILIES), metavar="FAMILY")
    parser.add_argument(
        "--presets", nargs="*", default=["vanilla", "cgan", "dcgan"], choices=list(all_presets()), metavar="NAME"
    )
    parser.add_argument("--marks", nargs="+", type=float, default=[100, 50, 30, 20], metavar="DISTANCE")
    parser.add_argument("--limit", type=float, default=300, help="seconds of training for each candidate")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--dataset", help="mnist where it is found, else strokes")
    parser.add_argument("--threads", type=int, default=1, help="of torch, for all")
    parser.set_defaults(device="cpu")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(options.threads)
    console.print(machine(options))
    data = load(options.dataset)
    evaluator = FidEvaluator(data, options.samples)
    marks = sorted(options.marks, reverse=True)
    candidates = [("plain", name, plain) for name in options.plain]
    candidates += [("preset", name, preset) for name in options.presets]
    found: dict[str, dict[float, list[float | None]]] = {}
    best: dict[str, list[float]] = {}
    for kind, name, build in candidates:
        title = f"{kind} {name}"
        for seed in options.seeds:
            with console.status(f"{title}, seed {seed}"):
                readings = race(build(name, data, seed), evaluator, options.limit, goal=marks[-1])
            for mark, seconds in times_to_marks(readings, marks).items():
                found.setdefault(title, {}).setdefault(mark, []).append(seconds)
            best.setdefault(title, []).append(min((distance for _, distance in readings), default=float("nan")))
    title = f"{data.name}, {evaluator.samples:,} images; two sets of real ones are {evaluator.floor:.1f} apart"
    console.print(table_of(found, best, marks, options.limit, title))


def table_of(
    found: dict[str, dict[float, list[float | None]]],
    best: dict[str, list[float]],
    marks: list[float],
    limit: float,
    title: str,
) -> Table:
    """Medians over seeds, and how many times sooner than the candidate of the first row."""
    table = new_table("", *(f"under {mark:g}, s" for mark in marks), "best seen", title=title)
    first = next(iter(found.values()))
    for name, times in found.items():
        cells = [cell(times[mark], first[mark], limit) for mark in marks]
        table.add_row(name, *cells, f"{statistics.median(best[name]):.1f}")
    return table


def cell(seconds: list[float | None], reference: list[float | None], limit: float) -> str:
    """The median time, and the ratio of the reference's to it; what was not reached took at least the limit."""
    mine, theirs = (
        statistics.median(float("inf") if s is None else s for s in times) for times in (seconds, reference)
    )
    if mine == float("inf"):
        return "not reached"
    if seconds is reference:
        return f"{mine:.1f}"
    return f"{mine:.1f} ({'over ' if theirs == float('inf') else ''}{min(theirs, limit) / mine:.1f}x)"
