"""How soon a generator is good: seconds from the first import to weights on disk, at fixed Fréchet distances.

    python -m bench speedrun                                    # every target, one thread, five seeds
    python -m bench speedrun --target mnist-50 --threads 2 --seeds 11 12

The rules, and the results so far, are in docs/benchmarks.md. Each seed trains a fixed recipe in a process of its own,
whose clock runs from its start, before the first import, until the weights lie on disk. Afterwards the judge, known by
the hash of its weights, compares ten thousand samples with ten thousand real images. A target counts as reached if
every seed reaches it. Recipes are the table `RECIPES`; they were tuned on other seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from bench.common import machine, progress, spread
from bench.evaluator import FidEvaluator
from gan_core.data import load_dataset
from gan_core.errors import DataError, RunError
from gan_core.evaluation import Classifier
from gan_core.models import load_checkpoint_file
from gan_core.paths import APP

ROOT = APP.parent
SEEDS = (11, 12, 13, 14, 15)  # recipes are tuned on others


@dataclass(frozen=True)
class Recipe:
    """What is trained for a target.

    Attributes:
        dataset: Name of the dataset.
        frechet: The distance to reach, at most.
        family: Name of the family.
        steps: Of training.
        settings: Other options of the run, where they are not the family's defaults.
    """

    dataset: str
    frechet: float
    family: str
    steps: int
    settings: dict[str, Any] = field(default_factory=dict)


QUICK = {
    "base_channels": 32,
    "lr_g": 2e-3,
    "lr_d": 1e-3,
    "lr_schedule": "ramp",
    "ema_decay": 0.99,
    "precision": "mixed",
    "device": "cpu",
}
RECIPES = {
    "mnist-50": Recipe("mnist", 50, "cdcgan", 600, QUICK | {"lr_schedule": "constant"}),
    "mnist-10": Recipe("mnist", 10, "cdcgan", 1500, QUICK),
    "mnist-5": Recipe("mnist", 5, "cdcgan", 3000, QUICK),
    "strokes-20": Recipe("strokes", 20, "acgan", 500, QUICK),
}

# `digest` of the networks whose features are compared.
JUDGES = {
    "mnist": "b486f88426f46ec841d4c7faa6d5fa76d2cbb98e360cb43070a6d999f33c0737",
    "strokes": "33a7e4e684e3b6f168ac36467e21544807259343ed075e1d9de7e069204b7901",
}


@dataclass(frozen=True)
class Result:
    """One seed of a recipe.

    Attributes:
        seconds: From the start of the process to weights on disk.
        cpu: Seconds of processor time in it; much less than `seconds` where the machine did other work.
        frechet: Distance of the samples.
    """

    seed: int
    seconds: float
    cpu: float
    frechet: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--target", nargs="+", default=list(RECIPES), choices=list(RECIPES), metavar="NAME")
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--threads", type=int, default=1, choices=[1, 2], help="of torch")
    parser.set_defaults(device="cpu")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(options.threads)
    place = f"{machine(options)}, commit {commit()}"
    print(place, flush=True)
    rows = []
    for name in options.target:
        recipe = RECIPES[name]
        evaluator = evaluator_of(recipe.dataset)
        results = []
        for seed in options.seeds:
            results.append(one_seed(recipe, seed, options.threads, evaluator))
            progress(f"{name}, seed {seed}: {results[-1].seconds:.1f} s, distance {results[-1].frechet:.2f}")
        rows.append(row(name, recipe, options.threads, results))
        floor = f"two sets of real images are {evaluator.floor:.2f} apart"
        print(f"{name}: {'reached' if is_reached(recipe, results) else 'not reached'}; {floor}", flush=True)
    print("\n".join(["", *HEAD, *rows, "", place]))


def one_seed(recipe: Recipe, seed: int, threads: int, evaluator: FidEvaluator) -> Result:
    """Train in a process of its own, then judge."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        order = {"recipe": asdict(recipe), "seed": seed, "threads": threads, "path": str(path)}
        command = [sys.executable, "-m", "bench.speedrun_seed", json.dumps(order)]
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=ROOT) as process:
            assert process.stdout is not None
            cpu = process.stdout.readline()  # said when the weights lie on disk
            seconds = time.perf_counter() - began
        if process.returncode != 0:
            raise RunError(
                "the training of seed {seed} ended with status {status}", seed=seed, status=process.returncode
            )
        checkpoint = load_checkpoint_file(path)
    return Result(seed, seconds, float(cpu), evaluator.distance(checkpoint.generator, checkpoint.latent_spec))


def evaluator_of(dataset: str) -> FidEvaluator:
    """The judge of a dataset.

    Raises:
        DataError: It is not the one of the rules.
    """
    evaluator = FidEvaluator(load_dataset(dataset))
    if digest(evaluator.judge.network) != JUDGES[dataset]:
        raise DataError("{name} is not the judge of the speedrun; its numbers cannot be compared", name=dataset)
    return evaluator


def digest(network: Classifier) -> str:
    """SHA-256 of the weights that make a network's features, in the order of their names."""
    weights = sorted(network.body.state_dict().items())
    return hashlib.sha256(b"".join(tensor.contiguous().numpy().tobytes() for _, tensor in weights)).hexdigest()


def is_reached(recipe: Recipe, results: Iterable[Result]) -> bool:
    """Whether every seed is at the target or below."""
    return all(result.frechet <= recipe.frechet for result in results)


HEAD = (
    "| target | threads | seconds, median (range) | of processor | distance, median (range) | reached | recipe |",
    "|---|---|---|---|---|---|---|",
)


def row(name: str, recipe: Recipe, threads: int, results: list[Result]) -> str:
    """A line of the table in docs/benchmarks.md."""
    reached = sum(result.frechet <= recipe.frechet for result in results)
    cells = (
        f"`{name}`",
        str(threads),
        spread([result.seconds for result in results], ".1f"),
        spread([result.cpu for result in results], ".1f"),
        spread([result.frechet for result in results], ".2f"),
        f"{reached} of {len(results)}",
        f"`{recipe.family}`, {recipe.steps:,} steps",
    )
    return f"| {' | '.join(cells)} |"


def commit() -> str:
    """The commit of the code, with a + where it has been changed since."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"], stdout=subprocess.PIPE, encoding="utf-8", check=True, cwd=ROOT
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()
