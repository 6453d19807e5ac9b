"""Spectrally normalised GAN (Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks").

Every weight matrix of the discriminator is divided by its largest singular value, which one step of power iteration
per forward pass keeps track of. So D is 1-Lipschitz by construction, without a penalty and at hardly any cost. With it
goes the hinge loss: D stops caring about images that it has already placed beyond the margin.

    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]          L_G = -E[D(G(z))]
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


class SNGAN(GAN):
    """The game above; the normalisation is in the discriminator."""

    score = "critic"

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        on_real, on_fake = self.judge_both(real, fake.detach())
        return Loss(
            {"adversarial": losses.discriminator_hinge(on_real, on_fake)}, watch=self.mean_scores(on_real, on_fake)
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        return Loss({"adversarial": losses.generator_critic(self.judge(fake))})


def build(config: RunConfig, data: ImageData) -> SNGAN:
    return SNGAN(
        backbones.generator(config),
        backbones.discriminator(config, norm=False, spectral=True),
        LatentSpec.of(config.latent_size, config.noise),
    )


register(
    Family(
        name="sngan",
        title="SNGAN",
        summary="A discriminator that cannot be too steep: each of its layers is divided by how much it can stretch. "
        "Cheap and stable, with the hinge loss.",
        paper="Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, arXiv:1802.05957",
        options=frozenset({"width"}),
        build=build,
        game=SNGAN,
    )
)
