"""The original GAN (Goodfellow et al. 2014, "Generative Adversarial Nets").

G turns noise into images; D estimates the probability that an image is real. They play

    min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

In practice G maximises log D(G(z)) instead ("non-saturating", section 3 of the paper): the same fixed point, but a
steep gradient early on, when D easily tells that the images are fake.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan_core import losses
from gan_core.data import ImageData
from gan_core.families.backbones import image_shape
from gan_core.families.config import RunConfig
from gan_core.families.gan import GAN, Batch, Loss
from gan_core.families.options import LogitLossOptions, option
from gan_core.families.registry import FailureDemo, Family, Preset
from gan_core.latent_spec import LatentSpec
from gan_core.nets import MLPDiscriminator, MLPGenerator

HEALTHY_LOSS = (
    "D's loss is low when it tells real from fake; G's is low when it fools D. Neither has to fall: in a good game "
    "both settle and wobble. A loss of D near zero means that G gets no useful answer any more."
)


class VanillaOptions(LogitLossOptions):
    """The size of the networks beside the choice of the loss."""

    mlp_size: Literal["standard", "small"] = option(
        "standard",
        "Network size",
        "Size of the fully connected networks.",
        group="networks",
        labels={"standard": "standard", "small": "small"},
    )


class VanillaGAN(GAN):
    """The losses above on any pair of networks; conditional when the latent has classes (Mirza & Osindero 2014)."""

    options: LogitLossOptions = LogitLossOptions()

    def discriminator_loss(self, batch: Batch) -> Loss:
        """The minimax loss, with label smoothing where it is asked for."""
        real_logits, fake_logits = self.discriminate_pair(
            batch.real,
            batch.fake.detach(),
            self.latent_spec.one_hot(batch.labels),
            self.latent_spec.class_weights(batch.z),
        )
        return Loss(
            {"adversarial": losses.minimax_discriminator_loss(real_logits, fake_logits, self.options.label_smoothing)},
            self.score_metrics(real_logits, fake_logits),
        )

    def generator_loss(self, batch: Batch) -> Loss:
        """The non-saturating or the minimax loss."""
        fake_logits = self.discriminate(batch.fake, self.latent_spec.class_weights(batch.z))
        return Loss({"adversarial": self._generator_loss(fake_logits)})

    def _generator_loss(self, fake_logits: Tensor) -> Tensor:
        if self.options.generator_loss == "minimax":
            return losses.minimax_generator_loss(fake_logits)
        return losses.non_saturating_generator_loss(fake_logits)


def build(config: RunConfig, options: VanillaOptions, data: ImageData) -> VanillaGAN:
    """The networks of the tutorials: 128-256-512-1024 against 512-256, or one hidden layer of 128 each."""
    shape = image_shape(config)
    if options.mlp_size == "small":
        generator = MLPGenerator(latent_size=config.latent_size, hidden=[128], **shape)
        discriminator = MLPDiscriminator(hidden=[128], **shape)
    else:
        hidden = [128, 256, 512, 1024]
        norm = [False, True, True, True]
        generator = MLPGenerator(latent_size=config.latent_size, hidden=hidden, norm=norm, **shape)
        discriminator = MLPDiscriminator(hidden=[512, 256], **shape)
    return VanillaGAN(generator, discriminator, LatentSpec.of(config.latent_size, config.noise), options)


FAMILY = Family(
    name="vanilla",
    title="Vanilla GAN",
    tagline="the first one",
    summary="The original: two fully connected networks, one that forges images from noise and one that tries to "
    "tell them from real ones. Quick to train, grainy pictures.",
    paper="Goodfellow et al. 2014, Generative Adversarial Nets, arXiv:1406.2661",
    healthy_loss=HEALTHY_LOSS,
    unlike_paper="The networks and Adam are those of today's tutorials; the paper had maxout units and dropout in "
    "D, and gradient descent with momentum.",
    options=VanillaOptions,
    gan_class=VanillaGAN,
    build_gan=build,
    presets={"vanilla": Preset(4000, {"lr_d": 5e-4, "ema_decay": 0.998})},
    failure_demos={
        "collapse": FailureDemo(
            title="Mode collapse",
            description="Momentum of 0.9 and ten times the learning rate: soon the generator draws the same one to "
            "three digits over and over, while its loss climbs.",
            state="collapse",
            steps=600,
            settings={"lr_g": 2e-3, "lr_d": 2e-3, "beta1": 0.9},
        ),
        "oscillating": FailureDemo(
            title="Running in circles",
            description="Learning rates twenty-five times too high: D takes everything for real at one step and for "
            "fake at the next, and the pictures jump from digit to digit.",
            state="oscillating",
            steps=600,
            settings={"lr_g": 5e-3, "lr_d": 5e-3},
        ),
        "g_winning": FailureDemo(
            title="A generator without an opponent",
            description="D hardly learns at all: G fools it at once with a picture that looks like nothing.",
            state="g_winning",
            steps=400,
            settings={"lr_g": 1e-3, "lr_d": 1e-6},
        ),
        "nan": FailureDemo(
            title="Numbers that run away",
            description="Plain gradient descent with a learning rate of 0.1: within a hundred steps a loss is "
            "infinite, and the run stops by itself.",
            state="nan",
            steps=200,
            settings={"optimizer": "sgd", "beta1": 0.9, "lr_g": 0.1, "lr_d": 0.1},
        ),
    },
)
