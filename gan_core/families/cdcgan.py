"""Conditional DCGAN: the networks of Radford et al. 2015 with the condition of Mirza & Osindero 2014.

The class goes to both networks: beside the noise, and as one more channel of the image.
"""

from __future__ import annotations

from gan_core.data import ImageData
from gan_core.families.backbones import conv_shape
from gan_core.families.config import RunConfig
from gan_core.families.options import ConvOptions, LogitLossOptions
from gan_core.families.registry import Family, Preset
from gan_core.families.vanilla import HEALTHY_LOSS, VanillaGAN
from gan_core.latent_spec import LatentSpec
from gan_core.nets import DCGANDiscriminator, DCGANGenerator


class CDCGANOptions(LogitLossOptions, ConvOptions):
    """Those of convolutions and of the loss."""


def build(config: RunConfig, options: CDCGANOptions, data: ImageData) -> VanillaGAN:
    """DCGAN's networks, each with an input for the class."""
    shape = conv_shape(config, options) | {"num_classes": data.num_classes}
    return VanillaGAN(
        DCGANGenerator(latent_size=config.latent_size, **shape),
        DCGANDiscriminator(**shape),
        LatentSpec.of(config.latent_size, config.noise, data.class_names),
        options,
    )


FAMILY = Family(
    name="cdcgan",
    title="Conditional DCGAN",
    tagline="sharp, and you choose the class",
    summary="A DCGAN whose networks both see the class: sharp pictures, and you choose what they show.",
    paper="Radford et al. 2015, arXiv:1511.06434, with the condition of Mirza & Osindero 2014, arXiv:1411.1784",
    healthy_loss=HEALTHY_LOSS,
    options=CDCGANOptions,
    gan_class=VanillaGAN,
    build_gan=build,
    conditional=True,
    presets={
        "cdcgan": Preset(1500, {"base_channels": 32, "lr_g": 2e-3, "lr_schedule": "ramp", "ema_decay": 0.998}),
        "cdcgan-faces": Preset(
            1000, {"base_channels": 16, "lr_g": 2e-3, "lr_schedule": "ramp", "ema_decay": 0.998}, dataset="faces"
        ),
    },
)
