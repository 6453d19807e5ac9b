"""A light reading of quality while a generator trains: always the same latent vectors against the same real images."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from gan_core.data import ImageData
from gan_core.data.image_data import denormalise
from gan_core.evaluation.classes import class_agreement, class_shares, classes_covered, code_purity
from gan_core.evaluation.classifier import Classifier, ready_classifier
from gan_core.evaluation.metrics import FrechetDistance, mean_distance
from gan_core.latent_spec import LatentSpec
from gan_core.training.device import bf16_is_fast

SAMPLES = 512
REAL = 2048
BATCH = 256
COST = 0.01  # of the time spent in training
CREDIT = 0.25  # seconds beyond that, for the beginning, when most happens


@dataclass(frozen=True)
class Reading:
    """What `samples` images looked like at a step.

    frechet:     Frechet distance to real images. So few samples make it too large: read it beside `floor` only, never
                 beside that of `measure`
    floor:       the same for as many other real images
    class_share: fraction of the samples that the classifier puts in each class
    diversity:   1 as varied as real images, 0 all alike
    agreement:   fraction of the samples that show the class asked for; for a code of categories that the generator
                 found by itself, the class that is commonest in their category; None without either
    """

    step: int
    samples: int
    frechet: float
    floor: float
    class_share: dict[str, float]
    diversity: float
    agreement: float | None

    @property
    def classes_covered(self) -> int:
        """How many classes have at least a quarter of an even share."""
        return classes_covered(self.class_share)

    def to_dict(self) -> dict[str, Any]:
        """As JSON; `Reading(**values)` is its inverse."""
        return asdict(self)


class LiveMeter:
    """Takes readings of a generator on `device`, and counts what they cost.

    data: at least `2 * SAMPLES` images; some are looked at now and none are kept

    Draws from no default random generator, so a run that is read trains exactly as one that is not.
    """

    def __init__(
        self, data: ImageData, classifier: Classifier, latent_spec: LatentSpec, *, device: torch.device, seed: int
    ):
        self.seconds = 0.0
        self._device = device
        self._classifier = classifier.to(device, memory_format=torch.channels_last)
        self._class_names = data.class_names
        self._latent_spec = latent_spec
        generator = torch.Generator().manual_seed(seed)
        self._z = latent_spec.sample(SAMPLES, generator=generator)
        picked = torch.randperm(len(data), generator=generator)[: SAMPLES + REAL]
        other, real = (self._features(data.images[part].to(device)).cpu() for part in picked.tensor_split([SAMPLES]))
        self._frechet = FrechetDistance(real)
        self._floor = self._frechet.to(other)
        self._real_distance = mean_distance(other)

    def is_affordable(self, trained: float) -> bool:
        """Whether readings have taken no more than `COST` of the seconds trained since the meter was made."""
        return self.seconds <= COST * trained + CREDIT

    def read(self, step: int, generator: Callable[[Tensor], Tensor]) -> Reading:
        """A reading of a generator in evaluation mode: latent vectors (N, size) -> images float (N, C, H, W)."""
        began = time.perf_counter()
        with torch.inference_mode(), self._quickly():
            chunks = self._z.to(self._device).split(BATCH)
            features = self._features(torch.cat([denormalise(generator(chunk)) for chunk in chunks]))
        predicted = self._classifier.predict(features).cpu()
        features = features.cpu()
        reading = Reading(
            step=step,
            samples=SAMPLES,
            frechet=self._frechet.to(features),
            floor=self._floor,
            class_share=class_shares(predicted, self._class_names),
            diversity=mean_distance(features) / self._real_distance,
            agreement=self._agreement(predicted),
        )
        self.seconds += time.perf_counter() - began
        return reading

    def _agreement(self, predicted: Tensor) -> float | None:
        categories = self._latent_spec.chosen(self._z, "category")
        if self._latent_spec.class_names or categories is None:
            return class_agreement(self._latent_spec, self._z, predicted)
        return code_purity(categories, predicted).purity

    def _features(self, images: Tensor) -> Tensor:
        with self._quickly():
            return self._classifier.features(images).float()

    def _quickly(self) -> torch.autocast:
        """In half the time where that costs no more than rounding; real images are seen in the same way."""
        quick = bf16_is_fast(self._device)
        return torch.autocast(self._device.type, torch.bfloat16, enabled=quick)


def live_meter(data: ImageData, latent_spec: LatentSpec, *, device: torch.device, seed: int) -> LiveMeter | None:
    """A meter for a run, or None where there is no classifier yet (none is trained) or there are too few images."""
    if len(data) < 2 * SAMPLES:
        return None
    classifier = ready_classifier(data)
    return None if classifier is None else LiveMeter(data, classifier, latent_spec, device=device, seed=seed)
