"""Auxiliary classifier GAN (Odena et al. 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs").

G is told the class; D is not, it has to find it out with a second head. Both players want that head to be right:

    L_S = log-likelihood of the right source     E[log P(real | x)] + E[log P(fake | G(z, c))]
    L_C = log-likelihood of the right class      E[log P(c | x)]    + E[log P(c | G(z, c))]

D maximises L_S + L_C, G maximises L_C - L_S (here, as everywhere, in the non-saturating form). The class head's logits
go into the cross-entropy as they are; a softmax before it would make even a perfect guess cost 1.46.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import build_generator, conv_shape
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, ExtraOutput, Loss
from gan_core.families.options import ConvOptions, option
from gan_core.families.registry import Family, Preset
from gan_core.latent_spec import LatentSpec
from gan_core.nets import AuxiliaryHeadDiscriminator


class ACGANOptions(ConvOptions):
    """The weight of the class loss, beside those of convolutions."""

    class_weight: float = option(
        1.0,
        "Weight of the class",
        "Weight of the class loss beside the adversarial loss.",
        group="game",
        live=True,
        ge=0,
        le=100,
    )


class ACGAN(GAN):
    """The losses above; `class_weight` of the options is that of L_C beside L_S."""

    discriminator: AuxiliaryHeadDiscriminator
    options: ACGANOptions = ACGANOptions()

    def discriminator_loss(self, batch: Batch) -> Loss:
        """-L_S - L_C, and the accuracy of the second head on real images."""
        real_logits, real_classes = self.discriminator.logits_and_aux(batch.real)
        fake_logits, fake_classes = self.discriminator.logits_and_aux(batch.fake.detach())
        real_targets, fake_targets = self._targets(batch)
        class_loss = losses.classification_loss(real_classes, real_targets)
        class_loss = class_loss + losses.classification_loss(fake_classes, fake_targets)
        accuracy = torch.eq(real_classes.argmax(dim=1), real_targets.argmax(dim=1)).float().mean()
        return Loss(
            {
                "adversarial": losses.minimax_discriminator_loss(real_logits, fake_logits),
                "class": self.options.class_weight * class_loss,
            },
            self.score_metrics(real_logits, fake_logits) | {"class_accuracy": accuracy},
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """L_S - L_C, the first in its non-saturating form."""
        fake_logits, fake_classes = self.discriminator.logits_and_aux(batch.fake)
        class_loss = losses.classification_loss(fake_classes, self._targets(batch)[1])
        return Loss(
            {
                "adversarial": losses.non_saturating_generator_loss(fake_logits),
                "class": self.options.class_weight * class_loss,
            }
        )

    def _targets(self, batch: Batch) -> tuple[Tensor, Tensor]:
        real, fake = self.latent_spec.one_hot(batch.labels), self.latent_spec.class_weights(batch.z)
        if real is None or fake is None:
            raise ValueError("an auxiliary classifier needs labelled images")
        return real, fake

    def discriminate(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """The source logits (N,); D does not get the class."""
        return super().discriminate(images)

    @torch.no_grad()
    def class_probabilities(self, images: Tensor) -> Tensor:
        """The probabilities (N, K) of the classes that D's second head gives images (N, C, S, S)."""
        return self.discriminator.logits_and_aux(images)[1].softmax(dim=1)

    def extra_output(self, z: Tensor, images: Tensor) -> ExtraOutput:
        """The class that D's second head sees."""
        return ExtraOutput(
            "Which class D sees",
            "D is never told the class. Its second head guesses it from the picture.",
            probabilities=self.class_probabilities(images)[0],
        )


def build(config: RunConfig, options: ACGANOptions, data: ImageData) -> ACGAN:
    """DCGAN's networks; the generator has an input for the class, the discriminator a second head."""
    return ACGAN(
        build_generator(config, options, num_classes=data.num_classes),
        AuxiliaryHeadDiscriminator(aux_dim=data.num_classes, **conv_shape(config, options)),
        LatentSpec.of(config.latent_size, config.noise, data.class_names),
        options,
    )


FAMILY = Family(
    name="acgan",
    title="ACGAN",
    tagline="D guesses the class",
    summary="A conditional DCGAN whose discriminator is not told the class but has to guess it: both players want "
    "that guess to be right.",
    paper="Odena et al. 2017, Conditional Image Synthesis with Auxiliary Classifier GANs, arXiv:1610.09585",
    healthy_loss="The losses are sums: the adversarial parts settle and wobble as in any GAN, while the parts for the "
    "class fall towards zero for both players. If the class stays high, raise its weight.",
    options=ACGANOptions,
    gan_class=ACGAN,
    build_gan=build,
    conditional=True,
    loss_parts={"class": "class"},
    presets={"acgan": Preset(1200, {"base_channels": 32})},
)
