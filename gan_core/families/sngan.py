"""Spectrally normalised GAN (Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks").

Every weight matrix of the discriminator is divided by its largest singular value, which one step of power iteration
per forward pass keeps track of. So D is 1-Lipschitz by construction, without a penalty and at hardly any cost. With it
goes the hinge loss: D stops caring about images that it has already placed beyond the margin.

    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]          L_G = -E[D(G(z))]
"""

from __future__ import annotations

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import build_discriminator, build_generator
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, Loss
from gan_core.families.options import ConvOptions
from gan_core.families.registry import Family, Preset
from gan_core.latent_spec import LatentSpec


class SNGAN(GAN):
    """The losses above; the normalization is in the discriminator."""

    d_output = "critic"

    def discriminator_loss(self, batch: Batch) -> Loss:
        """The hinge loss."""
        real_scores, fake_scores = self.discriminate_pair(batch.real, batch.fake.detach())
        return Loss(
            {"adversarial": losses.hinge_discriminator_loss(real_scores, fake_scores)},
            self.score_metrics(real_scores, fake_scores),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """Minus the score of the fakes."""
        return Loss({"adversarial": losses.hinge_generator_loss(self.discriminate(batch.fake))})


def build(config: RunConfig, options: ConvOptions, data: ImageData) -> SNGAN:
    """DCGAN's networks, with spectral normalization in place of the discriminator's BatchNorm."""
    return SNGAN(
        build_generator(config, options),
        build_discriminator(config, options, norm=False, spectral=True),
        LatentSpec.of(config.latent_size, config.noise),
    )


FAMILY = Family(
    name="sngan",
    title="SNGAN",
    tagline="a D that cannot be steep",
    summary="A discriminator that cannot be too steep: each of its layers is divided by how much it can stretch. "
    "Cheap and stable, with the hinge loss.",
    paper="Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, arXiv:1802.05957",
    healthy_loss="The hinge loss of D is 2 where it cannot tell and 0 where it always can; between 1 and 2 the game is "
    "fair. G's loss is minus the score of its pictures and wanders around zero.",
    options=ConvOptions,
    gan_class=SNGAN,
    build_gan=build,
    presets={"sngan": Preset(900, {"base_channels": 32, "n_critic": 2, "beta1": 0.0})},
    won_d_loss=0.02,
)
