"""Make the general network, the judge of images without a classifier of their own, in half precision.

    python -m bench ship_general                          # from CIFAR-10 as torchvision has it
    python -m bench ship_general --images cifar10.zip     # from a zip with train/CLASS/*.jpg and test/CLASS/*.jpg

One thread trains it on CIFAR-10 for `--epochs` passes, each batch at one of several sizes, one batch in four grey, so
that it works on images of 28 to 64 px of both kinds. On one machine the same call gives the same file. A small JSON
beside the weights says how it does, as stored, on CIFAR-10's test images.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate, pad
from torchvision.datasets import CIFAR10

from bench.common import progress
from gan_core.data import DATASETS, data_home, normalize
from gan_core.evaluation.general import FILE, GeneralNetwork, as_network
from gan_core.training.device import bf16_is_fast

CLASSES = DATASETS["cifar10"].class_names
SIZES = (28, 32, 32, 32, 64)  # of batches, in turn
GREY_EVERY = 4
BATCH_SIZE = 128
MAX_SHIFT = 4
MAX_LR = 0.1
UNIT = 10.0  # makes distances about as large as those of MNIST's classifier


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--images", type=Path, metavar="ZIP", help="of train/CLASS/* and test/CLASS/*")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--to", type=Path, default=FILE, metavar="FILE", help="by default what ships")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(1)
    images, labels = load(options.images, train=True)
    began = time.process_time()
    network = train(images, labels, options.epochs)
    seconds = time.process_time() - began
    options.to.parent.mkdir(parents=True, exist_ok=True)
    contents = save(as_stored(network))
    options.to.write_bytes(contents)
    facts = {
        "dataset": "cifar10",
        "class_names": list(CLASSES),
        "trained_on": len(images),
        "epochs": options.epochs,
        "seed": 0,
        "cpu_seconds": round(seconds),
        "test_accuracy": accuracies(as_network(contents), *load(options.images, train=False)),
        "sha256": hashlib.sha256(contents).hexdigest(),
    }
    options.to.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    print(options.to, f"{options.to.stat().st_size / 1e6:.1f} MB")
    print(facts)


def train(images: Tensor, labels: Tensor, epochs: int) -> GeneralNetwork:
    """Train with SGD and smoothed cross-entropy, the learning rate rising and falling once.

    Args:
        images: uint8 (N, 3, 32, 32).
        labels: int64 (N,).
        epochs: Passes over them.
    """
    torch.manual_seed(0)
    network = GeneralNetwork().to(memory_format=torch.channels_last).train()
    steps = epochs * (len(images) // BATCH_SIZE)
    optimizer = torch.optim.SGD(network.parameters(), lr=MAX_LR, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=MAX_LR, total_steps=steps)
    order = torch.cat([torch.randperm(len(images)) for _ in range(epochs)])
    mixed = bf16_is_fast(torch.device("cpu"))
    for step in range(steps):
        picked = order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]
        batch = augment(images[picked], SIZES[step % len(SIZES)], grey=step % GREY_EVERY == 0)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            loss = cross_entropy(network(batch), labels[picked], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            progress(f"step {step} of {steps}, loss {loss.item():.3f}, {time.process_time():.0f} s")
    return network.eval()


def as_stored(network: GeneralNetwork) -> dict[str, Tensor]:
    """The weights in half precision, with features `UNIT` times as large; the logits stay as they are."""
    scaled = {id(network.head.weight): 1 / UNIT}
    last = [module for module in network.body if isinstance(module, nn.BatchNorm2d)][-1]
    scaled |= dict.fromkeys((id(last.weight), id(last.bias)), UNIT)  # ReLU and the mean of a map pass a factor on
    weights = network.state_dict(keep_vars=True).items()
    stored = {name: value.detach() * scaled.get(id(value), 1) for name, value in weights}
    return {name: (v.half() if v.is_floating_point() else v).contiguous() for name, v in stored.items()}


def augment(images: Tensor, size: int, *, grey: bool) -> Tensor:
    """Shift each image by up to `MAX_SHIFT` pixels, mirror half of them, and resize all.

    Args:
        images: uint8 (N, 3, S, S).
        size: Of the result in pixels.
        grey: Whether the result has one channel.

    Returns:
        Float (N, C, size, size) in -1 .. 1.
    """
    count, side = len(images), images.shape[-1]
    padded = pad(images.float(), (MAX_SHIFT,) * 4, mode="reflect")
    rows, columns = (torch.randint(2 * MAX_SHIFT + 1, (count, 1)) + torch.arange(side) for _ in range(2))
    columns = torch.where(torch.rand(count, 1) < 0.5, columns, columns.flip(1))
    cut = padded[torch.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    cut = resized(cut, size)
    return normalize(cut.mean(1, keepdim=True) if grey else cut)


def resized(images: Tensor, size: int) -> Tensor:
    """Float images in another size."""
    if images.shape[-1] == size:
        return images
    return interpolate(images, size=(size, size), mode="bilinear", antialias=True, align_corners=False)


def accuracies(network: GeneralNetwork, images: Tensor, labels: Tensor) -> dict[str, float]:
    """The fraction of images that it puts in their class, by size and color."""
    found = {}
    for size in sorted(set(SIZES)):
        shown = resized(images.float(), size).round().clamp(0, 255)
        for kind, part in {"color": shown, "grey": shown.mean(1, keepdim=True)}.items():
            right = network.classify(part.to(torch.uint8)) == labels
            found[f"{size} px, {kind}"] = round(right.double().mean().item(), 4)
    return found


def load(path: Path | None, *, train: bool) -> tuple[Tensor, Tensor]:
    """CIFAR-10 as images uint8 (N, 3, 32, 32) and labels int64 (N,), from torchvision's copy or a zip."""
    if path is None:
        data = CIFAR10(data_home(), train=train, download=True)
        return torch.from_numpy(data.data).permute(0, 3, 1, 2).contiguous(), torch.tensor(data.targets)
    split = "train" if train else "test"
    with zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(name) for name in sorted(archive.namelist())]
        names = [name for name in names if name.parts[0] == split and name.suffix in (".jpg", ".png")]
        pictures = [np.asarray(Image.open(io.BytesIO(archive.read(str(name)))).convert("RGB")) for name in names]
    labels = torch.tensor([CLASSES.index(name.parts[1]) for name in names])
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).contiguous(), labels
