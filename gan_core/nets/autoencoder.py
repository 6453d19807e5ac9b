"""Discriminators that are autoencoders: an image is as real as it is easy to reconstruct (Zhao et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from gan_core.nets.base import Net
from gan_core.nets.conv import DCGANDiscriminator, DCGANGenerator, MapToPoint
from gan_core.nets.mlp import MLPGenerator


class Autoencoder(Net):
    """Images (N, C, S, S) in -1 .. 1 -> energies (N,): each image's mean squared error of reconstruction.

    encoder: images -> codes (N, code_size); decoder: codes -> images
    """

    encoder: nn.Module
    decoder: nn.Module

    def forward(self, images: Tensor) -> Tensor:
        return self.energy_and_code(images)[0]

    def energy_and_code(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Energies (N,) and codes (N, code_size)."""
        codes = self.encoder(images)
        return (self.decoder(codes) - images).square().flatten(1).mean(dim=1), codes

    def reconstruct(self, images: Tensor) -> Tensor:
        """What is left of images (N, C, S, S) after the bottleneck, in -1 .. 1."""
        return self.decoder(self.encoder(images))


class MLPAutoencoder(Autoencoder):
    """Pixels - hidden - code - hidden - pixels."""

    def __init__(self, *, hidden: int, code_size: int, image_size: int, channels: int = 1):
        super().__init__(hidden=hidden, code_size=code_size, image_size=image_size, channels=channels)
        pixels = channels * image_size * image_size
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(pixels, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, code_size)
        )
        self.decoder = MLPGenerator(latent_size=code_size, hidden=[hidden], image_size=image_size, channels=channels)


class ConvAutoencoder(Autoencoder):
    """A DCGAN discriminator down to the code, a DCGAN generator back up.

    features, kernels: coarse to fine, as in `DCGANGenerator`
    """

    def __init__(
        self, *, code_size: int, features: Sequence[int], kernels: Sequence[int], start: int = 4, channels: int = 1
    ):
        super().__init__(
            code_size=code_size, features=list(features), kernels=list(kernels), start=start, channels=channels
        )
        shape = {"features": features, "kernels": kernels, "start": start, "channels": channels}
        trunk = DCGANDiscriminator(**shape).layers[:-1]
        self.encoder = nn.Sequential(*trunk, MapToPoint(features[0], code_size, start), nn.Flatten())
        self.decoder = DCGANGenerator(latent_size=code_size, bias=True, **shape)
