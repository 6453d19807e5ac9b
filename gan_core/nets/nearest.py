"""The DCGAN of the early Keras tutorials: up-sampling and 5x5 convolutions forwards, max pooling backwards, all tanh.

Enlarging by repetition and then convolving leaves none of the checkerboards that strided transposed convolutions can
draw (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
"""

from __future__ import annotations

from torch import Tensor, nn

from gan_core.nets.base import Net

HIDDEN = 1024


class NearestGenerator(Net):
    """Latent (N, latent_size) -> images (N, channels, S, S) in -1 .. 1.

    Dense 1024, dense 2 width x S/4 x S/4, then twice: double the side, 5x5 convolution.
    """

    def __init__(self, *, latent_size: int, image_size: int, channels: int = 1, width: int = 64):
        super().__init__(latent_size=latent_size, image_size=image_size, channels=channels, width=width)
        start = image_size // 4
        self.layers = nn.Sequential(
            nn.Linear(latent_size, HIDDEN),
            nn.Tanh(),
            nn.Linear(HIDDEN, 2 * width * start * start),
            nn.BatchNorm1d(2 * width * start * start),
            nn.Tanh(),
            nn.Unflatten(1, (2 * width, start, start)),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(2 * width, width, 5, padding=2),
            nn.Tanh(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(width, channels, 5, padding=2),
            nn.Tanh(),
        )

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent)


class PooledDiscriminator(Net):
    """Images (N, channels, S, S) -> logits (N,): twice 5x5 convolution and max pooling, then dense 1024."""

    def __init__(self, *, image_size: int, channels: int = 1, width: int = 64):
        super().__init__(image_size=image_size, channels=channels, width=width)
        side = image_size // 4
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 5, padding=2),
            nn.Tanh(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 5, padding=2),
            nn.Tanh(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2 * width * side * side, HIDDEN),
            nn.Tanh(),
            nn.Linear(HIDDEN, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).squeeze(1)
