"""`GAN`: two networks and the game between them. It owns no optimiser and no loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from gan_core.families.latent import Latent
from gan_core.nets import Net


@dataclass(frozen=True)
class Loss:
    """What one phase minimises and what is worth watching.

    parts: scalar tensors whose sum is minimised, by name
    watch: scalar tensors without gradient, by name, recorded for the curves
    """

    parts: dict[str, Tensor]
    watch: dict[str, Tensor] = field(default_factory=dict)

    @property
    def total(self) -> Tensor:
        return torch.stack(tuple(self.parts.values())).sum() if len(self.parts) > 1 else next(iter(self.parts.values()))


class GAN(nn.Module, ABC):
    """A generator and a discriminator with their losses.

    images are float (N, C, H, W) in -1 .. 1, labels int64 (N,) or None, latent float (N, latent.size).
    """

    def __init__(self, generator: Net, discriminator: Net, latent: Latent):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.latent = latent

    @abstractmethod
    def discriminator_loss(self, real: Tensor, labels: Tensor | None, latent: Tensor) -> Loss:
        """The discriminator's loss on a batch of real images and one of fakes. Builds no graph through G."""

    @abstractmethod
    def generator_loss(self, latent: Tensor) -> Loss:
        """The generator's loss on a batch of fakes."""

    def judge(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """D's logits (N,) for images, given class weights (N, K) where the family is conditional."""
        return self.discriminator(images) if classes is None else self.discriminator(images, classes)

    @torch.no_grad()
    def realness(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """How real D finds each image, (N,), higher is more real; used to rank samples, not to train."""
        return torch.sigmoid(self.judge(images, classes))
