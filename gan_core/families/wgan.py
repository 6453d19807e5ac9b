"""Wasserstein GAN (Arjovsky et al. 2017, "Wasserstein GAN").

The discriminator becomes a critic: it no longer says how probable it is that an image is real, it gives any number,
and the difference of its means on real and fake images

    W = max_D  E[D(x)] - E[D(G(z))]      over 1-Lipschitz D

is the earth mover's distance between the two distributions (up to a factor). That distance falls smoothly even while
the two do not overlap, so the generator always has somewhere to go. The critic must be nearly optimal, hence five of
its updates to each of the generator, and Lipschitz, for which the paper clips every weight after each update: "a
clearly terrible way", in its own words. RMSprop, because momentum made the moving target unstable.
"""

from __future__ import annotations

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import build_discriminator, build_generator
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, Loss
from gan_core.families.options import BackboneOptions, option
from gan_core.families.registry import FailureDemo, Family, FamilyRemedy, Preset
from gan_core.latent_spec import LatentSpec
from gan_core.penalties import clip_weights

HEALTHY_LOSS = (
    "The estimate of the distance between real and generated pictures should rise quickly at first, while the critic "
    "learns, and then fall as the pictures get better; it is the one loss here that tells quality. G's own loss has no "
    "meaning by itself."
)
SAFE_CLIP = 0.05


class WGANOptions(BackboneOptions):
    """The bound of the weights, beside those of the networks."""

    weight_clip: float = option(
        0.01,
        "Clip weights at",
        "The critic's weights are kept within plus and minus this.",
        group="game",
        live=True,
        gt=0,
        le=10,
    )


class WGAN(GAN):
    """The losses above; `weight_clip` of the options is the bound of the critic's weights."""

    d_output = "critic"
    options: WGANOptions = WGANOptions()

    def discriminator_loss(self, batch: Batch) -> Loss:
        """Minus the estimate of the distance."""
        real_scores, fake_scores = self.discriminate_pair(batch.real, batch.fake.detach())
        return Loss(
            {"adversarial": losses.wasserstein_discriminator_loss(real_scores, fake_scores)},
            self.score_metrics(real_scores, fake_scores),
        )

    def after_discriminator_step(self) -> None:
        """Clip the critic's weights."""
        clip_weights(self.discriminator, self.options.weight_clip)

    def generator_loss(self, batch: Batch) -> Loss:
        """Minus the critic's score of the fakes."""
        return Loss({"adversarial": losses.wasserstein_generator_loss(self.discriminate(batch.fake))})


def build(config: RunConfig, options: WGANOptions, data: ImageData) -> WGAN:
    """DCGAN's networks, or fully connected ones."""
    return WGAN(
        build_generator(config, options),
        build_discriminator(config, options),
        LatentSpec.of(config.latent_size, config.noise),
        options,
    )


FAMILY = Family(
    name="wgan",
    title="WGAN",
    tagline="a critic, clipped weights",
    summary="The discriminator becomes a critic that measures a distance instead of a probability: its loss falls "
    "as the pictures get better. Its weights are clipped to keep it honest.",
    paper="Arjovsky et al. 2017, Wasserstein GAN, arXiv:1701.07875",
    healthy_loss=HEALTHY_LOSS,
    options=WGANOptions,
    gan_class=WGAN,
    build_gan=build,
    defaults={"optimizer": "rmsprop", "lr_g": 5e-5, "lr_d": 5e-5, "beta2": 0.99, "n_critic": 5},
    estimates_wasserstein=True,
    presets={"wgan": Preset(1500, {"base_channels": 16, "n_critic": 2, "weight_clip": 0.05})},
    failure_demos={
        "exploding": FailureDemo(
            title="A critic without bounds",
            description="A WGAN whose weights are hardly clipped: the critic becomes steeper with every step, its "
            "scores run into the millions, and the pictures freeze.",
            state="exploding",
            steps=300,
            settings={"backbone": "mlp", "weight_clip": 10.0, "lr_g": 1e-3, "lr_d": 1e-3},
        ),
    },
    remedies=(
        FamilyRemedy[WGANOptions](
            states=("exploding", "nan"),
            applies=lambda options: options.weight_clip > SAFE_CLIP,
            changes={"weight_clip": SAFE_CLIP},
            reason="Clip the critic's weights, so that it cannot become ever steeper.",
            evidence="Nothing bounds the critic's slope: its weights are clipped at {weight_clip} only.",
        ),
    ),
)
