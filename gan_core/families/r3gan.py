"""R3GAN (Huang et al. 2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN").

A relativistic game: D does not judge an image alone, it says how much more real one looks than a fake beside it, so
that no fake can hide in a mode of its own (no collapse). Zero-centred gradient penalties on real images (R1) and on
fakes (R2) make it converge:

    L_D = E[f(D(G(z)) - D(x))] + gamma/2 E|grad D(x)|^2 + gamma/2 E|grad D(G(z))|^2
    L_G = E[f(D(x) - D(G(z)))]                                                          f(t) = log(1 + e^t)

The paper then drops the tricks of the years between. Its residual networks are replaced here by DCGAN's, without
BatchNorm in D, as R1 and R2 demand.
"""

from __future__ import annotations

import torch

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import build_discriminator, build_generator
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, Loss
from gan_core.families.options import ConvOptions, option
from gan_core.families.registry import Family, FamilyRemedy, Preset
from gan_core.latent_spec import LatentSpec
from gan_core.penalties import squared_gradient_norms, zero_centered_penalty


class R3GANOptions(ConvOptions):
    """The weight of the penalties, beside those of convolutions."""

    r1_gamma: float = option(
        1.0,
        "Penalty weight",
        "Weight of the gradient penalties on real and on fake images.",
        group="game",
        live=True,
        ge=0,
        le=1000,
    )


class R3GAN(GAN):
    """The losses above; `r1_gamma` of the options is gamma. The discriminator must not mix the images of a batch."""

    d_output = "critic"
    options: R3GANOptions = R3GANOptions()

    def discriminator_loss(self, batch: Batch) -> Loss:
        """The relativistic loss, R1 and R2, all from one pass over real and fake images."""
        images = torch.cat([batch.real, batch.fake.detach().float()]).requires_grad_()
        scores = self.discriminate(images)
        norms = squared_gradient_norms(scores, images)
        (real_scores, fake_scores), (r1, r2) = scores.chunk(2), norms.chunk(2)
        return Loss(
            {
                "adversarial": losses.relativistic_discriminator_loss(real_scores, fake_scores),
                "r1": zero_centered_penalty(r1, self.options.r1_gamma),
                "r2": zero_centered_penalty(r2, self.options.r1_gamma),
            },
            self.score_metrics(real_scores, fake_scores),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """The relativistic loss with real and fake exchanged."""
        with torch.no_grad():  # G cannot change them
            real_scores = self.discriminate(batch.real)
        fake_scores = self.discriminate(batch.fake)
        return Loss({"adversarial": losses.relativistic_generator_loss(real_scores, fake_scores)})


def build(config: RunConfig, options: R3GANOptions, data: ImageData) -> R3GAN:
    """DCGAN's networks, without BatchNorm in the discriminator."""
    return R3GAN(
        build_generator(config, options),
        build_discriminator(config, options, norm=False),
        LatentSpec.of(config.latent_size, config.noise),
        options,
    )


FAMILY = Family(
    name="r3gan",
    title="R3GAN",
    tagline="the modern baseline",
    summary="The modern baseline: D compares each fake with a real image instead of judging it alone, and two "
    "gradient penalties make the game converge.",
    paper="Huang et al. 2024, The GAN is dead; long live the GAN! A Modern Baseline GAN, arXiv:2501.05441",
    healthy_loss="Both losses compare real with fake: 0.69 each is a draw. D should lie a little below, G a little "
    "above, and the penalties should stay small.",
    unlike_paper="The paper has residual networks without BatchNorm, large batches, and penalties that grow weaker "
    "during the run; here DCGAN's networks and a constant penalty show the game on a CPU.",
    options=R3GANOptions,
    gan_class=R3GAN,
    build_gan=build,
    defaults={"beta1": 0.0, "beta2": 0.99, "lr_schedule": "cosine"},
    loss_parts={"r1": "penalty on real images", "r2": "penalty on fakes"},
    presets={"r3gan": Preset(2100, {"base_channels": 16, "r1_gamma": 0.3, "lr_schedule": "constant"})},
    won_d_loss=0.02,
    remedies=(
        FamilyRemedy[R3GANOptions](
            states=("exploding",),
            applies=lambda options: options.r1_gamma < 1,
            changes={"r1_gamma": 1.0},
            reason="Gradient penalties of {r1_gamma}, so that the critic cannot become ever steeper.",
        ),
    ),
)
