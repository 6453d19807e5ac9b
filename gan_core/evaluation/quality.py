"""How good a generator's samples are: everything that is measured at once, beside the same of real images.

Distances have no absolute scale and few measures reach their ideal even for real images, so the floor is measured
beside them: two disjoint sets of real images of the same size, compared in the same way. A generator's distance is
worth reading as a multiple of that floor.
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
    class_agreement,
    class_imbalance,
    class_shares,
    classes_covered,
    code_purity,
)
from gan_core.evaluation.classifier import Classifier
from gan_core.evaluation.metrics import (
    KERNEL_SUBSET_SIZE,
    Overlap,
    copying,
    frechet_distance,
    kernel_distance,
    mean_distance,
    nearest_real,
    precision_recall_density_coverage,
)
from gan_core.latent_spec import LatentSpec

DIGITS = 4  # more than the samples can tell
CHUNK = 1000


class Sampler(Protocol):
    """What can be measured: a `Checkpoint`, for one."""

    @property
    def latent_spec(self) -> LatentSpec: ...

    def draw(self, z: Tensor, /) -> Tensor:
        """Latent vectors float (N, latent_spec.size) -> images uint8 (N, C, H, W)."""
        ...


@dataclass(frozen=True)
class Quality:
    """What was measured on `samples` generated images against as many real ones.

    frechet:         Frechet distance between the feature distributions (Heusel et al. 2017, in the classifier's space)
    class_share:     fraction of the samples that the classifier puts in each class
    class_agreement: fraction of a conditional generator's samples that are classified as asked for; else None
    kernel_distance: squared maximum mean discrepancy, over subsets of `kernel_subset_size`
    overlap:         precision, recall, density and coverage
    diversity:       mean distance between two samples over that between two real images
    copying:         how often a sample is nearer to its nearest training image than a held-out real image to its own
    nearest_sample, nearest_image: the sample that is nearest to a training image, and which; indices
    classes_covered: classes with at least a quarter of an even share, of `classes`
    class_imbalance: fraction of the samples that would have to change class to have the shares of real images
    code:            what the categories of a generator without classes mean; None if it has none

    `floor` and what ends in `_floor` is the same of other real images in place of the samples.
    """

    samples: int
    frechet: float
    floor: float
    class_share: dict[str, float]
    class_agreement: float | None
    kernel_distance: float
    kernel_floor: float
    kernel_subset_size: int
    overlap: Overlap
    overlap_floor: Overlap
    diversity: float
    diversity_floor: float
    copying: float
    nearest_sample: int
    nearest_image: int
    classes: int
    classes_covered: int
    class_imbalance: float
    class_imbalance_floor: float
    code: CodePurity | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to what the sample size can tell."""
        return rounded(asdict(self), DIGITS) | {"frechet": round(self.frechet, 3), "floor": round(self.floor, 3)}


def measure(
    sampler: Sampler,
    data: ImageData,
    classifier: Classifier,
    *,
    samples: int = 10_000,
    seed: int = 0,
    progress: Callable[[str, float], None] = lambda what, fraction: None,
) -> Quality:
    """Draw `samples` images and compare them with real ones; fewer where `data` has not twice as many.

    data:     the images that the generator was trained on; all of them are searched for copies
    progress: told what is being done and the fraction of it that is done

    Raises `DataError` when there are too few images for a covariance of 128 features.
    """
    samples = min(samples, len(data) // 2)
    if samples < 2 * Classifier.num_features:
        raise DataError(f"{data.name}: {len(data)} images are too few to measure quality; 512 or more are needed")
    classifier = classifier.to(memory_format=torch.channels_last)  # twice as quick on a CPU
    z = sampler.latent_spec.sample(samples, generator=torch.Generator().manual_seed(seed))
    # Drawn apart from z, so that every model meets the same real images and the same floor.
    picked = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[: 2 * samples]

    fake = _in_chunks(lambda part: classifier.features(sampler.draw(part)), z, "drawing samples", progress)
    training = _in_chunks(classifier.features, data.images, "looking at real images", progress)
    real, other_real = training[picked].split(samples)
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
    real_distance = compared(mean_distance(real))
    nearest_image, nearest = compared(nearest_real(fake, training))
    _, held_out = compared(nearest_real(real, training, itself=picked[:samples]))
    return Quality(
        samples=samples,
        frechet=frechet_distance(real, fake),
        floor=frechet_distance(real, other_real),
        class_share=shares,
        class_agreement=class_agreement(sampler.latent_spec, z, predicted),
        kernel_distance=compared(kernel_distance(real, fake, subset_size=subset_size, seed=seed)),
        kernel_floor=compared(kernel_distance(real, other_real, subset_size=subset_size, seed=seed)),
        kernel_subset_size=subset_size,
        overlap=compared(precision_recall_density_coverage(real, fake)),
        overlap_floor=compared(precision_recall_density_coverage(real, other_real)),
        diversity=compared(mean_distance(fake)) / real_distance,
        diversity_floor=compared(mean_distance(other_real)) / real_distance,
        copying=copying(nearest, held_out),
        nearest_sample=int(nearest.argmin()),
        nearest_image=int(nearest_image[nearest.argmin()]),
        classes=data.num_classes,
        classes_covered=classes_covered(shares),
        class_imbalance=class_imbalance(shares, real_shares),
        class_imbalance_floor=class_imbalance(other_shares, real_shares),
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
    for start in range(0, len(rows), CHUNK):
        parts.append(compute(rows[start : start + CHUNK]))
        progress(what, min(1.0, (start + CHUNK) / len(rows)))
    return torch.cat(parts)
