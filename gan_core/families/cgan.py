"""Conditional GAN (Mirza & Osindero 2014, "Conditional Generative Adversarial Nets").

    min_G max_D  E[log D(x | y)] + E[log(1 - D(G(z | y) | y))]

The class y goes to both networks, as an embedding beside the noise and beside the pixels, so that one can ask for a 7.
D must therefore judge whether an image is a real *seven*, not only whether it is real.
"""

from __future__ import annotations

from gan_core.data import ImageData
from gan_core.families.backbones import image_shape
from gan_core.families.config import RunConfig
from gan_core.families.options import LogitLossOptions
from gan_core.families.registry import Family, Preset
from gan_core.families.vanilla import HEALTHY_LOSS, VanillaGAN
from gan_core.latent_spec import LatentSpec
from gan_core.nets import MLPDiscriminator, MLPGenerator


def build(config: RunConfig, options: LogitLossOptions, data: ImageData) -> VanillaGAN:
    """Fully connected networks, 256-512-1024 and back; dropout keeps D from learning the images by heart."""
    shape = image_shape(config) | {"num_classes": data.num_classes}
    return VanillaGAN(
        MLPGenerator(latent_size=config.latent_size, hidden=[256, 512, 1024], **shape),
        MLPDiscriminator(hidden=[1024, 512, 256], dropout=0.4, **shape),
        LatentSpec.of(config.latent_size, config.noise, data.class_names),
        options,
    )


FAMILY = Family(
    name="cgan",
    title="Conditional GAN",
    tagline="you choose the class",
    summary="A vanilla GAN that is also told the class: both networks see the label, so you can ask for a 7.",
    paper="Mirza & Osindero 2014, Conditional Generative Adversarial Nets, arXiv:1411.1784",
    healthy_loss=HEALTHY_LOSS,
    unlike_paper="The networks and Adam are those of today's tutorials; the paper had maxout units, and gradient "
    "descent with momentum.",
    options=LogitLossOptions,
    gan_class=VanillaGAN,
    build_gan=build,
    conditional=True,
    presets={"cgan": Preset(3500)},
)
