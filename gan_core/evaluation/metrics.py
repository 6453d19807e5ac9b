"""Comparing two sets of images by their features: pure functions of features (N, F) and (M, F), in float64.

Distances between all pairs are taken a chunk of rows at a time, so that ten thousand by ten thousand of them need some
tens of megabytes. torchmetrics is imported where it is used, because the import takes a moment. Where several processes
train together it would wait for the others, which evaluate nothing, so its synchronization is switched off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

NUM_NEIGHBORS = 5
NUM_KERNEL_SUBSETS = 100
KERNEL_SUBSET_SIZE = 1000
MAX_CHUNK_BYTES = 32 << 20


@dataclass(frozen=True)
class PRDC:
    """Precision, recall, density and coverage; the ball of an image reaches to its k-th nearest neighbor in its set.

    Attributes:
        precision: Fraction of the fake images inside some real image's ball (Kynkaanniemi et al. 2019).
        recall: Fraction of the real images inside some fake image's ball.
        density: Number of real balls around a fake image, over k; precision that is robust to outliers, and may exceed
            1 (Naeem et al. 2020).
        coverage: Fraction of the real images with a fake one in their ball; recall that is robust to outliers.
    """

    precision: float
    recall: float
    density: float
    coverage: float


class _Features(nn.Identity):
    """Passes features on, as a feature extractor of torchmetrics."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features: int = num_features


class FrechetDistance:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) between features and real ones, whose statistics are kept.

    (Heusel et al. 2017, arXiv:1706.08500.) Biased upwards for small sets, so only distances of sets of one size can be
    compared.

    Args:
        real: Features (M, F) of real images.
    """

    def __init__(self, real: Tensor):
        from torchmetrics.image.fid import FrechetInceptionDistance

        metric = FrechetInceptionDistance(
            feature=_Features(real.shape[1]), reset_real_features=False, sync_on_compute=False
        )
        self._metric = metric.set_dtype(torch.float64)
        self._metric.update(real.cpu().double(), real=True)

    def to(self, features: Tensor) -> float:
        """The distance to features (N, F)."""
        self._metric.reset()
        self._metric.update(features.cpu().double(), real=False)
        return float(self._metric.compute())


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """`FrechetDistance` between two sets, by torchmetrics."""
    return FrechetDistance(real).to(fake)


def kernel_distance(real: Tensor, fake: Tensor, *, subset_size: int = KERNEL_SUBSET_SIZE, seed: int = 0) -> float:
    """The squared maximum mean discrepancy with the kernel (x . y / F + 1)^3, by torchmetrics.

    (Binkowski et al. 2018, arXiv:1801.01401.) It has no bias: two samples of one distribution give 0 on average, and a
    little less than 0 as often as a little more.

    Args:
        real: Features (M, F).
        fake: Features (N, F).
        subset_size: The result is the mean over random subsets of that size, or one estimate where there are not more.
        seed: Of the subsets.
    """
    from torchmetrics.image.kid import poly_mmd

    # The metric itself would draw its subsets from torch's default generator, which belongs to training.
    generator = torch.Generator().manual_seed(seed)
    size = min(subset_size, len(real), len(fake))
    subsets = NUM_KERNEL_SUBSETS if size < max(len(real), len(fake)) else 1

    def subset(features: Tensor) -> Tensor:
        return features[torch.randperm(len(features), generator=generator)[:size]].double()

    return float(torch.stack([poly_mmd(subset(real), subset(fake)) for _ in range(subsets)]).mean())


def compute_prdc(real: Tensor, fake: Tensor, *, k: int = NUM_NEIGHBORS) -> PRDC:
    """`PRDC` of two sets (Kynkaanniemi et al. 2019, arXiv:1904.06991; Naeem et al. 2020, arXiv:2002.09797).

    Balls are open, as in the code of the latter: a set has density 1 with itself.

    Args:
        real: Features (M, F), M > k.
        fake: Features (N, F), N > k.
        k: Which neighbor is the radius of a ball.
    """
    real_radius, fake_radius = _radii(real, k), _radii(fake, k)
    balls_around_fake = torch.zeros(len(fake), dtype=torch.int64)
    recalled, covered = 0, 0
    for rows, distances in distances_to(real, fake):
        in_real_ball = distances < real_radius[rows, None]
        balls_around_fake += in_real_ball.sum(dim=0)
        covered += int(in_real_ball.any(dim=1).sum())
        recalled += int((distances < fake_radius).any(dim=1).sum())
    return PRDC(
        precision=float((balls_around_fake > 0).double().mean()),
        recall=recalled / len(real),
        density=float(balls_around_fake.double().mean() / k),
        coverage=covered / len(real),
    )


def mean_pairwise_distance(features: Tensor) -> float:
    """The mean distance between two different images of a set of at least two, by features (N, F).

    Over that of real images it is the diversity of a set: 1 as varied as real, 0 all alike.
    """
    total = sum(float(distances.sum()) for _, distances in distances_to(features, features))
    return total / (len(features) * (len(features) - 1))


def nearest_real(features: Tensor, training: Tensor, *, itself: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The nearest training image of each image.

    Args:
        features: Of the images, (N, F).
        training: Of the training images, (M, F).
        itself: int64 (N,), the indices of the images in `training`; each is left out of its own search, which makes it
            a held-out image.

    Returns:
        Indices int64 (N,) and distances float64 (N,).
    """
    indices, nearest = [], []
    for rows, distances in distances_to(features, training):
        if itself is not None:
            distances[torch.arange(len(distances)), itself[rows]] = torch.inf
        found = distances.min(dim=1)
        indices.append(found.indices)
        nearest.append(found.values)
    return torch.cat(indices), torch.cat(nearest)


def memorization_score(fake_distances: Tensor, held_out_distances: Tensor) -> float:
    """How often a sample is nearer to its nearest training image than a held-out real image is to its own.

    Over all pairs, ties counting half (Meehan et al. 2020, arXiv:2004.05675): about 0.5 for new images, towards 1 for
    copies, towards 0 for samples that are far from everything real.

    Args:
        fake_distances: From samples to their nearest training images, (N,).
        held_out_distances: The same from held-out real images, (M,).
    """
    ordered = held_out_distances.sort().values
    farther = len(ordered) - torch.searchsorted(ordered, fake_distances, right=True)
    not_nearer = len(ordered) - torch.searchsorted(ordered, fake_distances, right=False)
    return float((farther + not_nearer).double().mean() / (2 * len(ordered)))


def _radii(features: Tensor, k: int) -> Tensor:
    """The distance of each image to its k-th nearest other one, (N,)."""
    # The nearest of all is the image itself.
    return torch.cat([distances.kthvalue(k + 1, dim=1).values for _, distances in distances_to(features, features)])


def distances_to(first: Tensor, second: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Euclidean distances float64 (rows, M) of some rows of `first` to all of `second`, chunk after chunk.

    A chunk is overwritten by the next: fresh memory for each would leave the heap in pieces, and grow without end.
    """
    first, second = first.double(), second.double()
    squares = second.square().sum(dim=1)
    count = min(len(first), max(1, MAX_CHUNK_BYTES // (8 * len(second))))
    buffer = torch.empty(count, len(second), dtype=torch.float64)
    for start in range(0, len(first), count):
        part = first[start : start + count]
        distances = torch.addmm(squares, part, second.T, alpha=-2, out=buffer[: len(part)])
        distances += part.square().sum(dim=1, keepdim=True)
        yield slice(start, start + len(part)), distances.clamp_(min=0).sqrt_()
