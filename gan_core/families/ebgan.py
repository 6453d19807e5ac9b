"""Energy-based GAN (Zhao et al. 2016, "Energy-based Generative Adversarial Network").

The discriminator is an autoencoder. Its energy, the error of reconstruction, is low where it has seen data and high
elsewhere; G looks for low energies. A margin m keeps D from pushing fakes up for ever:

    L_D = E[D(x)] + E[max(0, m - D(G(z)))]          L_G = E[D(G(z))] + w PT

The pulling-away term PT is the mean squared cosine between the codes of different fakes: it keeps a batch from
collapsing on one picture. Here the energy is the mean squared error of a pixel in -1 .. 1.
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
from gan_core.nets import ConvAutoencoder, MLPAutoencoder, Net
from gan_core.penalties import pulling_away

CODE_SIZE = 32
MLP_HIDDEN = 256


class EBGAN(GAN):
    """margin: m; pt_weight: w"""

    score = "energy"

    def __init__(
        self,
        generator: Net,
        discriminator: Net,
        latent_spec: LatentSpec,
        *,
        margin: float = 0.1,
        pt_weight: float = 0.0,
    ):
        super().__init__(generator, discriminator, latent_spec)
        self.margin = margin
        self.pt_weight = pt_weight

    def discriminator_loss(self, real: Tensor, labels: Tensor | None, fake: Tensor, latent: Tensor) -> Loss:
        of_real, of_fake = self.judge_both(real, fake.detach())
        return Loss(
            {"adversarial": losses.discriminator_energy(of_real, of_fake, self.margin)},
            watch=self.mean_scores(of_real, of_fake),
        )

    def generator_loss(self, fake: Tensor, latent: Tensor, real: Tensor) -> Loss:
        energies, codes = self.discriminator.energy_and_code(fake)
        parts = {"adversarial": energies.mean()}
        if self.pt_weight:
            parts["pulling_away"] = self.pt_weight * pulling_away(codes)
        return Loss(parts)

    @torch.no_grad()
    def reconstruct(self, images: Tensor) -> Tensor:
        """What the discriminator makes of images (N, C, S, S): the better it does, the more real it finds them."""
        return self.discriminator.reconstruct(images)


def build(config: RunConfig, data: ImageData) -> EBGAN:
    if config.backbone == "conv":
        discriminator = ConvAutoencoder(code_size=CODE_SIZE, **backbones.conv_shape(config))
    else:
        shape = {"image_size": config.image_size, "channels": config.channels}
        discriminator = MLPAutoencoder(hidden=MLP_HIDDEN, code_size=CODE_SIZE, **shape)
    return EBGAN(
        backbones.generator(config),
        discriminator,
        LatentSpec.of(config.latent_size, config.noise),
        margin=config.margin,
        pt_weight=config.pt_weight,
    )


register(
    Family(
        name="ebgan",
        title="EBGAN",
        summary="The discriminator is an autoencoder: what it can reconstruct is real. With the pulling-away term the "
        "fakes of a batch are kept from looking alike.",
        paper="Zhao et al. 2016, Energy-based Generative Adversarial Network, arXiv:1609.03126",
        options=frozenset({"backbone", "width", "margin", "pt_weight"}),
        build=build,
        game=EBGAN,
    )
)
