"""Least squares GAN (Mao et al. 2016, "Least Squares Generative Adversarial Networks").

The sigmoid of the original game hardly moves for fakes that D already calls real, though they may lie far from the
data. Squares pull them all the way:

    L_D = 1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2]          L_G = 1/2 E[(D(G(z)) - 1)^2]
"""

from __future__ import annotations

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import build_discriminator, build_generator
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, Loss
from gan_core.families.options import BackboneOptions
from gan_core.families.registry import Family, Preset
from gan_core.latent_spec import LatentSpec


class LSGAN(GAN):
    """The losses above."""

    d_output = "critic"

    def discriminator_loss(self, batch: Batch) -> Loss:
        """Squared distances from 1 and from 0."""
        real_scores, fake_scores = self.discriminate_pair(batch.real, batch.fake.detach())
        return Loss(
            {"adversarial": losses.least_squares_discriminator_loss(real_scores, fake_scores)},
            self.score_metrics(real_scores, fake_scores),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """The squared distance of the fakes from 1."""
        return Loss({"adversarial": losses.least_squares_generator_loss(self.discriminate(batch.fake))})


def build(config: RunConfig, options: BackboneOptions, data: ImageData) -> LSGAN:
    """DCGAN's networks, or fully connected ones."""
    return LSGAN(
        build_generator(config, options),
        build_discriminator(config, options),
        LatentSpec.of(config.latent_size, config.noise),
    )


FAMILY = Family(
    name="lsgan",
    title="LSGAN",
    tagline="squares for logarithms",
    summary="The original game with squared errors instead of logarithms: fakes are pulled towards the data even "
    "where D is already fooled.",
    paper="Mao et al. 2016, Least Squares Generative Adversarial Networks, arXiv:1611.04076",
    healthy_loss="Squared errors: where nobody can tell, D's loss is 0.25 and G's 0.125. Both wobble near these; a D "
    "at zero has won.",
    options=BackboneOptions,
    gan_class=LSGAN,
    build_gan=build,
    presets={"lsgan": Preset(1400, {"base_channels": 32})},
    won_d_loss=0.003,
    has_targets=True,
)
