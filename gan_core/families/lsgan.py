"""Least squares GAN (Mao et al. 2016, "Least Squares Generative Adversarial Networks").

The sigmoid of the original game hardly moves for fakes that D already calls real, though they may lie far from the
data. Squares pull them all the way:

    L_D = 1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2]          L_G = 1/2 E[(D(G(z)) - 1)^2]
"""

from __future__ import annotations

from torch import Tensor

from gan_core import losses
from gan_core.config import RunConfig
from gan_core.data import ImageData
from gan_core.families import backbones
from gan_core.families.gan import GAN, Loss
from gan_core.families.registry import Family, register
from gan_core.latent_spec import LatentSpec


class LSGAN(GAN):
    """The game above."""

    score = "critic"

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        on_real, on_fake = self.judge_both(real, fake.detach())
        return Loss(
            {"adversarial": losses.discriminator_least_squares(on_real, on_fake)},
            watch=self.mean_scores(on_real, on_fake),
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        return Loss({"adversarial": losses.generator_least_squares(self.judge(fake))})


def build(config: RunConfig, data: ImageData) -> LSGAN:
    return LSGAN(
        backbones.generator(config), backbones.discriminator(config), LatentSpec.of(config.latent_size, config.noise)
    )


register(
    Family(
        name="lsgan",
        title="LSGAN",
        summary="The original game with squared errors instead of logarithms: fakes are pulled towards the data even "
        "where D is already fooled.",
        paper="Mao et al. 2016, Least Squares Generative Adversarial Networks, arXiv:1611.04076",
        options=frozenset({"backbone", "width"}),
        build=build,
        game=LSGAN,
    )
)
