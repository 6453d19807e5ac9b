"""Discriminators that are autoencoders: an image is as real as it is easy to reconstruct (Zhao et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from gan_core.nets.base import Net
from gan_core.nets.conv import DCGANDiscriminator, DCGANGenerator, LogitProjection
from gan_core.nets.mlp import MLPGenerator


class Autoencoder(Net):
    """Images (N, C, S, S) in -1 .. 1 -> energies (N,): each image's mean squared error of reconstruction.

    Attributes:
        encoder: Images -> codes (N, code_size).
        decoder: Codes -> images.
    """

    encoder: nn.Module
    decoder: nn.Module

    def forward(self, images: Tensor) -> Tensor:
        """Energies (N,)."""
        return self.energy_and_code(images)[0]

    def energy_and_code(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Energies (N,) and codes (N, code_size)."""
        codes = self.encoder(images)
        return (self.decoder(codes) - images).square().flatten(1).mean(dim=1), codes

    def reconstruct(self, images: Tensor) -> Tensor:
        """Reconstructions of images, (N, C, S, S) in -1 .. 1."""
        reconstructed: Tensor = self.decoder(self.encoder(images))
        return reconstructed


class MLPAutoencoder(Autoencoder):
    """Pixels - hidden - code - hidden - pixels."""

    def __init__(self, *, hidden: int, code_size: int, image_size: int, channels: int = 1):
        super().__init__()
        pixels = channels * image_size * image_size
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(pixels, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, code_size)
        )
        self.decoder = MLPGenerator(latent_size=code_size, hidden=[hidden], image_size=image_size, channels=channels)


class ConvAutoencoder(Autoencoder):
    """A DCGAN discriminator down to the code, a DCGAN generator back up.

    Args:
        code_size: Length of the code.
        features: As in `DCGANGenerator`, coarse to fine.
        kernels: As in `DCGANGenerator`, coarse to fine.
        start: Side of the coarsest feature maps.
        channels: Of the images.
    """

    def __init__(
        self, *, code_size: int, features: Sequence[int], kernels: Sequence[int], start: int = 4, channels: int = 1
    ):
        super().__init__()
        trunk = DCGANDiscriminator(features=features, kernels=kernels, start=start, channels=channels).layers[:-1]
        self.encoder = nn.Sequential(*trunk, LogitProjection(features[0], code_size, start), nn.Flatten())
        self.decoder = DCGANGenerator(
            latent_size=code_size, features=features, kernels=kernels, start=start, channels=channels, bias=True
        )
