"""Which samples are copies of training images: the nearest one of each, and how much nearer it is than others.

A small set is soon learnt by heart. A sample then lies beside one training image and far from all others, while a new
image has several that are about as near. So a sample counts as a copy when the distance to its nearest training image
is less than a third of that to the second nearest (Yoon et al. 2023, "Diffusion Probabilistic Models Generalize when
They Fail to Memorize"; Gu et al. 2023, arXiv:2310.02664). That needs no other real images, of which a small set has
none to spare. Of equal training images one is searched.

Distances are Euclidean, between thumbnails of at most 16 pixels a side: for any pictures, and without the grain of the
generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_core.evaluation.metrics import distances_to

MAX_IMAGES = 5000  # searched while a run trains; what is larger is not learnt by heart in minutes
MAX_THUMBNAIL = 16
COPY_RATIO = 1 / 3


@dataclass(frozen=True)
class Copies:
    """The nearest training image of each sample.

    Attributes:
        nearest: Its index, int64 (N,).
        ratios: Distance to it over that to the second nearest, float64 (N,) in 0 .. 1.
    """

    nearest: Tensor
    ratios: Tensor

    @property
    def rate(self) -> float:
        """The share of the samples that are copies."""
        return float(is_copy(self.ratios).double().mean())


class CopyFinder:
    """Finds copies of training images.

    Args:
        images: uint8 (M, C, S, S), two different ones at least; with fewer, every ratio is 1.

    Attributes:
        images: The same, on the CPU.
    """

    def __init__(self, images: Tensor):
        self.images = images.cpu()
        self._thumbnails, place = torch.unique(as_thumbnails(self.images), dim=0, return_inverse=True)
        # Of equal images the first.
        count = len(self.images)
        self._index = torch.full((len(self._thumbnails),), count)
        self._index.scatter_reduce_(0, place, torch.arange(count), "amin")

    def find(self, images: Tensor) -> Copies:
        """The nearest training images of images uint8 (N, C, S, S)."""
        if len(self._thumbnails) < 2:
            return Copies(self._index.expand(len(images)), torch.ones(len(images), dtype=torch.float64))
        nearest, ratios = [], []
        for _, distances in distances_to(as_thumbnails(images.cpu()), self._thumbnails):
            two = distances.topk(2, largest=False)
            nearest.append(self._index[two.indices[:, 0]])
            ratios.append(two.values[:, 0] / two.values[:, 1])
        return Copies(torch.cat(nearest), torch.cat(ratios))


def is_copy(ratios: Tensor) -> Tensor:
    """Which samples are copies, bool (N,), by their `Copies.ratios`."""
    return ratios < COPY_RATIO


def as_thumbnails(images: Tensor) -> Tensor:
    """Means of squares of pixels, float32 (N, F) in 0 .. 255, of images uint8 (N, C, S, S)."""
    side = images.shape[-1]
    while side > MAX_THUMBNAIL:
        side //= 2
    return adaptive_avg_pool2d(images.float(), side).flatten(1)
