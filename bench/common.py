"""What the benchmarks share: options, data, the machine's name, medians with their spread."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from gan_core.data import ImageData, load_dataset
from gan_core.data.specs import IMAGE_SIZES
from gan_core.errors import DataError
from gan_core.families import FAMILIES, RunConfig, new_config
from gan_core.training import Trainer, resolve_device
from gan_core.training.device import bf16_is_fast

FOREVER = 10**7  # steps

# A terminal's width would break the tables that are kept in a file.
console = Console(width=None if os.isatty(1) else 160, highlight=False)


def add_options(parser: argparse.ArgumentParser, *, rounds: int, seconds: float, families: Sequence[str]) -> None:
    """The options that most benchmarks share."""
    parser.add_argument("--families", nargs="+", default=list(families), choices=list(FAMILIES), metavar="NAME")
    parser.add_argument("--sizes", nargs="+", type=int, default=[28], choices=IMAGE_SIZES, metavar="PIXELS")
    parser.add_argument("--rounds", type=int, default=rounds, help="in which all take turns")
    parser.add_argument("--seconds", type=float, default=seconds, help="of each turn, at least one step")
    parser.add_argument("--threads", type=int, default=1, help="of torch, for all that is compared")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--dataset", help="mnist where it is found, else strokes")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda", "mps"])


def load(name: str | None, image_size: int = 28) -> ImageData:
    """A dataset by name; without one, MNIST where it is found, else the project's own strokes."""
    try:
        return load_dataset(name or "mnist", image_size=image_size)
    except DataError:
        if name:
            raise
        return load_dataset("strokes", image_size=image_size)


def config_for(options: argparse.Namespace, family: str, data: ImageData, **settings: object) -> RunConfig:
    """The family's own settings on the data, with the batch size, threads and device of the options."""
    return new_config(
        family,
        data.name,
        **{
            "image_size": data.image_size,
            "channels": data.channels,
            "batch_size": options.batch_size,
            "threads": options.threads,
            "device": options.device,
            "steps": FOREVER,
            **settings,
        },
    )


def engines(device: str) -> dict[str, dict[str, object]]:
    """The ways to train on a device, by name, with the settings that choose them."""
    ways: dict[str, dict[str, object]] = {"eager, float32": {"engine": "eager", "precision": "float32"}}
    if bf16_is_fast(resolve_device(device)):
        ways["eager, mixed"] = {"engine": "eager", "precision": "mixed"}
    if device == "cuda":
        ways |= {
            name.replace("eager", "graph"): settings | {"engine": "graph"} for name, settings in list(ways.items())
        }
    return ways


def advance(trainer: Trainer, steps: int) -> None:
    """Train, and wait until it is done."""
    trainer.train_steps(steps)
    trainer.flush()


def machine(options: argparse.Namespace) -> str:
    """The processor, cores and torch, in one line."""
    name = torch.cuda.get_device_name() if options.device == "cuda" else processor()
    return f"{name}, {os.cpu_count()} cores, torch {torch.__version__}, {options.threads} thread(s)"


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """The median, and the range where there are several."""
    middle = f"{statistics.median(values):{form}}"
    return middle if len(values) == 1 else f"{middle} ({min(values):{form}} - {max(values):{form}})"


def new_table(*columns: str, title: str = "") -> Table:
    """A table whose first column holds words and all others numbers."""
    table = Table(title=title or None, title_justify="left")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
    return table


def print_row(cells: Iterable[str], columns: Mapping[str, int]) -> None:
    """Print a line of a table that grows: words to the left, numbers to the right.

    Args:
        cells: One for each column.
        columns: Width of each column by its name.
    """
    placed = [
        f"{cell:{'<' if i < 2 else '>'}{width}}"
        for i, (cell, width) in enumerate(zip(cells, columns.values(), strict=True))
    ]
    print("  ".join(placed).rstrip(), flush=True)


def progress(text: str) -> None:
    """Tell what is measured now, where the results are not."""
    print(text, file=sys.stderr, flush=True)
