"""Conditional GAN (Mirza & Osindero 2014, "Conditional Generative Adversarial Nets").

    min_G max_D  E[log D(x | y)] + E[log(1 - D(G(z | y) | y))]

The class y goes to both networks, as an embedding beside the noise and beside the pixels, so that one can ask for a 7.
D must therefore judge whether an image is a real *seven*, not only whether it is real.
"""

from __future__ import annotations

from typing import Literal

from gan_core.data import ImageData
from gan_core.families.backbones import image_shape
from gan_core.families.config import RunConfig
from gan_core.families.options import LogitLossOptions, option
from gan_core.families.registry import Family, Preset
from gan_core.families.vanilla import HEALTHY_LOSS, VanillaGAN
from gan_core.latent_spec import LatentSpec
from gan_core.nets import MLPDiscriminator, MLPGenerator
from gan_core.nets.initialization import init_he


class CGANOptions(LogitLossOptions):
    """The size of the discriminator beside the choice of the loss."""

    d_size: Literal["large", "small"] = option(
        "large",
        "Size of D",
        "Layers of 1024, 512 and 256 with a dropout of 0.4, or of 512 and 256 with 0.3 that begin by He's rule.",
        group="networks",
        labels={"large": "large", "small": "small"},
    )


def build(config: RunConfig, options: CGANOptions, data: ImageData) -> VanillaGAN:
    """Fully connected networks, 256-512-1024 and back; dropout keeps D from learning the images by heart."""
    shape = image_shape(config) | {"num_classes": data.num_classes}
    generator = MLPGenerator(latent_size=config.latent_size, hidden=[256, 512, 1024], **shape)
    if options.d_size == "large":
        discriminator = MLPDiscriminator(hidden=[1024, 512, 256], dropout=0.4, **shape)
    else:
        init_he(generator)
        discriminator = init_he(MLPDiscriminator(hidden=[512, 256], dropout=0.3, **shape))
    latent_spec = LatentSpec.of(config.latent_size, config.noise, data.class_names)
    return VanillaGAN(generator, discriminator, latent_spec, options)


FAMILY = Family(
    name="cgan",
    title="Conditional GAN",
    tagline="you choose the class",
    summary="A vanilla GAN that is also told the class: both networks see the label, so you can ask for a 7.",
    paper="Mirza & Osindero 2014, Conditional Generative Adversarial Nets, arXiv:1411.1784",
    healthy_loss=HEALTHY_LOSS,
    unlike_paper="The networks and Adam are those of today's tutorials; the paper had maxout units, and gradient "
    "descent with momentum.",
    options=CGANOptions,
    gan_class=VanillaGAN,
    build_gan=build,
    conditional=True,
    presets={"cgan": Preset(4000, {"d_size": "small", "ema_decay": 0.999})},
)
