"""Frechet distance, class balance and class agreement of a generator's samples.

The distance has no absolute scale, so the floor is measured beside it: two disjoint sets of real images of the same
size, compared in the same way. A generator's distance is worth reading as a multiple of that floor.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from gan_core.data import ImageData
from gan_core.errors import DataError
from gan_core.evaluation.classifier import Classifier
from gan_core.runs.checkpoint import Checkpoint


@dataclass(frozen=True)
class Quality:
    """What was measured on `samples` generated images against as many real ones.

    frechet:         Frechet distance between the feature distributions (Heusel et al. 2017, in the classifier's space)
    floor:           the same between two disjoint sets of real images
    class_share:     fraction of the samples that the classifier puts in each class
    class_agreement: fraction of a conditional generator's samples that are classified as asked for; else None
    """

    samples: int
    frechet: float
    floor: float
    class_share: dict[str, float]
    class_agreement: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON, rounded to what the sample size can tell."""
        return asdict(self) | {
            "frechet": round(self.frechet, 3),
            "floor": round(self.floor, 3),
            "class_share": {name: round(share, 4) for name, share in self.class_share.items()},
        }


def measure(
    checkpoint: Checkpoint, data: ImageData, classifier: Classifier, *, samples: int = 10_000, seed: int = 0
) -> Quality:
    """Draw `samples` images and compare them with real ones; fewer where `data` has not twice as many.

    Raises `DataError` when there are too few images for a covariance of 128 features.
    """
    samples = min(samples, len(data) // 2)
    if samples < 2 * Classifier.num_features:
        raise DataError(f"{data.name}: {len(data)} images are too few to measure quality; 512 or more are needed")
    latent = checkpoint.latent.sample(samples, generator=torch.Generator().manual_seed(seed))
    fake = classifier.features(checkpoint.draw(latent))
    # Drawn apart from the latents, so that every model meets the same real images and the same floor.
    picked = torch.randperm(len(data), generator=torch.Generator().manual_seed(seed))[: 2 * samples]
    real, other_real = classifier.features(data.images[picked]).split(samples)

    predicted = classifier.predict(fake)
    share = torch.bincount(predicted, minlength=data.num_classes).double() / samples
    wanted = checkpoint.latent.classes(latent)
    return Quality(
        samples=samples,
        frechet=frechet_distance(real, fake),
        floor=frechet_distance(real, other_real),
        class_share=dict(zip(data.class_names, share.tolist(), strict=True)),
        class_agreement=None if wanted is None else (wanted.argmax(dim=1) == predicted).double().mean().item(),
    )


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of features (N, F) and (M, F), in float64 by torchmetrics."""
    features = nn.Identity()
    features.num_features = first.shape[1]
    metric = FrechetInceptionDistance(feature=features).set_dtype(torch.float64)
    metric.update(first.double(), real=True)
    metric.update(second.double(), real=False)
    return float(metric.compute())
