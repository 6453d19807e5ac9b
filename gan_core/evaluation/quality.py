"""The quality of a generator's samples: `Comparison` with real images, and what they show of classes and copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from gan_core.data import ImageData
from gan_core.evaluation.classes import (
    CodePurity,
    class_imbalance,
    class_shares,
    classes_covered,
    code_purity,
    conditional_accuracy,
)
from gan_core.evaluation.comparison import (
    CHUNK_SIZE,
    Comparison,
    Sampler,
    choose_real,
    compare_features,
    draw_latents,
)
from gan_core.evaluation.judge import Judge
from gan_core.evaluation.metrics import mean_pairwise_distance, memorization_score, nearest_real
from gan_core.latent_spec import LatentSpec


@dataclass(frozen=True)
class Quality(Comparison):
    """Measures of `samples` generated images against as many real ones, those of `Comparison` among them.

    What is called, or ends in, `real_vs_real` is the same of other real images in place of the samples. Where nothing
    tells classes there are 0 of them, and their measures are None or empty.

    Attributes:
        diversity: Mean distance between two samples over that between two real images.
        memorization_score: How often a sample is nearer to its nearest training image than a held-out real image to
            its own.
        nearest_sample: Index of the sample that is nearest to a training image.
        nearest_image: Index of that training image.
        class_share: Fraction of the samples that the classifier puts in each class.
        conditional_accuracy: Fraction of a conditional generator's samples that are classified as asked for; else None.
        classes: Number of classes.
        classes_covered: Classes with at least a quarter of an even share.
        class_imbalance: Fraction of the samples that would have to change class to have the shares of real images.
        code: What the categories of a generator without classes mean; None if it has none.
    """

    diversity: float
    diversity_real_vs_real: float
    memorization_score: float
    nearest_sample: int
    nearest_image: int
    class_share: dict[str, float] = field(default_factory=dict)
    conditional_accuracy: float | None = None
    classes: int = 0
    classes_covered: int = 0
    class_imbalance: float | None = None
    class_imbalance_real_vs_real: float | None = None
    code: CodePurity | None = None


def evaluate_generator(
    sampler: Sampler,
    data: ImageData,
    judge: Judge,
    *,
    samples: int = 10_000,
    seed: int = 0,
    progress: Callable[[str, float], None] = lambda what, fraction: None,
) -> Quality:
    """Draw images and compare them with real ones.

    Args:
        sampler: Draws the images.
        data: The images that the generator was trained on; all of them are searched for copies.
        judge: Looks at them, see `judge_for`.
        samples: Number of images; fewer where `data` has not twice as many.
        seed: Of the latent vectors and of the choice of real images.
        progress: Called with what is being done and the fraction of it that is done.

    Raises:
        DataError: There are too few images for a covariance of 128 features.
    """
    judge = judge.to("cpu")
    mine, others = choose_real(data, samples, seed)
    z = draw_latents(sampler, len(mine), seed)
    drawn = _in_chunks(sampler.draw, z, "drawing samples", progress)
    fake = _in_chunks(judge.features, drawn, "looking at samples", progress)
    training = _in_chunks(judge.features, data.images, "looking at real images", progress)
    real, other_real = training[mine], training[others]

    steps = iter(range(1, 10))

    def tick() -> None:
        progress("comparing", next(steps) / 9)

    def compared(value: Any) -> Any:
        tick()
        return value

    real_distance = compared(mean_pairwise_distance(real))
    nearest_image, nearest = compared(nearest_real(fake, training))
    _, held_out = compared(nearest_real(real, training, itself=mine))
    comparison = compare_features(judge, fake, real, other_real, seed=seed, tick=tick)
    return Quality(
        **vars(comparison),
        diversity=compared(mean_pairwise_distance(fake)) / real_distance,
        diversity_real_vs_real=compared(mean_pairwise_distance(other_real)) / real_distance,
        memorization_score=memorization_score(nearest, held_out),
        nearest_sample=int(nearest.argmin()),
        nearest_image=int(nearest_image[nearest.argmin()]),
        **_class_measures(judge, data, sampler.latent_spec, z, (drawn, fake), (mine, real), (others, other_real)),
    )


def _class_measures(
    judge: Judge,
    data: ImageData,
    latent_spec: LatentSpec,
    z: Tensor,
    samples: tuple[Tensor, Tensor],
    *real: tuple[Tensor, Tensor],
) -> dict[str, Any]:
    """Those of `Quality`; none without a classifier.

    Args:
        judge: Names the classes.
        data: The dataset.
        latent_spec: The layout of `z`.
        z: The latent vectors of the samples.
        samples: Images and features.
        real: Indices of the images that the samples are compared with and of others, and the features of each.
    """
    predicted = judge.classes(*samples)
    if predicted is None:
        return {}
    shares, real_shares, other_shares = (
        class_shares(found, data.class_names)
        for found in (predicted, *(judge.classes(data.images[picked], features) for picked, features in real))
        if found is not None
    )
    categories = latent_spec.chosen(z, "category")
    return {
        "class_share": shares,
        "conditional_accuracy": conditional_accuracy(latent_spec, z, predicted),
        "classes": data.num_classes,
        "classes_covered": classes_covered(shares),
        "class_imbalance": class_imbalance(shares, real_shares),
        "class_imbalance_real_vs_real": class_imbalance(other_shares, real_shares),
        "code": None if categories is None else code_purity(categories, predicted),
    }


def _in_chunks(
    compute: Callable[[Tensor], Tensor], rows: Tensor, what: str, progress: Callable[[str, float], None]
) -> Tensor:
    parts = []
    for start in range(0, len(rows), CHUNK_SIZE):
        parts.append(compute(rows[start : start + CHUNK_SIZE]))
        progress(what, min(1.0, (start + CHUNK_SIZE) / len(rows)))
    return torch.cat(parts)
