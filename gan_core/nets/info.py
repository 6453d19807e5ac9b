"""The networks of InfoGAN on MNIST (Chen et al. 2016, table 1): dense layers between the latent and the convolutions.

The dense layer lets a code change everything about an image at once. Without it, as in DCGAN, categories settle on
how an image is drawn rather than on what it shows.
"""

from __future__ import annotations

from torch import Tensor, nn

from gan_core.nets.base import Net
from gan_core.nets.initialization import init_dcgan

DENSE_FACTOR = 16  # times `base_channels`: 1024 in the paper
NEGATIVE_SLOPE = 0.1  # of the LeakyReLU


class InfoGenerator(Net):
    """Latent (N, latent_size) -> images (N, channels, S, S) in -1 .. 1.

    Dense 16 base_channels, dense 2 base_channels x S/4 x S/4, then two transposed convolutions that double the side.
    """

    def __init__(self, *, latent_size: int, image_size: int, channels: int = 1, base_channels: int = 64):
        super().__init__()
        start = image_size // 4
        dense, volume = DENSE_FACTOR * base_channels, 2 * base_channels * start * start
        self.layers = nn.Sequential(
            nn.Linear(latent_size, dense, bias=False),
            nn.BatchNorm1d(dense),
            nn.ReLU(),
            nn.Linear(dense, volume, bias=False),
            nn.BatchNorm1d(volume),
            nn.ReLU(),
            nn.Unflatten(1, (2 * base_channels, start, start)),
            nn.ConvTranspose2d(2 * base_channels, base_channels, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(base_channels),
            nn.ReLU(),
            nn.ConvTranspose2d(base_channels, channels, 4, stride=2, padding=1),
            nn.Tanh(),
        )
        init_dcgan(self)

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, channels, S, S) of latent vectors (N, latent_size)."""
        images: Tensor = self.layers(z)
        return images


class InfoDiscriminator(Net):
    """Images (N, channels, S, S) -> logits (N,), and by a second head Q an estimate of the codes, (N, aux_dim)."""

    def __init__(self, *, aux_dim: int, image_size: int, channels: int = 1, base_channels: int = 64):
        super().__init__()
        side = image_size // 4
        dense = DENSE_FACTOR * base_channels
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, base_channels, 4, stride=2, padding=1),
            nn.LeakyReLU(NEGATIVE_SLOPE),
            nn.Conv2d(base_channels, 2 * base_channels, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * base_channels),
            nn.LeakyReLU(NEGATIVE_SLOPE),
            nn.Flatten(),
            nn.Linear(2 * base_channels * side * side, dense, bias=False),
            nn.BatchNorm1d(dense),
            nn.LeakyReLU(NEGATIVE_SLOPE),
        )
        self.logit = nn.Linear(dense, 1)
        self.head = nn.Sequential(
            nn.Linear(dense, 2 * base_channels, bias=False),
            nn.BatchNorm1d(2 * base_channels),
            nn.LeakyReLU(NEGATIVE_SLOPE),
            nn.Linear(2 * base_channels, aux_dim),
        )
        init_dcgan(self)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N,)."""
        logits: Tensor = self.logit(self.trunk(images))
        return logits.squeeze(1)

    def logits_and_aux(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) and the output of Q, (N, aux_dim); float32 in mixed precision too."""
        trunk = self.trunk(images)
        return self.logit(trunk).squeeze(1).float(), self.head(trunk).float()
