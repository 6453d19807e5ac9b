"""How far apart two sets of images are, in the eyes of a judge.

    from gan_core import load_checkpoint
    from gan_core.evaluation import compare

    compare(load_checkpoint("mnist-dcgan"), "mnist").frechet
    compare(generated, real).prdc                        # uint8 (N, C, S, S) each

Distances have no absolute scale and few measures reach their ideal even for real images, so each is also taken between
two disjoint sets of real images of the same size (`real_vs_real`). Read a distance as a multiple of that; both sets are
of the same data, and a test set may lie a little farther away. Numbers of two judges, or of two sizes of sets, cannot
be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from gan_core.arguments import as_tensor, as_whole
from gan_core.data import ImageData, load_dataset
from gan_core.errors import DataError
from gan_core.evaluation.classifier import Classifier
from gan_core.evaluation.judge import Judge, ready_judge
from gan_core.evaluation.metrics import KERNEL_SUBSET_SIZE, PRDC, compute_prdc, frechet_distance, kernel_distance
from gan_core.latent_spec import LatentSpec

MIN_SAMPLES = 2 * Classifier.num_features  # for their covariance
CHUNK_SIZE = 1000
DIGITS = 4  # more than the samples can tell


@runtime_checkable
class Sampler(Protocol):
    """What can be evaluated: a `Checkpoint`, for one."""

    @property
    def latent_spec(self) -> LatentSpec:
        """The layout of its latent vectors."""
        ...

    def draw(self, z: Tensor, /) -> Tensor:
        """Images uint8 (N, C, H, W) of latent vectors float (N, latent_spec.size)."""
        ...


@dataclass(frozen=True)
class Comparison:
    """Measures of `samples` images against as many real ones.

    What is called, or ends in, `real_vs_real` is the same of other real images in place of the samples.

    Attributes:
        judge: Name of the judge.
        samples: Number of images.
        frechet: Frechet distance between the feature distributions.
        kernel_distance: Squared maximum mean discrepancy, over subsets of `kernel_subset_size`.
        prdc: Precision, recall, density and coverage.
    """

    judge: str
    samples: int
    frechet: float
    real_vs_real: float
    kernel_distance: float
    kernel_real_vs_real: float
    kernel_subset_size: int
    prdc: PRDC
    prdc_real_vs_real: PRDC

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to what the sample size can tell."""
        distances = {"frechet": round(self.frechet, 3), "real_vs_real": round(self.real_vs_real, 3)}
        return {name: rounded(value, DIGITS) for name, value in asdict(self).items()} | distances


def compare(
    images: Tensor | np.ndarray | Sampler,
    real: Tensor | np.ndarray | ImageData | str,
    *,
    judge: Judge | None = None,
    samples: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """How far images, or those of a generator, are from real ones; see `Comparison`.

    Args:
        images: uint8 (N, C, S, S), C 1 or 3; or what draws them, such as a `Checkpoint`.
        real: uint8 (M, C, S, S), a dataset, or the name of one.
        judge: What looks at them; by default that of the dataset, and of images without a name the general one.
        samples: Of each set, at most. Real ones are needed twice.
        seed: Of latent vectors and of the choice among too many images.

    Raises:
        DataError: The two are no images of one shape, or fewer than 256, or the real ones fewer than 512.
    """
    samples = as_whole(samples, "samples", DataError)
    if isinstance(images, Sampler):
        z = draw_latents(images, samples, seed)
        shape = images.draw(z[:1]).shape[1:]
    else:
        given = ImageData("images", as_tensor(images, "images", DataError)).images
        samples, shape = min(samples, len(given)), given.shape[1:]
    data = _as_data(real, shape)
    judge = (judge or ready_judge(data)).to("cpu")
    mine, others = choose_real(data, samples, seed)
    count = len(mine)
    if isinstance(images, Sampler):
        fake = torch.cat([judge.features(images.draw(part)) for part in z[:count].split(CHUNK_SIZE)])
    else:
        fake = judge.features(given[_shuffled(len(given), seed)[:count]])
    return compare_features(
        judge, fake, judge.features(data.images[mine]), judge.features(data.images[others]), seed=seed
    )


def compare_features(
    judge: Judge, fake: Tensor, real: Tensor, other_real: Tensor, *, seed: int, tick: Callable[[], None] = lambda: None
) -> Comparison:
    """`Comparison` of three sets of as many images by the features (N, F) that a judge sees.

    Args:
        judge: Gave the features.
        fake: Of the images that are measured.
        real: Of those that they are compared with.
        other_real: Of the real images that are compared in their place.
        seed: Of the subsets of the kernel distance.
        tick: Called after each of the four parts of the work.
    """
    subset_size = min(KERNEL_SUBSET_SIZE, len(fake))
    kernels, overlaps = [], []
    for features in (fake, other_real):
        kernels.append(kernel_distance(real, features, subset_size=subset_size, seed=seed))
        tick()
        overlaps.append(compute_prdc(real, features))
        tick()
    return Comparison(
        judge=judge.name,
        samples=len(fake),
        frechet=frechet_distance(real, fake),
        real_vs_real=frechet_distance(real, other_real),
        kernel_distance=kernels[0],
        kernel_real_vs_real=kernels[1],
        kernel_subset_size=subset_size,
        prdc=overlaps[0],
        prdc_real_vs_real=overlaps[1],
    )


def choose_real(data: ImageData, samples: int, seed: int) -> tuple[Tensor, Tensor]:
    """Indices of real images to compare with and of as many others, int64, `samples` each or half of the dataset.

    They do not depend on what is compared: every generator meets the same real images.

    Raises:
        DataError: There are too few for a covariance of 128 features.
    """
    _check_enough("samples", samples, MIN_SAMPLES)
    _check_enough(data.name, len(data), 2 * MIN_SAMPLES)
    samples = min(samples, len(data) // 2)
    mine, others = _shuffled(len(data), seed)[: 2 * samples].split(samples)
    return mine, others


def draw_latents(sampler: Sampler, samples: int, seed: int) -> Tensor:
    """The latent vectors (samples, size) that a generator is judged by."""
    return sampler.latent_spec.sample(samples, generator=torch.Generator().manual_seed(seed))


def rounded(value: Any, digits: int) -> Any:
    """JSON with all of its fractions rounded."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, dict):
        return {name: rounded(part, digits) for name, part in value.items()}
    return value


def _as_data(real: Tensor | np.ndarray | ImageData | str, shape: torch.Size) -> ImageData:
    """Real images as a dataset of images of that shape."""
    if isinstance(real, str):
        return load_dataset(real, image_size=shape[-1], channels=shape[0])
    data = real if isinstance(real, ImageData) else ImageData("real", as_tensor(real, "real", DataError))
    if data.images.shape[1:] != shape:
        raise DataError(
            "images of {shape} cannot be compared with real ones of {other}; give both one size and number of channels",
            shape=tuple(shape),
            other=tuple(data.images.shape[1:]),
        )
    return data


def _check_enough(name: str, count: int, needed: int) -> None:
    """Raises `DataError` for fewer images than are needed."""
    if count < needed:
        raise DataError(
            "{name}: {count} images are too few to measure quality; {needed} or more are needed",
            name=name,
            count=count,
            needed=needed,
        )


def _shuffled(count: int, seed: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))
