"""`GAN`: two networks and the game between them. It owns no optimiser and no loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from gan_core.latent_spec import LatentSpec
from gan_core.nets import Net

BATCH_NORM = (nn.BatchNorm1d, nn.BatchNorm2d)


@dataclass(frozen=True)
class Loss:
    """What one phase minimises and what is worth watching.

    parts: scalar tensors whose sum is minimised, by name; weights are already in them
    watch: scalar tensors without gradient, by name, recorded for the curves
    """

    parts: dict[str, Tensor]
    watch: dict[str, Tensor] = field(default_factory=dict)

    @property
    def total(self) -> Tensor:
        return torch.stack(tuple(self.parts.values())).sum() if len(self.parts) > 1 else next(iter(self.parts.values()))


class GAN(nn.Module, ABC):
    """A generator and a discriminator with their losses.

    images are float (N, C, H, W) in -1 .. 1, labels int64 (N,) or None, latent float (N, latent_spec.size).

    One forward pass of the generator, `forge`, serves both players: the discriminator's loss looks at the fakes
    without their graph, the generator's loss goes back through it.

    score: what D says of an image: a probability, a number without a scale that is higher for real images, or an energy
           that is lower for them
    """

    score: ClassVar[Literal["probability", "critic", "energy"]] = "probability"

    def __init__(self, generator: Net, discriminator: Net, latent_spec: LatentSpec):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.latent_spec = latent_spec
        # One pass over real and fake together is quicker than two, but BatchNorm would mix their statistics.
        self._judges_images_alone = not any(isinstance(module, BATCH_NORM) for module in discriminator.modules())

    def forge(self, latent: Tensor, real: Tensor) -> Tensor:
        """The fakes (N, C, H, W) of latent vectors. A family that forges from real images looks at `real`."""
        return self.generator(latent)

    @abstractmethod
    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        """The discriminator's loss on a batch of real images and one of fakes, whose graph it leaves alone."""

    @abstractmethod
    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        """The generator's loss on a batch of fakes; relativistic games compare them with `real`."""

    def constrain_discriminator(self) -> None:
        """Called after each update of the discriminator."""

    def judge(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """D's output (N,), float32, for images, given class weights (N, K) where the family is conditional.

        Logits where D estimates a probability, else its scores as they are.
        """
        judged = self.discriminator(images) if classes is None else self.discriminator(images, classes)
        return judged.float()

    def judge_both(
        self,
        real: Tensor,
        fake: Tensor,
        real_classes: Tensor | None = None,
        fake_classes: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """`judge` of real and of fake images, in one pass over both where no BatchNorm would mix them up."""
        if not self._judges_images_alone:
            return self.judge(real, real_classes), self.judge(fake, fake_classes)
        classes = None if real_classes is None else torch.cat([real_classes, fake_classes])
        on_real, on_fake = self.judge(torch.cat([real, fake]), classes).split([len(real), len(fake)])
        return on_real, on_fake

    @torch.no_grad()
    def realness(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """How real D finds each image, (N,), higher is more real; used to rank samples, not to train.

        A probability where D estimates one, the score of a critic, or an energy with its sign turned round.
        """
        score = self._score(self.judge(images, classes))
        return -score if self.score == "energy" else score

    def mean_scores(self, on_real: Tensor, on_fake: Tensor) -> dict[str, Tensor]:
        """The mean scores of real and of fake images, to watch, given what `judge` says of them."""
        return {"d_real": self._score(on_real.detach()).mean(), "d_fake": self._score(on_fake.detach()).mean()}

    def _score(self, judged: Tensor) -> Tensor:
        return torch.sigmoid(judged) if self.score == "probability" else judged
