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
from gan_core.data import ImageData
from gan_core.errors import Message
from gan_core.families import backbones
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, ExtraOutput, Loss
from gan_core.families.options import BackboneOptions, option
from gan_core.families.registry import Family, FamilyRemedy, Preset
from gan_core.latent_spec import LatentSpec
from gan_core.nets import Autoencoder, ConvAutoencoder, MLPAutoencoder
from gan_core.penalties import pulling_away_term

CODE_SIZE = 32
MLP_HIDDEN = 256


class EBGANOptions(BackboneOptions):
    """The margin and the weight of the pulling-away term, beside those of the networks."""

    energy_margin: float = option(
        0.1, "Margin", "Energy above which a fake no longer interests D.", group="game", live=True, gt=0, le=100
    )
    pt_weight: float = option(
        0.0,
        "Pulling-away weight",
        "Weight of the pulling-away term, which keeps the fakes of a batch apart.",
        group="game",
        live=True,
        ge=0,
        le=10,
    )


class EBGAN(GAN):
    """The losses above; `energy_margin` of the options is m, `pt_weight` is w."""

    d_output = "energy"
    discriminator: Autoencoder
    options: EBGANOptions = EBGANOptions()

    def discriminator_loss(self, batch: Batch) -> Loss:
        """Low energies for real images, energies of at least the margin for fakes."""
        real_energy, fake_energy = self.discriminate_pair(batch.real, batch.fake.detach())
        return Loss(
            {"adversarial": losses.energy_discriminator_loss(real_energy, fake_energy, self.options.energy_margin)},
            self.score_metrics(real_energy, fake_energy),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """Low energies for fakes, and the pulling-away term where it has a weight."""
        fake_energy, codes = self.discriminator.energy_and_code(batch.fake)
        parts = {"adversarial": losses.energy_generator_loss(fake_energy)}
        if self.options.pt_weight:
            parts["pulling_away"] = self.options.pt_weight * pulling_away_term(codes)
        return Loss(parts)

    @torch.no_grad()
    def reconstruct(self, images: Tensor) -> Tensor:
        """The discriminator's reconstruction of images (N, C, S, S): the closer it is, the lower their energy."""
        return self.discriminator.reconstruct(images)

    def extra_output(self, z: Tensor, images: Tensor) -> ExtraOutput:
        """The reconstruction, and where it differs."""
        again = self.reconstruct(images)
        energy = -self.realism_score(images).item()
        return ExtraOutput(
            "What D makes of it",
            "D is an autoencoder: it squeezes the picture through a bottleneck and draws it again. Its error is the "
            "energy.",
            images=(
                (images[0], Message("The picture")),
                (again[0], Message("What D draws of it")),
                (
                    (images[0] - again[0]).abs().mean(0) / 2,
                    Message("Where they differ: energy {n}", n=f"{energy:.4f}"),
                ),
            ),
        )


def build(config: RunConfig, options: EBGANOptions, data: ImageData) -> EBGAN:
    """A generator of the chosen backbone, and an autoencoder of the same."""
    discriminator: Autoencoder
    if backbones.is_mlp(options):
        discriminator = MLPAutoencoder(hidden=MLP_HIDDEN, code_size=CODE_SIZE, **backbones.image_shape(config))
    else:
        discriminator = ConvAutoencoder(code_size=CODE_SIZE, **backbones.conv_shape(config, options))
    return EBGAN(
        backbones.build_generator(config, options),
        discriminator,
        LatentSpec.of(config.latent_size, config.noise),
        options,
    )


FAMILY = Family(
    name="ebgan",
    title="EBGAN",
    tagline="D is an autoencoder",
    summary="The discriminator is an autoencoder: what it can reconstruct is real. With the pulling-away term the "
    "fakes of a batch are kept from looking alike.",
    paper="Zhao et al. 2016, Energy-based Generative Adversarial Network, arXiv:1609.03126",
    healthy_loss="G's loss is the mean energy of its pictures and should come down towards that of real images. D's is "
    "the margin where nobody can tell, and lower while D still sees a difference.",
    unlike_paper="The paper's margins belong to its own scale of energy; here the energy is a mean over the pixels, "
    "so that a margin does not depend on their number.",
    options=EBGANOptions,
    gan_class=EBGAN,
    build_gan=build,
    loss_parts={"pulling_away": "pulling away"},
    presets={"ebgan": Preset(700, {"base_channels": 32, "pt_weight": 0.1})},
    remedies=(
        FamilyRemedy[EBGANOptions](
            states=("collapse", "g_winning"),
            applies=lambda options: options.pt_weight == 0,
            changes={"pt_weight": 0.1},
            reason="The pulling-away term, which keeps the pictures of a batch apart.",
        ),
    ),
)
