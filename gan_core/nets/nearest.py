"""The DCGAN of the early Keras tutorials: up-sampling and 5x5 convolutions forwards, max pooling backwards, all tanh.

Enlarging by repetition and then convolving leaves none of the checkerboards that strided transposed convolutions can
draw (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
"""

from __future__ import annotations

from torch import Tensor, nn

from gan_core.nets.base import Net

HIDDEN_SIZE = 1024


class NearestGenerator(Net):
    """Latent (N, latent_size) -> images (N, channels, S, S) in -1 .. 1.

    Dense 1024, dense 2 base_channels x S/4 x S/4, then twice: double the side, 5x5 convolution.
    """

    def __init__(self, *, latent_size: int, image_size: int, channels: int = 1, base_channels: int = 64):
        super().__init__()
        start = image_size // 4
        self.layers = nn.Sequential(
            nn.Linear(latent_size, HIDDEN_SIZE),
            nn.Tanh(),
            nn.Linear(HIDDEN_SIZE, 2 * base_channels * start * start),
            nn.BatchNorm1d(2 * base_channels * start * start),
            nn.Tanh(),
            nn.Unflatten(1, (2 * base_channels, start, start)),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(2 * base_channels, base_channels, 5, padding=2),
            nn.Tanh(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(base_channels, channels, 5, padding=2),
            nn.Tanh(),
        )

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, channels, S, S) of latent vectors (N, latent_size)."""
        images: Tensor = self.layers(z)
        return images


class PooledDiscriminator(Net):
    """Images (N, channels, S, S) -> logits (N,): twice 5x5 convolution and max pooling, then dense 1024."""

    def __init__(self, *, image_size: int, channels: int = 1, base_channels: int = 64):
        super().__init__()
        side = image_size // 4
        self.layers = nn.Sequential(
            nn.Conv2d(channels, base_channels, 5, padding=2),
            nn.Tanh(),
            nn.MaxPool2d(2),
            nn.Conv2d(base_channels, 2 * base_channels, 5, padding=2),
            nn.Tanh(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * base_channels * side * side, HIDDEN_SIZE),
            nn.Tanh(),
            nn.Linear(HIDDEN_SIZE, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N,)."""
        logits: Tensor = self.layers(images)
        return logits.squeeze(1)
