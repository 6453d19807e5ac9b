"""Cheap quality samples while a generator trains: always the same latent vectors against the same real images."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from gan_core.data import ImageData
from gan_core.data.image_data import denormalize
from gan_core.evaluation.classes import class_shares, classes_covered, code_purity, conditional_accuracy
from gan_core.evaluation.judge import Judge, ready_judge
from gan_core.evaluation.metrics import FrechetDistance, mean_pairwise_distance
from gan_core.latent_spec import LatentSpec
from gan_core.training.device import bf16_is_fast

NUM_SAMPLES = 512
NUM_REAL = 2048
BATCH_SIZE = 256
MAX_COST = 0.01  # of the time spent in training
FREE_SECONDS = 0.25  # beyond that, for the beginning, when most happens

# What the values were called in samples stored before.
OLD_NAMES = {"floor": "real_vs_real", "agreement": "conditional_accuracy"}


@dataclass(frozen=True)
class QualitySample:
    """The quality of a few images at one step of a run.

    Attributes:
        step: Of training.
        samples: Number of images.
        frechet: Frechet distance to real images. So few samples make it too large: compare it with `real_vs_real` only,
            never with that of `Quality`.
        real_vs_real: The same for as many other real images.
        class_share: Fraction of the samples that the classifier puts in each class; empty where nothing tells classes.
        diversity: 1 as varied as real images, 0 all alike.
        conditional_accuracy: Fraction of the samples that show the class asked for; for a code of categories that the
            generator found by itself, the class that is commonest in their category; None without either.
    """

    step: int
    samples: int
    frechet: float
    real_vs_real: float
    class_share: dict[str, float]
    diversity: float
    conditional_accuracy: float | None

    @property
    def classes_covered(self) -> int:
        """How many classes have at least a quarter of an even share."""
        return classes_covered(self.class_share)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> QualitySample:
        """Inverse of `to_dict`, for samples of earlier versions too. Raises `TypeError` for other values."""
        return cls(**{OLD_NAMES.get(name, name): value for name, value in values.items()})


class OnlineEvaluator:
    """Evaluates a generator during training within a time budget.

    It draws from no default random generator, so a run that is evaluated trains exactly as one that is not.

    Args:
        data: At least `2 * NUM_SAMPLES` images; some are used now and none are kept.
        judge: Looks at the images.
        latent_spec: The layout of the generator's latent vectors.
        device: Of the generator.
        seed: Of the latent vectors and of the choice of real images.

    Attributes:
        seconds: Time spent on evaluations.
    """

    def __init__(self, data: ImageData, judge: Judge, latent_spec: LatentSpec, *, device: torch.device, seed: int):
        self.seconds = 0.0
        self._device = device
        self._judge = judge.to(device)
        self._class_names = data.class_names
        self._latent_spec = latent_spec
        generator = torch.Generator().manual_seed(seed)
        self._z = latent_spec.sample(NUM_SAMPLES, generator=generator)
        picked = torch.randperm(len(data), generator=generator)[: NUM_SAMPLES + NUM_REAL]
        other, real = (
            self._features(data.images[part].to(device)).cpu() for part in picked.tensor_split([NUM_SAMPLES])
        )
        self._frechet = FrechetDistance(real)
        self._real_vs_real = self._frechet.to(other)
        self._real_distance = mean_pairwise_distance(other)

    def within_budget(self, trained: float) -> bool:
        """Whether evaluations took no more than `MAX_COST` of the seconds trained since the evaluator was made."""
        return self.seconds <= MAX_COST * trained + FREE_SECONDS

    def evaluate(self, step: int, generator: Callable[[Tensor], Tensor]) -> QualitySample:
        """Evaluate a generator in evaluation mode: z (N, size) -> images float (N, C, H, W) in -1 .. 1."""
        began = time.perf_counter()
        with torch.inference_mode(), self._autocast():
            chunks = torch.split(self._z.to(self._device), BATCH_SIZE)
            images = torch.cat([denormalize(generator(chunk)) for chunk in chunks])
            features = self._features(images)
            predicted = self._judge.classes(images, features)
        predicted = None if predicted is None else predicted.cpu()
        features = features.cpu()
        sample = QualitySample(
            step=step,
            samples=NUM_SAMPLES,
            frechet=self._frechet.to(features),
            real_vs_real=self._real_vs_real,
            class_share={} if predicted is None else class_shares(predicted, self._class_names),
            diversity=mean_pairwise_distance(features) / self._real_distance,
            conditional_accuracy=None if predicted is None else self._conditional_accuracy(predicted),
        )
        self.seconds += time.perf_counter() - began
        return sample

    def _conditional_accuracy(self, predicted: Tensor) -> float | None:
        categories = self._latent_spec.chosen(self._z, "category")
        if self._latent_spec.class_names or categories is None:
            return conditional_accuracy(self._latent_spec, self._z, predicted)
        return code_purity(categories, predicted).purity

    def _features(self, images: Tensor) -> Tensor:
        with self._autocast():
            return self._judge.features(images).float()

    def _autocast(self) -> torch.autocast:
        """bfloat16 where it is fast; real images pass through the same arithmetic."""
        return torch.autocast(self._device.type, torch.bfloat16, enabled=bf16_is_fast(self._device))


def online_evaluator(
    data: ImageData, latent_spec: LatentSpec, *, device: torch.device, seed: int
) -> OnlineEvaluator | None:
    """An evaluator for a run, or None where there are too few images."""
    if len(data) < 2 * NUM_SAMPLES:
        return None
    return OnlineEvaluator(data, ready_judge(data), latent_spec, device=device, seed=seed)
