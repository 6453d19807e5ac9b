"""The quality of a generator's samples, each measure beside that of real images.

Distances have no absolute scale and few measures reach their ideal even for real images, so each is also taken between
two disjoint sets of real images of the same size (`real_vs_real`). Read a generator's distance as a multiple of that;
both sets are of the data that it was trained on, and a test set may lie a little farther away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from gan_core.data import ImageData
from gan_core.errors import DataError
from gan_core.evaluation.classes import (
    CodePurity,
    class_imbalance,
    class_shares,
    classes_covered,
    code_purity,
    conditional_accuracy,
)
from gan_core.evaluation.classifier import Classifier
from gan_core.evaluation.metrics import (
    KERNEL_SUBSET_SIZE,
    PRDC,
    compute_prdc,
    frechet_distance,
    kernel_distance,
    mean_pairwise_distance,
    memorization_score,
    nearest_real,
)
from gan_core.latent_spec import LatentSpec

DIGITS = 4  # more than the samples can tell
CHUNK_SIZE = 1000


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
class Quality:
    """Measures of `samples` generated images against as many real ones.

    What is called, or ends in, `real_vs_real` is the same of other real images in place of the samples.

    Attributes:
        samples: Number of images.
        frechet: Frechet distance between the feature distributions, in the classifier's space.
        class_share: Fraction of the samples that the classifier puts in each class.
        conditional_accuracy: Fraction of a conditional generator's samples that are classified as asked for; else None.
        kernel_distance: Squared maximum mean discrepancy, over subsets of `kernel_subset_size`.
        prdc: Precision, recall, density and coverage.
        diversity: Mean distance between two samples over that between two real images.
        memorization_score: How often a sample is nearer to its nearest training image than a held-out real image to
            its own.
        nearest_sample: Index of the sample that is nearest to a training image.
        nearest_image: Index of that training image.
        classes: Number of classes.
        classes_covered: Classes with at least a quarter of an even share.
        class_imbalance: Fraction of the samples that would have to change class to have the shares of real images.
        code: What the categories of a generator without classes mean; None if it has none.
    """

    samples: int
    frechet: float
    real_vs_real: float
    class_share: dict[str, float]
    conditional_accuracy: float | None
    kernel_distance: float
    kernel_real_vs_real: float
    kernel_subset_size: int
    prdc: PRDC
    prdc_real_vs_real: PRDC
    diversity: float
    diversity_real_vs_real: float
    memorization_score: float
    nearest_sample: int
    nearest_image: int
    classes: int
    classes_covered: int
    class_imbalance: float
    class_imbalance_real_vs_real: float
    code: CodePurity | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to what the sample size can tell."""
        distances = {"frechet": round(self.frechet, 3), "real_vs_real": round(self.real_vs_real, 3)}
        return {name: rounded(value, DIGITS) for name, value in asdict(self).items()} | distances


def evaluate_generator(
    sampler: Sampler,
    data: ImageData,
    classifier: Classifier,
    *,
    samples: int = 10_000,
    seed: int = 0,
    progress: Callable[[str, float], None] = lambda what, fraction: None,
) -> Quality:
    """Draw images and compare them with real ones.

    Args:
        sampler: Draws the images.
        data: The images that the generator was trained on; all of them are searched for copies.
        classifier: Its features are compared.
        samples: Number of images; fewer where `data` has not twice as many.
        seed: Of the latent vectors and of the choice of real images.
        progress: Called with what is being done and the fraction of it that is done.

    Raises:
        DataError: There are too few images for a covariance of 128 features.
    """
    samples = min(samples, len(data) // 2)
    if samples < 2 * Classifier.num_features:
        raise DataError(
            "{name}: {count} images are too few to measure quality; 512 or more are needed",
            name=data.name,
            count=len(data),
        )
    classifier = classifier.to(memory_format=torch.channels_last)  # twice as quick on a CPU
    z = sampler.latent_spec.sample(samples, generator=torch.Generator().manual_seed(seed))
    # Drawn apart from z, so that every model meets the same real images.
    picked = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[: 2 * samples]

    fake = _in_chunks(lambda part: classifier.features(sampler.draw(part)), z, "drawing samples", progress)
    training = _in_chunks(classifier.features, data.images, "looking at real images", progress)
    real, other_real = torch.split(training[picked], samples)
    predicted = classifier.predict(fake)
    categories = sampler.latent_spec.chosen(z, "category")
    shares, real_shares, other_shares = (
        class_shares(found, data.class_names)
        for found in (predicted, classifier.predict(real), classifier.predict(other_real))
    )

    steps = iter(range(1, 10))

    def compared(value: Any) -> Any:
        progress("comparing", next(steps) / 9)
        return value

    subset_size = min(KERNEL_SUBSET_SIZE, samples)
    real_distance = compared(mean_pairwise_distance(real))
    nearest_image, nearest = compared(nearest_real(fake, training))
    _, held_out = compared(nearest_real(real, training, itself=picked[:samples]))
    return Quality(
        samples=samples,
        frechet=frechet_distance(real, fake),
        real_vs_real=frechet_distance(real, other_real),
        class_share=shares,
        conditional_accuracy=conditional_accuracy(sampler.latent_spec, z, predicted),
        kernel_distance=compared(kernel_distance(real, fake, subset_size=subset_size, seed=seed)),
        kernel_real_vs_real=compared(kernel_distance(real, other_real, subset_size=subset_size, seed=seed)),
        kernel_subset_size=subset_size,
        prdc=compared(compute_prdc(real, fake)),
        prdc_real_vs_real=compared(compute_prdc(real, other_real)),
        diversity=compared(mean_pairwise_distance(fake)) / real_distance,
        diversity_real_vs_real=compared(mean_pairwise_distance(other_real)) / real_distance,
        memorization_score=memorization_score(nearest, held_out),
        nearest_sample=int(nearest.argmin()),
        nearest_image=int(nearest_image[nearest.argmin()]),
        classes=data.num_classes,
        classes_covered=classes_covered(shares),
        class_imbalance=class_imbalance(shares, real_shares),
        class_imbalance_real_vs_real=class_imbalance(other_shares, real_shares),
        code=None if categories is None else code_purity(categories, predicted),
    )


def rounded(value: Any, digits: int) -> Any:
    """JSON with all of its fractions rounded."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, dict):
        return {name: rounded(part, digits) for name, part in value.items()}
    return value


def _in_chunks(
    compute: Callable[[Tensor], Tensor], rows: Tensor, what: str, progress: Callable[[str, float], None]
) -> Tensor:
    parts = []
    for start in range(0, len(rows), CHUNK_SIZE):
        parts.append(compute(rows[start : start + CHUNK_SIZE]))
        progress(what, min(1.0, (start + CHUNK_SIZE) / len(rows)))
    return torch.cat(parts)
