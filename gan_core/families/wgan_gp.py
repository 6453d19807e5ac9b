"""WGAN with gradient penalty (Gulrajani et al. 2017, "Improved Training of Wasserstein GANs").

Clipping makes the critic too simple. An optimal critic has a gradient of norm 1 almost everywhere between real and
fake images, so its distance from 1 is what is punished:

    L_D = E[D(G(z))] - E[D(x)] + lambda E[(|grad D(x_hat)| - 1)^2],   x_hat = e x + (1 - e) G(z),  e ~ U(0, 1)

The norm is that of each single image, over all its pixels. So the critic must judge each image by itself: no BatchNorm.
Adam with beta1 = 0, five critic steps to one of the generator, lambda = 10.
"""

from __future__ import annotations

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import build_discriminator, build_generator
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, Loss
from gan_core.families.options import BackboneOptions, option
from gan_core.families.registry import Family, FamilyRemedy, Preset
from gan_core.families.wgan import HEALTHY_LOSS
from gan_core.latent_spec import LatentSpec
from gan_core.penalties import gradient_penalty


class WGANGPOptions(BackboneOptions):
    """The weight of the penalty, beside those of the networks."""

    gradient_penalty: float = option(
        10.0, "Penalty weight", "Weight of the gradient penalty.", group="game", live=True, ge=0, le=1000
    )


class WGANGP(GAN):
    """The losses above; `gradient_penalty` of the options is lambda. The critic must not mix the images of a batch."""

    d_output = "critic"
    options: WGANGPOptions = WGANGPOptions()

    def discriminator_loss(self, batch: Batch) -> Loss:
        """Minus the estimate of the distance, and the penalty."""
        fake = batch.fake.detach()
        real_scores, fake_scores = self.discriminate_pair(batch.real, fake)
        return Loss(
            {
                "adversarial": losses.wasserstein_discriminator_loss(real_scores, fake_scores),
                "penalty": self.options.gradient_penalty * gradient_penalty(self.discriminate, batch.real, fake),
            },
            self.score_metrics(real_scores, fake_scores),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """Minus the critic's score of the fakes."""
        return Loss({"adversarial": losses.wasserstein_generator_loss(self.discriminate(batch.fake))})


def build(config: RunConfig, options: WGANGPOptions, data: ImageData) -> WGANGP:
    """DCGAN's networks or fully connected ones, without BatchNorm in the critic."""
    return WGANGP(
        build_generator(config, options),
        build_discriminator(config, options, norm=False),
        LatentSpec.of(config.latent_size, config.noise),
        options,
    )


FAMILY = Family(
    name="wgan_gp",
    title="WGAN-GP",
    tagline="a critic, slope penalty",
    summary="A Wasserstein critic kept honest by a penalty on its slope instead of clipped weights: steady "
    "training, at about twice the price per step.",
    paper="Gulrajani et al. 2017, Improved Training of Wasserstein GANs, arXiv:1704.00028",
    healthy_loss=HEALTHY_LOSS,
    unlike_paper="The authors' code for digits has no BatchNorm in the generator; here the convolutional one keeps "
    "it, because its pictures are better after the same time.",
    options=WGANGPOptions,
    gan_class=WGANGP,
    build_gan=build,
    defaults={"lr_g": 1e-4, "lr_d": 1e-4, "beta1": 0.0, "beta2": 0.9, "n_critic": 5},
    estimates_wasserstein=True,
    loss_parts={"penalty": "gradient penalty"},
    presets={
        "wgan_gp": Preset(2400, {"base_channels": 16, "n_critic": 1}),
        "wgan_gp-mlp": Preset(
            3200,
            {"backbone": "mlp", "n_critic": 1, "ema_decay": 0.999},
            title="Quick, fully connected",
            note="The paper's claim: with a penalty on its slope instead of clipped weights, a critic trains even "
            "fully connected networks well. Choose the same layers for WGAN to see what clipping makes of them.",
        ),
    },
    remedies=(
        FamilyRemedy[WGANGPOptions](
            states=("exploding",),
            applies=lambda options: options.gradient_penalty < 10,
            changes={"gradient_penalty": 10.0},
            reason="A gradient penalty of {gradient_penalty}, so that the critic cannot become ever steeper.",
        ),
    ),
    alternative="WGAN-GP, whose critic goes on telling the generator where the other pictures are.",
)
