"""Where the time of a training step goes, by kind of kernel, from torch's profiler.

    python -m bench profile --families dcgan --seconds 5

Times are those of the operations themselves, without what they call. The profiler slows small operations down, so the
share of products and convolutions in a real step is given too: the time they take alone, measured without it, against
the time of a step. The two bracket the truth: in a step they find colder caches than alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from bench.arithmetic import arithmetic_of
from bench.common import add_options, advance, config_for, console, engines, load, machine, new_table
from gan_core.training import Trainer

# The first kind of which a fragment is in an operation's name; so the order matters.
KINDS: dict[str, tuple[str, ...]] = {
    "convolution": ("conv",),
    "matrix product": ("::mm", "addmm", "bmm", "::matmul", "::linear"),
    "optimiser, averaging": ("adam", "sgd", "rmsprop", "optimizer", "lerp", "_foreach"),
    "normalisation, activation, loss": (
        "batch_norm",
        "relu",
        "threshold",
        "tanh",
        "sigmoid",
        "softplus",
        "softmax",
        "nll",
        "clamp_min",
        "dropout",
        "pool",
        "upsample",
    ),
    "data and noise": ("normal_", "uniform_", "randn", "randperm", "random_", "index_select", "one_hot", "scatter"),
    "copies and casts": ("copy", "::to", "::cat", "clone", "contiguous", "zero_", "fill_", "zeros", "ones"),
}
OTHER = "other kernels, autograd"
ARITHMETIC = ("convolution", "matrix product")


def kind_of(operation: str) -> str:
    """The kind of an operation by the profiler's name of it, such as aten::mm or Optimizer.step#Adam.step."""
    name = operation.lower()
    if not name.startswith(("aten::", "optimizer.")):
        return OTHER  # autograd's nodes are called after the operations that they run
    return next((kind for kind, parts in KINDS.items() if any(part in name for part in parts)), OTHER)


def profiled(trainer: Trainer, steps: int) -> Counter[str]:
    """Seconds of a step by kind of kernel."""
    on_gpu = trainer.device.type == "cuda"
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * on_gpu
    with profile(activities=activities) as record:
        advance(trainer, steps)
    seconds: Counter[str] = Counter()
    for event in record.key_averages():
        if event.device_type != DeviceType.CPU:
            continue  # a kernel: its time is in the operation that started it
        microseconds = event.self_device_time_total if on_gpu else event.self_cpu_time_total
        seconds[kind_of(event.key)] += microseconds / 1e6 / steps
    return seconds


def step_seconds(trainer: Trainer, rounds: int, steps: int) -> float:
    """The time of a step without the profiler, the median of rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        advance(trainer, steps)
        times.append((time.perf_counter() - began) / steps)
    return statistics.median(times)


def measure(trainer: Trainer, options: argparse.Namespace) -> tuple[Counter[str], float, float]:
    """Seconds of a step by kind, of a step without the profiler, and of its arithmetic alone."""
    advance(trainer, 3)
    began = time.perf_counter()
    advance(trainer, 1)
    steps = max(1, round(options.seconds / (time.perf_counter() - began)))
    real = step_seconds(trainer, options.rounds, steps)
    arithmetic = arithmetic_of(lambda: advance(trainer, 1))
    with trainer.precision.bf16_matmul():
        alone = arithmetic.seconds()
    return profiled(trainer, steps), real, alone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    add_options(parser, rounds=5, seconds=1.0, families=["vanilla", "dcgan"])


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(options.threads)
    console.print(machine(options))
    for size in options.sizes:
        data = load(options.dataset, size)
        for family in options.families:
            ways = {name: way for name, way in engines(options.device).items() if way["engine"] == "eager"}
            table = new_table("kind", *(f"{name}{unit}" for name in ways for unit in (", ms", ", %")))
            found = [measure(Trainer(config_for(options, family, data, **way), data), options) for way in ways.values()]
            for kind in (*KINDS, OTHER):
                cells = ((f"{t[kind] * 1e3:.2f}", f"{t[kind] / t.total():.1%}") for t, _, _ in found)
                table.add_row(kind, *(cell for pair in cells for cell in pair))
            table.add_section()
            rows = {
                "all, with the profiler": [(t.total(), t.total()) for t, _, _ in found],
                "products and convolutions in it": [
                    (sum(t[kind] for kind in ARITHMETIC), t.total()) for t, _, _ in found
                ],
                "a step without the profiler": [(real, real) for _, real, _ in found],
                "products and convolutions alone": [(alone, real) for _, real, alone in found],
            }
            for name, pairs in rows.items():
                cells = ((f"{part * 1e3:.2f}", f"{part / whole:.1%}") for part, whole in pairs)
                table.add_row(name, *(cell for pair in cells for cell in pair))
            table.title = f"{family}, {size} px, {data.name}, batch {options.batch_size}"
            console.print(table)
