"""Generators and discriminators that several families use: fully connected or convolutional, from a config."""

from __future__ import annotations

from typing import Any

from gan_core.families.config import RunConfig
from gan_core.families.options import BackboneOptions, ConvOptions
from gan_core.nets import DCGANDiscriminator, DCGANGenerator, MLPDiscriminator, MLPGenerator, Net
from gan_core.nets.conv import KERNELS, feature_channels
from gan_core.nets.initialization import init_he

MLP_HIDDEN = [512, 512, 512]


def conv_shape(config: RunConfig, options: ConvOptions) -> dict[str, Any]:
    """The arguments that convolutional generators and discriminators have in common."""
    return {
        "features": feature_channels(config.image_size, options.base_channels),
        "kernels": KERNELS[config.image_size],
        "channels": config.channels,
    }


def image_shape(config: RunConfig) -> dict[str, Any]:
    """The arguments of networks that are built for one size of image."""
    return {"image_size": config.image_size, "channels": config.channels}


def is_mlp(options: ConvOptions) -> bool:
    """Whether the options choose fully connected networks."""
    return isinstance(options, BackboneOptions) and options.backbone == "mlp"


def build_generator(config: RunConfig, options: ConvOptions, *, num_classes: int = 0) -> Net:
    """A DCGAN generator, or four fully connected layers with ReLU and without BatchNorm (Arjovsky et al. 2017).

    Fully connected layers, which have no BatchNorm, begin by He's rule.

    Args:
        config: Of the run.
        options: Of its family.
        num_classes: Class weights that follow the noise in the latent vector.
    """
    size = config.latent_size
    if is_mlp(options):
        return init_he(
            MLPGenerator(
                latent_size=size,
                hidden=MLP_HIDDEN,
                num_classes=num_classes,
                negative_slope=0.0,
                **image_shape(config),
            ),
            negative_slope=0.0,
        )
    return DCGANGenerator(latent_size=size, num_classes=num_classes, **conv_shape(config, options))


def build_discriminator(config: RunConfig, options: ConvOptions, *, norm: bool = True, spectral: bool = False) -> Net:
    """A DCGAN discriminator, or four fully connected layers; without BatchNorm weights begin by He's rule.

    Args:
        config: Of the run.
        options: Of its family.
        norm: Whether the convolutional one has BatchNorm.
        spectral: Whether the convolutional one has spectral normalization.
    """
    if is_mlp(options):
        return init_he(MLPDiscriminator(hidden=MLP_HIDDEN, **image_shape(config)))
    return DCGANDiscriminator(norm=norm, spectral=spectral, **conv_shape(config, options))
