"""Generators and discriminators as the families ask for them: fully connected or convolutional, from a config."""

from __future__ import annotations

from typing import Any

from gan_core.config import RunConfig
from gan_core.nets import DCGANDiscriminator, DCGANGenerator, MLPDiscriminator, MLPGenerator, Net
from gan_core.nets.conv import KERNELS, feature_channels

MLP_HIDDEN = [512, 512, 512]


def conv_shape(config: RunConfig) -> dict[str, Any]:
    """What both convolutional networks, and any built like them, are told of the images."""
    return {
        "features": feature_channels(config.image_size, config.width),
        "kernels": KERNELS[config.image_size],
        "channels": config.channels,
    }


def generator(config: RunConfig, *, latent_size: int | None = None, num_classes: int = 0) -> Net:
    """A DCGAN generator, or four fully connected layers with ReLU and without BatchNorm (Arjovsky et al. 2017).

    latent_size: when it is not the config's own; num_classes: entries that follow it
    """
    size = latent_size or config.latent_size
    if config.backbone == "conv":
        return DCGANGenerator(latent_size=size, num_classes=num_classes, **conv_shape(config))
    return MLPGenerator(
        latent_size=size,
        hidden=MLP_HIDDEN,
        image_size=config.image_size,
        channels=config.channels,
        num_classes=num_classes,
        negative_slope=0.0,
    )


def discriminator(config: RunConfig, *, norm: bool = True, spectral: bool = False) -> Net:
    """A DCGAN discriminator, or four fully connected layers.

    norm: BatchNorm in the convolutional one; spectral: spectral normalisation of it
    """
    if config.backbone == "conv":
        return DCGANDiscriminator(norm=norm, spectral=spectral, **conv_shape(config))
    return MLPDiscriminator(hidden=MLP_HIDDEN, image_size=config.image_size, channels=config.channels)
