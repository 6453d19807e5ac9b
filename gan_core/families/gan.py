"""`GAN`: a generator and a discriminator with their losses. It owns no optimizer and no loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from gan_core.errors import Message
from gan_core.families.options import FamilyOptions
from gan_core.latent_spec import LatentSpec
from gan_core.nets import Net
from gan_core.nets.batch_norm import fresh_statistics, has_batch_norm

DOutput = Literal["logit", "critic", "energy"]
JUDGED_TOGETHER = 64  # as many as in a batch of training


@dataclass(frozen=True)
class Batch:
    """What both losses of a step look at.

    Attributes:
        real: Real images, float (N, C, S, S) in -1 .. 1.
        labels: Their classes, int64 (N,), or None where the data have none.
        z: Latent vectors of the same classes, float32 (N, latent_spec.size).
        fakes: The images that `GAN.generate` made of `z`, one batch for each scale, coarse to fine. Most families have
            one scale, that of `real`.
    """

    real: Tensor
    labels: Tensor | None
    z: Tensor
    fakes: tuple[Tensor, ...]

    @property
    def fake(self) -> Tensor:
        """The fakes of the finest scale, float (N, C, S, S)."""
        return self.fakes[-1]


@dataclass(frozen=True)
class Loss:
    """What one phase minimizes, and what is recorded beside it.

    Attributes:
        parts: Scalar tensors whose sum is minimized, by name; weights are already in them.
        metrics: Scalar tensors without gradient, by name, recorded for the curves.
    """

    parts: dict[str, Tensor]
    metrics: dict[str, Tensor] = field(default_factory=dict)

    @property
    def total(self) -> Tensor:
        """The sum of the parts, a scalar."""
        return torch.stack(tuple(self.parts.values())).sum() if len(self.parts) > 1 else next(iter(self.parts.values()))


@dataclass(frozen=True)
class ExtraOutput:
    """What the networks of a family tell of one image beyond D's output.

    Attributes:
        title: Its heading.
        description: One or two sentences of help.
        images: Images float (C, S, S) in -1 .. 1, or maps float (S, S) in 0 .. 1, each with its caption.
        probabilities: Of the classes or categories, (K,); empty without any.
        codes: What was read of the continuous codes, (M,); empty without any.
    """

    title: str
    description: str
    images: tuple[tuple[Tensor, Message], ...] = ()
    probabilities: Tensor = field(default_factory=lambda: torch.empty(0))
    codes: Tensor = field(default_factory=lambda: torch.empty(0))


class GAN(nn.Module, ABC):
    """A generator and a discriminator with their losses.

    One forward pass of the generator, `generate`, serves both losses: that of the discriminator looks at the fakes
    without their graph, that of the generator goes back through it.

    Attributes:
        d_output: What D puts out: the logit of a probability, a number without a scale that is higher for real images
            ("critic"), or an energy that is lower for them.
        options: Of the family, which the losses read at each step: those that are `live` change while a run trains.
    """

    d_output: ClassVar[DOutput] = "logit"
    options: FamilyOptions = FamilyOptions()

    def __init__(
        self, generator: Net, discriminator: Net, latent_spec: LatentSpec, options: FamilyOptions | None = None
    ):
        """Put the networks together.

        Args:
            generator: Draws images.
            discriminator: Judges them.
            latent_spec: The layout of the generator's input.
            options: Of the family; by default those of its papers.
        """
        super().__init__()
        if options is not None:
            self.options = options
        self.generator = generator
        self.discriminator = discriminator
        self.latent_spec = latent_spec
        # One pass over real and fake together is quicker than two, but BatchNorm would mix their statistics.
        self._batch_independent = not has_batch_norm(discriminator)

    def generate(self, z: Tensor, real: Tensor) -> tuple[Tensor, ...]:
        """The fakes of a batch, see `Batch.fakes`.

        Args:
            z: Latent vectors, float (N, latent_spec.size).
            real: The real images of the batch, for families whose fakes are made from them.
        """
        return (self.generator(z),)

    def scales(self, images: Tensor) -> tuple[Tensor, ...]:
        """Images (N, C, S, S) at the scales of `Batch.fakes`."""
        return (images,)

    @abstractmethod
    def discriminator_loss(self, batch: Batch) -> Loss:
        """The discriminator's loss. It detaches the fakes: their graph belongs to the generator's loss."""

    @abstractmethod
    def generator_loss(self, batch: Batch) -> Loss:
        """The generator's loss; relativistic families compare the fakes with the real images."""

    def after_discriminator_step(self) -> None:
        """Called after each update of the discriminator, for constraints on its weights."""

    def discriminate(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """D's raw output, float32 (N,); see `d_output`.

        Args:
            images: (N, C, S, S) in -1 .. 1.
            classes: Class weights (N, K) where the family is conditional.
        """
        output: Tensor = self.discriminator(images) if classes is None else self.discriminator(images, classes)
        return output.float()

    def discriminate_pair(
        self,
        real: Tensor,
        fake: Tensor,
        real_classes: Tensor | None = None,
        fake_classes: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """`discriminate` of real and of fake images, in one pass over both where no BatchNorm would mix them."""
        if not self._batch_independent:
            return self.discriminate(real, real_classes), self.discriminate(fake, fake_classes)
        together = None
        if real_classes is not None and fake_classes is not None:
            together = torch.cat([real_classes, fake_classes])
        outputs = self.discriminate(torch.cat([real, fake]), together)
        real_output, fake_output = torch.split(outputs, [len(real), len(fake)])
        return real_output, fake_output

    @torch.no_grad()
    def judge_as_in_training(self, z: Tensor) -> None:
        """Give D's BatchNorm the statistics of fakes, with which D judges fakes in training.

        There real and fake images pass D in batches of their own, while its running statistics mix the two: with them D
        would say something else of the same image.

        Args:
            z: Latent vectors, float (N, latent_spec.size), of the fakes whose statistics are taken; some hundreds.
        """
        if not has_batch_norm(self.discriminator):
            return
        with fresh_statistics(self.discriminator):
            for part in torch.split(z, JUDGED_TOGETHER):
                images = self.generator(part)
                fakes = self.generate(part, images)
                self.generator_loss(Batch(images, self.latent_spec.chosen(part, "class"), part, fakes))

    @torch.no_grad()
    def realism_score(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """How real D finds each image, (N,), higher is more real; to rank samples, not to train.

        A probability, the number of a critic, or an energy with its sign turned.
        """
        score = self.score(images, classes)
        return -score if self.d_output == "energy" else score

    @torch.no_grad()
    def score(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """D's score of each image, (N,), as the curves of a run show it: a probability, a number or an energy."""
        return self._score(self.discriminate(images, classes))

    @torch.no_grad()
    def extra_output(self, z: Tensor, images: Tensor) -> ExtraOutput | None:
        """What the networks tell of one image beyond `realism_score`; None for families that tell no more.

        Args:
            z: Its latent vector, (1, latent_spec.size).
            images: The image that was drawn of it, (1, C, S, S) in -1 .. 1.
        """
        return None

    def score_metrics(self, real_output: Tensor, fake_output: Tensor) -> dict[str, Tensor]:
        """The mean scores of real and of fake images to record, given D's raw outputs."""
        return {"d_real": self._score(real_output.detach()).mean(), "d_fake": self._score(fake_output.detach()).mean()}

    def _score(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output) if self.d_output == "logit" else output
