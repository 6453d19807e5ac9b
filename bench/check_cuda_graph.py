"""Shows, on a machine with CUDA, that training by CUDA graph does what eager training does, and how much quicker.

    python -m bench check_cuda_graph
    python -m bench check_cuda_graph --families dcgan wgan_gp --mixed

For every family (and the up-sampling DCGAN): 20 iterations by both engines from the same state, the graph recorded
again after 8, and a resume after 14. The losses must agree, every weight that eager training moves must have moved, and
the graph must have stayed in use. Then images a second at batch 64 and the peak of memory, each engine by itself. Exit
status 1 if anything fails, 2 without CUDA. Needs gan_core and torch only.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from gan_core.data import ImageData, load_dataset
from gan_core.families import FAMILIES, RunConfig, new_config
from gan_core.training import Trainer
from gan_core.training.engine import Capture

ITERATIONS = 20
RECORD_AGAIN_AT = 8
RESUME_AT = 14
# Sums in another order and TF32 products are off by about a thousandth; a game amplifies that from step to step.
TOLERANCE = 0.02
BATCH = 64


@dataclass(frozen=True)
class Report:
    """The comparison of one config.

    Attributes:
        failures: One line for each; empty if both engines agree.
        error: The largest difference of losses.
    """

    failures: list[str]
    error: float


def compare_engines(config: RunConfig, data: ImageData, captures: Iterable[Capture | None] = (None, None)) -> Report:
    """Train the config eagerly and by graph, and compare.

    Args:
        config: With any engine.
        data: The images.
        captures: Of the two trainers that use a graph, in place of CUDA graphs.
    """
    capture, capture_after_resume = captures
    eager = Trainer(config.replace(engine="eager"), data)
    graph = Trainer(config.replace(engine="graph"), data, capture=capture)
    weights = [weights_of(graph)]
    graph.train_steps(RECORD_AGAIN_AT)
    graph.engine.reset()
    weights.append(weights_of(graph))
    graph.train_steps(RESUME_AT - RECORD_AGAIN_AT)
    resumed = Trainer(config.replace(engine="graph"), data, capture=capture_after_resume)
    resumed.load_state_dict(copy.deepcopy(graph.state_dict()))
    weights.append(weights_of(resumed))
    resumed.train_steps(ITERATIONS - RESUME_AT)
    weights.append(weights_of(resumed))

    in_eager = [weights_of(eager)]
    for end in (RECORD_AGAIN_AT, RESUME_AT, ITERATIONS):
        eager.train_steps(end - eager.step)
        in_eager.append(weights_of(eager))

    expected = eager.flush()
    found = np.concatenate([graph.flush().values, resumed.flush().values])
    failures = [f"stayed eager: {t.engine.fallback_reason}" for t in (graph, resumed) if t.engine.name != "graph"]
    for what, ours, theirs in zip(
        ("start", "second recording", "resume"), pairwise(weights), pairwise(in_eager), strict=True
    ):
        failures += [
            f"after the {what} {name} did not move" for name in sorted(moved_weights(*theirs) - moved_weights(*ours))
        ]
    error, worst = largest_difference(expected.values, found)
    if error > TOLERANCE:
        step, column = worst
        failures.append(f"{expected.names[column]} is off by {error:.2g} at step {step + 1}")
    return Report(failures, error)


def weights_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Copies of all weights by name."""
    return {name: weight.detach().clone() for name, weight in trainer.gan.named_parameters()}


def moved_weights(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    """Names of the weights that are not what they were.

    Not all of a game can be: a bias before a BatchNorm and a constant in a critic's score have no gradient.
    """
    return {name for name in before if not torch.equal(before[name], after[name])}


def largest_difference(expected: np.ndarray, found: np.ndarray) -> tuple[float, tuple[int, int]]:
    """The largest difference between two tables, relative where values exceed 1, and its row and column."""
    errors = np.abs(expected - found) / np.maximum(1.0, np.abs(expected))
    errors = np.where(np.isfinite(errors), errors, np.inf)
    row, column = np.unravel_index(errors.argmax(), errors.shape)
    return float(errors[row, column]), (int(row), int(column))


def measure_speed(config: RunConfig, data: ImageData, seconds: float) -> tuple[float, float]:
    """Images a second, and the peak of memory in MB."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    trainer = Trainer(config, data)
    trainer.train_steps(20)
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        done += trainer.train_steps(50)
        trainer.flush()  # waits for the device
    rate = done * config.batch_size * config.n_critic / (time.perf_counter() - began)
    return rate, torch.cuda.max_memory_allocated() / 2**20


def configs(families: list[str], precision: str) -> dict[str, RunConfig]:
    """A config for each row of the table."""
    common = {"device": "cuda", "batch_size": BATCH, "steps": 10**6, "precision": precision}
    rows = {family: new_config(family, "strokes", **common) for family in families}
    if "dcgan" in families:
        rows["dcgan, nearest"] = new_config("dcgan", "strokes", upsample="nearest", **common)
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--families", nargs="+", choices=list(FAMILIES), default=list(FAMILIES), metavar="FAMILY")
    parser.add_argument("--seconds", type=float, default=2.0, help="of training for each speed")
    parser.add_argument("--mixed", action="store_true", help="mixed precision")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    if not torch.cuda.is_available():
        print("no CUDA on this machine: nothing was checked")
        sys.exit(2)

    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, batch {BATCH}")
    data = load_dataset("strokes")
    print(f"{'':16}{'equal':>7}{'off by':>10}{'eager':>12}{'graph':>12}{'ratio':>8}{'eager MB':>10}{'graph MB':>10}")
    failed = False
    for name, config in configs(options.families, "mixed" if options.mixed else "float32").items():
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
            report = compare_engines(config, data)
        failed |= bool(report.failures)
        slow, slow_memory = measure_speed(config.replace(engine="eager"), data, options.seconds)
        quick, quick_memory = measure_speed(config.replace(engine="graph"), data, options.seconds)
        print(
            f"{name:16}{'no' if report.failures else 'yes':>7}{report.error:10.2g}{slow:10,.0f}/s{quick:10,.0f}/s"
            f"{quick / slow:7.2f}x{slow_memory:10,.0f}{quick_memory:10,.0f}",
            flush=True,
        )
        for failure in report.failures:
            print(f"    {failure}")
    print("FAILED" if failed else "all equal")
    sys.exit(int(failed))
