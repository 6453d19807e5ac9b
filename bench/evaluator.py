"""Fréchet distance of a generator to real images, for the benchmarks that train to a quality."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor, nn

from gan_core.data import ImageData
from gan_core.data.image_data import denormalize
from gan_core.evaluation import judge_for
from gan_core.evaluation.metrics import FrechetDistance
from gan_core.latent_spec import LatentSpec

SAMPLES = 10_000
CHUNK = 500


class FidEvaluator:
    """Compares samples with the same real images, in the features of the dataset's judge.

    Args:
        data: The real images.
        samples: Of each kind, at most half of the dataset; the other half of the real ones gives the floor.
    """

    def __init__(self, data: ImageData, samples: int = SAMPLES):
        self.samples = min(samples, len(data) // 2)
        self.judge = judge_for(data).to("cpu")
        picked = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[: 2 * self.samples]
        mine, self._other = data.images[picked].split(self.samples)
        self._real = FrechetDistance(self.judge.features(mine))

    @cached_property
    def floor(self) -> float:
        """The distance between two sets of real images of the same dataset; a test set may lie farther away."""
        return self._real.to(self.judge.features(self._other))

    def vectors(self, latent_spec: LatentSpec) -> Tensor:
        """The latent vectors (samples, latent_spec.size) that every generator of that latent space is judged by."""
        return latent_spec.sample(self.samples, generator=torch.Generator().manual_seed(0))

    def features(self, generator: nn.Module, vectors: Tensor) -> Tensor:
        """What the judge sees in a generator's pictures, float (N, F)."""
        return self.judge.features(draw(generator, vectors))

    def distance_of(self, features: Tensor) -> float:
        """The Fréchet distance of features to the real ones."""
        return self._real.to(features)

    def distance(self, generator: nn.Module, latent_spec: LatentSpec) -> float:
        """The Fréchet distance of a generator's pictures to the real ones."""
        return self.distance_of(self.features(generator, self.vectors(latent_spec)))


@torch.inference_mode()
def draw(generator: nn.Module, vectors: Tensor) -> Tensor:
    """Pictures uint8 (N, C, H, W) in evaluation mode; the generator is left as it was, in training or not."""
    was_training = generator.training
    generator.eval()
    images = torch.cat([denormalize(generator(chunk)) for chunk in vectors.split(CHUNK)])
    generator.train(was_training)
    return images
