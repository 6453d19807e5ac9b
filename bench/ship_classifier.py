"""Make the classifier of a dataset that ships with the workshop, in half precision.

    python -m bench ship_classifier mnist
    python -m bench ship_classifier strokes

The classifier that is kept for the dataset is taken, or trained as `evaluate` would. A small JSON beside the weights
says how it does, as stored, on images that were not in its training: the test images, or strokes of another seed.
"""

from __future__ import annotations

import argparse
import json

import torch
from torch import Tensor
from torchvision.datasets import MNIST

from gan_core.data import data_home, load_dataset
from gan_core.data.strokes import draw_digits
from gan_core.evaluation import classifier_for, ready_classifier
from gan_core.evaluation.classifier import BATCH_SIZE, EPOCHS, save_classifier, shipped_path

HELD_OUT = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("dataset", choices=["mnist", "strokes"])


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(1)
    dataset = options.dataset
    data = load_dataset(dataset)
    full = classifier_for(data)
    path = shipped_path(dataset, data.image_size, data.channels)
    save_classifier(full, data, path, half=True)
    stored = ready_classifier(data)
    some = data.images[:1000]
    difference = (stored.features(some) - full.features(some)).norm() / full.features(some).norm()
    images, labels = held_out(dataset)
    facts = {
        "dataset": dataset,
        "class_names": list(data.class_names),
        "trained_on": len(data),
        "steps": EPOCHS * (len(data) // BATCH_SIZE),
        "seed": 0,
        "test_images": len(images),
        "test_accuracy": round((stored.classify(images) == labels).double().mean().item(), 4),
    }
    path.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    print(path, f"{path.stat().st_size / 1e6:.1f} MB; half precision changes features by {difference:.1e}")
    print(facts)


def held_out(dataset: str) -> tuple[Tensor, Tensor]:
    """Images uint8 (N, 1, 28, 28) and labels int64 (N,) that are in no training."""
    if dataset == "strokes":
        return draw_digits(HELD_OUT, seed=1)
    test = MNIST(data_home(), train=False)
    return test.data.unsqueeze(1), test.targets
