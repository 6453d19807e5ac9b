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
from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families import backbones
from gan_core.families.gan import GAN, Loss
from gan_core.families.registry import Family, register
from gan_core.latent_spec import LatentSpec
from gan_core.nets import AuxiliaryHeadDiscriminator, Net


class ACGAN(GAN):
    """class_weight: of L_C beside L_S"""

    def __init__(self, generator: Net, discriminator: Net, latent_spec: LatentSpec, *, class_weight: float = 1.0):
        super().__init__(generator, discriminator, latent_spec)
        self.class_weight = class_weight

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        on_real, class_of_real = self.discriminator.logits_and_aux(real)
        on_fake, class_of_fake = self.discriminator.logits_and_aux(fake.detach())
        right = losses.classification(class_of_real, self.latent_spec.one_hot(labels))
        right = right + losses.classification(class_of_fake, self.latent_spec.class_weights(latent))
        return Loss(
            parts={
                "adversarial": losses.discriminator_bce(on_real, on_fake),
                "class": self.class_weight * right,
            },
            watch=self.mean_scores(on_real, on_fake)
            | {"class_accuracy": (class_of_real.argmax(dim=1) == labels).float().mean()},
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        on_fake, class_of_fake = self.discriminator.logits_and_aux(fake)
        return Loss(
            {
                "adversarial": losses.generator_non_saturating(on_fake),
                "class": self.class_weight
                * losses.classification(class_of_fake, self.latent_spec.class_weights(latent)),
            }
        )

    def judge(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """The source logits (N,); D is not told the class."""
        return super().judge(images)

    @torch.no_grad()
    def class_probabilities(self, images: Tensor) -> Tensor:
        """What D's second head makes of images: probabilities (N, K)."""
        return self.discriminator.logits_and_aux(images)[1].softmax(dim=1)


def build(config: RunConfig, data: ImageData) -> ACGAN:
    return ACGAN(
        backbones.generator(config, num_classes=data.num_classes),
        AuxiliaryHeadDiscriminator(aux_dim=data.num_classes, **backbones.conv_shape(config)),
        LatentSpec.of(config.latent_size, config.noise, data.class_names),
        class_weight=config.class_weight,
    )


register(
    Family(
        name="acgan",
        title="ACGAN",
        summary="A conditional DCGAN whose discriminator is not told the class but has to guess it: both players want "
        "that guess to be right.",
        paper="Odena et al. 2017, Conditional Image Synthesis with Auxiliary Classifier GANs, arXiv:1610.09585",
        options=frozenset({"width", "class_weight"}),
        conditional=True,
        build=build,
        game=ACGAN,
    )
)
