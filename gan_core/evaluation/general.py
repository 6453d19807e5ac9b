"""The general network: the judge of images that have no classifier of their own that ships.

One file for all machines, so that numbers can be compared: a person's own images, colour pictures, any new dataset. It
knows the ten classes of CIFAR-10, of grey and colored images of 28 to 64 px; of other images it is asked for features
only, as the networks of ImageNet are elsewhere. `python -m bench ship_general` makes it.
"""

from __future__ import annotations

import hashlib

import torch
from safetensors.torch import load
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from gan_core.errors import CheckpointError
from gan_core.evaluation.classifier import Classifier
from gan_core.nets.initialization import without_values
from gan_core.paths import SHIPPED

FILE = SHIPPED / "classifiers" / "general.safetensors"
# Of the file that all published numbers rest on.
SHA256 = "a1f5598b5560f40b9d02934dc76660ef0e8b5f93308e57aa417ce8caeef4975b"
HALVED = 48
WIDTHS = (24, 48, 96)  # channels at the full, half and quarter resolution


class GeneralNetwork(Classifier):
    """Grey or colored images float (N, 1 or 3, S, S) in -1 .. 1, S from 28 on -> logits (N, 10) of CIFAR-10's classes.

    A small residual network; `features` are the means of its last 128 maps. Images from `HALVED` px on are looked at in
    half their size, in which it sees the whole of them; the finest detail is lost on it.
    """

    chunk_size = 250

    def __init__(self) -> None:
        super().__init__(channels=3, image_size=32, num_classes=10)

    @torch.inference_mode()
    def features(self, images: Tensor) -> Tensor:
        """uint8 (N, 1 or 3, S, S) -> float32 (N, 128)."""
        if images.shape[-1] >= HALVED:
            images = torch.cat([_half_size(chunk) for chunk in images.split(self.chunk_size)])
        return super().features(images)

    def _layers(self, channels: int, image_size: int) -> nn.Sequential:
        full, half, quarter = WIDTHS
        return nn.Sequential(
            AsColor(),
            *_convolution(channels, full),
            nn.MaxPool2d(2),
            *_convolution(full, half),
            nn.MaxPool2d(2),
            *_convolution(half, quarter),
            Residual(*_convolution(quarter, quarter), *_convolution(quarter, quarter)),
            nn.MaxPool2d(2),
            *_convolution(quarter, self.num_features),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )


def general_network() -> GeneralNetwork:
    """The network that ships, in evaluation mode.

    Raises:
        CheckpointError: The file is missing, or not the one that numbers are compared by.
    """
    try:
        contents = FILE.read_bytes()
    except OSError as error:
        raise CheckpointError("the judge {file} cannot be read: {error}", file=FILE.name, error=error) from None
    if hashlib.sha256(contents).hexdigest() != SHA256:
        raise CheckpointError("{file} is not the judge that ships; install the workshop again", file=FILE.name)
    return as_network(contents)


def as_network(contents: bytes) -> GeneralNetwork:
    """The network in a file of weights, which may be float16."""
    with without_values():
        network = GeneralNetwork()
    weights = {
        name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in load(contents).items()
    }
    network.load_state_dict(weights, assign=True)
    return network.eval()


class AsColor(nn.Module):
    """Grey images as three equal channels; colored ones as they are."""

    def forward(self, images: Tensor) -> Tensor:
        """Images (N, 1 or 3, H, W) -> (N, 3, H, W)."""
        return images.expand(-1, 3, -1, -1)


class Residual(nn.Sequential):
    """x + f(x)."""

    def forward(self, values: Tensor) -> Tensor:
        """Values of one shape before and after."""
        added = values
        for layer in self:
            added = layer(added)
        return values + added


def _half_size(images: Tensor) -> Tensor:
    """uint8 (N, C, S, S) -> uint8 (N, C, S / 2, S / 2), by means of four pixels."""
    return avg_pool2d(images.float(), 2).round_().to(torch.uint8)


def _convolution(channels: int, width: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
