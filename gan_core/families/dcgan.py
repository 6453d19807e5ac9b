"""DCGAN (Radford et al. 2015, "Unsupervised Representation Learning with Deep Convolutional GANs").

The losses of the vanilla GAN on convolutional networks, with the paper's recipe for making them stable: strided
convolutions instead of pooling, BatchNorm in both networks, no hidden fully connected layers, ReLU in the generator
with tanh at the end, LeakyReLU in the discriminator, Adam with beta1 = 0.5.

`upsample=nearest` is the DCGAN of the early Keras tutorials: dense layers, up-sampling and 5x5 convolutions, max
pooling, tanh throughout, trained by SGD with Nesterov momentum on uniform noise.
"""

from __future__ import annotations

from typing import Literal

from gan_core.data import ImageData
from gan_core.families import backbones
from gan_core.families.config import RunConfig
from gan_core.families.options import ConvOptions, LogitLossOptions, option
from gan_core.families.registry import FailureDemo, Family, Preset
from gan_core.families.vanilla import HEALTHY_LOSS, VanillaGAN
from gan_core.latent_spec import LatentSpec
from gan_core.nets import NearestGenerator, Net, PooledDiscriminator


class DCGANOptions(LogitLossOptions, ConvOptions):
    """The way of enlarging, beside those of convolutions and of the loss."""

    upsample: Literal["transposed", "nearest"] = option(
        "transposed",
        "Enlarging",
        "How the generator enlarges: transposed convolutions, or repeated pixels and a convolution.",
        group="variant",
        labels={"transposed": "transposed convolutions", "nearest": "repeated pixels"},
    )


def build(config: RunConfig, options: DCGANOptions, data: ImageData) -> VanillaGAN:
    """Without a condition: the labels of the data are not looked at."""
    generator: Net
    discriminator: Net
    if options.upsample == "nearest":
        shape = backbones.image_shape(config) | {"base_channels": options.base_channels}
        generator, discriminator = (
            NearestGenerator(latent_size=config.latent_size, **shape),
            PooledDiscriminator(**shape),
        )
    else:
        generator = backbones.build_generator(config, options)
        discriminator = backbones.build_discriminator(config, options)
    return VanillaGAN(generator, discriminator, LatentSpec.of(config.latent_size, config.noise), options)


FAMILY = Family(
    name="dcgan",
    title="DCGAN",
    tagline="convolutions, sharp pictures",
    summary="The vanilla game played by convolutional networks: slower per step, far sharper pictures.",
    paper="Radford et al. 2015, Unsupervised Representation Learning with Deep Convolutional Generative "
    "Adversarial Networks, arXiv:1511.06434",
    healthy_loss=HEALTHY_LOSS,
    unlike_paper="The paper draws uniform noise and trains in batches of 128; here noise and batches are those of "
    "the other families, so that they can be compared.",
    options=DCGANOptions,
    gan_class=VanillaGAN,
    build_gan=build,
    variants={
        "upsample": {
            "nearest": {"noise": "uniform", "optimizer": "sgd", "lr_g": 5e-4, "lr_d": 5e-4, "beta1": 0.9},
        }
    },
    presets={
        "dcgan": Preset(1500, {"base_channels": 32}),
        "dcgan-nearest": Preset(
            900,
            {"upsample": "nearest", "base_channels": 16, "lr_g": 5e-3, "lr_d": 5e-3},
            title="Quick, enlarging by repetition",
        ),
        "dcgan-faces": Preset(
            1000, {"base_channels": 16, "lr_g": 2e-3, "lr_schedule": "ramp", "ema_decay": 0.998}, dataset="faces"
        ),
        "dcgan-wide": Preset(
            20_000,
            {
                "image_size": 64,
                "channels": 3,
                "base_channels": 128,
                "label_smoothing": 0.1,
                "batch_size": 128,
                "lr_g": 2e-4,
                "lr_d": 2e-4,
                "ema_decay": 0.999,
                "snapshot_every": 500,
            },
            title="Thousands of images at 64 px, on a GPU",
            note="128 channels at full size and smoothed labels: the usual choice for portraits.",
            dataset="folder",
        ),
    },
    failure_demos={
        "d_winning": FailureDemo(
            title="A dominating discriminator",
            description="D takes three steps of a thousand times the size for each of G's: D(x) goes to 1, D(G(z)) to "
            "0, and the pictures stay grey.",
            state="d_winning",
            steps=300,
            settings={"base_channels": 16, "lr_g": 2e-6, "lr_d": 2e-3, "n_critic": 3},
        ),
        "vanishing": FailureDemo(
            title="Vanishing gradients",
            description="The minimax loss, in a game that goes well with the non-saturating one: D is ahead in the "
            "first steps, there the loss is flat, so G no longer learns and its loss lies at zero.",
            state="vanishing",
            steps=300,
            settings={"base_channels": 16, "generator_loss": "minimax", "lr_g": 1e-3, "lr_d": 2e-3},
        ),
    },
)
