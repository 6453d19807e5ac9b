"""What augmentation is worth with few images.

    python -m bench few_images                                      # a hundred digits of MNIST, three seeds
    python -m bench few_images --count 40 --family r3gan --steps 500 1000 --ways none color_translation_cutout

A generator learns from `count` images, as many of each class. At each of the steps its averaged weights are compared
with the whole dataset, by the Fréchet distance of ten thousand samples in the features of the dataset's classifier,
and with the few images, by the share of samples that are copies of one of them. Ways take turns, seed by seed; each
seed has few images of its own. Seconds are those of the process's CPU time.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import get_args

import torch

from bench.common import console, load, machine, new_table, progress, spread
from bench.evaluator import FidEvaluator, draw
from gan_core.data import ImageData
from gan_core.evaluation.copies import CopyFinder
from gan_core.families import RunConfig, preset_config
from gan_core.training import Trainer

SEARCHED = 1000  # samples

Measured = tuple[float, float, float]  # Fréchet distance, share of copies, seconds
WAYS = get_args(RunConfig.model_fields["augment"].annotation)


def few_of(data: ImageData, count: int, seed: int) -> ImageData:
    """As many images of each class, `count` in all."""
    order = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))
    assert data.labels is not None, "the dataset has classes"
    of_class = [order[data.labels[order] == k][: count // data.num_classes] for k in range(data.num_classes)]
    picked = torch.cat(of_class)
    return replace(data, images=data.images[picked], labels=data.labels[picked])


def measure(config: RunConfig, few: ImageData, steps: list[int], evaluator: FidEvaluator) -> list[Measured]:
    """What a run has reached at each of the steps."""
    trainer, finder = Trainer(config, few), CopyFinder(few.images)
    latent_spec = trainer.gan.latent_spec
    seconds, results = 0.0, []
    for until in steps:
        began = time.process_time()
        trainer.train_steps(until - trainer.step)
        trainer.flush()
        seconds += time.process_time() - began
        generator = trainer.averaged_generator()
        images = draw(generator, evaluator.vectors(latent_spec)[:SEARCHED])
        results.append((evaluator.distance(generator, latent_spec), finder.find(images).rate, seconds))
    return results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--preset", default="dcgan")
    parser.add_argument("--count", type=int, default=100, help="images to learn from")
    parser.add_argument("--steps", nargs="+", type=int, default=[500, 1000, 1500], help="at which to measure")
    parser.add_argument("--ways", nargs="+", default=["none", WAYS[-1]], choices=WAYS, metavar="AUGMENT")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="further settings of all runs")
    parser.add_argument("--dataset", help="mnist where it is found, else strokes")
    parser.set_defaults(threads=1, device="cpu")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(options.threads)
    data = load(options.dataset)
    evaluator = FidEvaluator(data)
    settings = {"steps": max(options.steps), "threads": 1, **dict(pair.split("=", 1) for pair in options.set)}
    results: dict[str, list[list[Measured]]] = {way: [] for way in options.ways}
    for seed in options.seeds:
        few = few_of(data, options.count, seed)
        for way in options.ways:
            config = preset_config(options.preset, data.name, seed=seed, augment=way, **settings)
            results[way].append(measure(config, few, sorted(options.steps), evaluator))
            progress(f"seed {seed}, {way}: {results[way][-1]}")

    title = f"{options.preset}, {options.count} images of {data.name}; real images {evaluator.floor:.1f} apart"
    table = new_table("augmentation", "steps", "Fréchet distance", "copies", "CPU seconds", title=title)
    for way, of_seeds in results.items():
        for place, steps in enumerate(sorted(options.steps)):
            frechet, copies, seconds = zip(*(measured[place] for measured in of_seeds), strict=True)
            copies = [100 * share for share in copies]
            table.add_row(
                way, f"{steps:,}", spread(frechet, ".1f"), f"{spread(copies, '.0f')} %", spread(seconds, ".0f")
            )
    console.print(machine(options), table, sep="\n")
