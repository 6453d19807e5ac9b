"""Make the classifier of a dataset that ships with the workshop, in half precision.

    python -m bench ship_classifier mnist
    python -m bench ship_classifier strokes
    python -m bench ship_classifier faces --image-size 32

The classifier that is kept for the dataset is taken, or trained as `evaluate` would; one that is older than the
attributes of its dataset stays what it is and learns them in a file of its own. A small JSON beside the weights says
how it does, as stored, on images that were not in its training: the test images, or drawings of another seed.
"""

from __future__ import annotations

import argparse
import json

import torch
from torch import Tensor
from torchvision.datasets import MNIST

from gan_core.data import data_home, load_dataset
from gan_core.data.faces import draw_faces
from gan_core.data.specs import IMAGE_SIZES
from gan_core.data.strokes import draw_digits
from gan_core.evaluation import classifier_for, ready_classifier
from gan_core.evaluation.classifier import (
    BATCH_SIZE,
    EPOCHS,
    attributes_path,
    epochs_for,
    fit_attributes,
    save_attributes,
    save_classifier,
    shipped_path,
)

HELD_OUT = 5_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("dataset", choices=["mnist", "strokes", "faces"])
    parser.add_argument("--image-size", type=int, choices=IMAGE_SIZES, help="the dataset's own when not given")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(1)
    dataset = options.dataset
    data = load_dataset(dataset, image_size=options.image_size)
    full = classifier_for(data)
    path = shipped_path(dataset, data.image_size, data.channels)
    is_older = data.attributes is not None and (full.attribute_head is None or attributes_path(path).is_file())
    if is_older:
        fit_attributes(full, data)
        save_attributes(full, data, path)
    else:
        save_classifier(full, data, path, half=True)
    stored = ready_classifier(data)
    some = data.images[:1000]
    difference = (stored.features(some) - full.features(some)).norm() / full.features(some).norm()
    images, labels, values = held_out(dataset, data.image_size)
    facts: dict[str, object] = {
        "dataset": dataset,
        "class_names": list(data.class_names),
        "trained_on": len(data),
        "steps": (EPOCHS if is_older else epochs_for(data)) * (len(data) // BATCH_SIZE),
        "seed": 0,
        "test_images": len(images),
        "test_accuracy": round((stored.classify(images) == labels).double().mean().item(), 4),
    }
    if values is not None:
        read = stored.read_attributes(stored.features(images))
        facts["correlation_with_attributes"] = {
            name: round(torch.corrcoef(torch.stack(pair))[0, 1].item(), 2)
            for name, *pair in zip(stored.attribute_names, values.T, read.T, strict=True)
        }
    path.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    print(path, f"{path.stat().st_size / 1e6:.1f} MB; half precision changes features by {difference:.1e}")
    print(facts)


def held_out(dataset: str, image_size: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Images uint8 (N, C, S, S), labels int64 (N,) and attributes, where there are any, that are in no training."""
    if dataset == "strokes":
        return draw_digits(HELD_OUT, image_size, seed=1)
    if dataset == "faces":
        return draw_faces(HELD_OUT, image_size, seed=1)
    test = MNIST(data_home(), train=False)
    return test.data.unsqueeze(1), test.targets, None
