"""Other people's generators: which published layouts are drawn as their authors see them, which are asked about.

    python -m bench imports [--narrow 1]

Each layout of `tests.helpers.zoo` is rebuilt with known weights, saved, and imported with no answers given. "drawn"
is within half a grey level of the author's pictures, on average over 32 of them; "asks" means that an answer which
nothing in the file tells is another than the assumed one, is among those offered, and draws within half a grey level.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch

from gan_core.errors import CheckpointError
from gan_core.exchange import Reading, inspect_generator
from tests.helpers.layouts import Author, Layout
from tests.helpers.zoo import LAYOUTS, REFUSED

IMAGES = 32
ENOUGH = 0.5  # grey levels of 255


def saved(net: torch.nn.Module, folder: Path) -> Path:
    """Save the weights of a network as its author would; the file's path."""
    path = folder / "generator.pth"
    torch.save(net.state_dict(), path)
    return path


def grey_levels_off(layout: Layout, net: Author, reading: Reading) -> float:
    """Mean absolute difference of pictures, -1 .. 1 being 255 grey levels; 255 where even their shapes differ."""
    noise, label = layout.inputs(IMAGES, seed=1)
    model = reading.checkpoint()
    latent = torch.cat([noise, label], dim=1)[:, : model.latent_spec.size]
    with torch.inference_mode():
        drawn, meant = model.generator(latent), layout.pictures(net, noise, label)
    if drawn.shape != meant.shape:
        return 255.0
    return (drawn.clamp(-1, 1) - meant.clamp(-1, 1)).abs().mean().item() * 127.5


def verdict(layout: Layout, net: Author, reading: Reading) -> tuple[str, str]:
    """drawn, asks or wrong; and how far off, or which questions make the difference."""
    if not reading.open and (off := grey_levels_off(layout, net, reading)) <= ENOUGH:
        return "drawn", f"{off:.2f}"
    uncertain = {question.name: question for question in reading.uncertain}
    right = {name: value for name, value in layout.truth.items() if reading.answers.get(name) != value}
    right |= {question.name: layout.truth.get(question.name, question.chosen) for question in reading.open}
    if told := [name for name in right if name not in uncertain or right[name] not in uncertain[name].values]:
        return "wrong", f"{', '.join(told)} not asked; {grey_levels_off(layout, net, reading):.1f} off"
    off = grey_levels_off(layout, net, reading.answered(**right))
    changed = ", ".join(f"{name} = {value}" for name, value in right.items())
    return ("asks" if off <= ENOUGH else "wrong"), f"{changed}; then {off:.2f}"


def measured(layout: Layout, narrow: int, folder: Path) -> tuple[str, str]:
    """Import a layout that is narrower by a factor: the verdict and its detail."""
    net = layout.built(narrow)
    try:
        return verdict(layout, net, inspect_generator(saved(net, folder)))
    except CheckpointError as error:
        return "refused", str(error)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--narrow", type=int, default=1, help="how many times narrower than published")
    parser.add_argument("--only", default="", help="part of a layout's name")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        print("| layout | result | grey levels off, or the answers that it takes | seconds |\n|---|---|---|---|")
        for name, layout in LAYOUTS.items():
            if options.only not in name:
                continue
            started = time.perf_counter()
            result, detail = measured(layout, options.narrow, Path(folder))
            counts[result] += 1
            print(f"| {name} | {result} | {detail} | {time.perf_counter() - started:.1f} |", flush=True)
        for name, (make, reason) in REFUSED.items():
            if options.only not in name:
                continue
            try:
                inspect_generator(saved(make(options.narrow), Path(folder)))
                counts["accepted wrongly"] += 1
                print(f"| {name} | accepted wrongly | | |")
            except CheckpointError as error:
                counts["refused"] += 1
                print(f"| {name} | refused | {error if reason not in str(error) else reason} | |")
    print("\n" + ", ".join(f"{count} {result}" for result, count in counts.items()))
