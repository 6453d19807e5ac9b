"""The networks of InfoGAN on MNIST (Chen et al. 2016, table 1): dense layers between the latent and the convolutions.

The dense layer lets a code change everything about an image at once. Without it, as in DCGAN, categories settle on
how an image is drawn rather than on what it shows.
"""

from __future__ import annotations

from torch import Tensor, nn

from gan_core.nets.base import Net
from gan_core.nets.conv import init_dcgan

DENSE = 16  # times `width`: 1024 in the paper
SLOPE = 0.1  # of the LeakyReLU


class InfoGenerator(Net):
    """Latent (N, latent_size) -> images (N, channels, S, S) in -1 .. 1.

    Dense 16 width, dense 2 width x S/4 x S/4, then two transposed convolutions that double the side.
    """

    def __init__(self, *, latent_size: int, image_size: int, channels: int = 1, width: int = 64):
        super().__init__(latent_size=latent_size, image_size=image_size, channels=channels, width=width)
        start = image_size // 4
        dense, volume = DENSE * width, 2 * width * start * start
        self.layers = nn.Sequential(
            nn.Linear(latent_size, dense, bias=False),
            nn.BatchNorm1d(dense),
            nn.ReLU(),
            nn.Linear(dense, volume, bias=False),
            nn.BatchNorm1d(volume),
            nn.ReLU(),
            nn.Unflatten(1, (2 * width, start, start)),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1),
            nn.Tanh(),
        )
        init_dcgan(self)

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent)


class InfoDiscriminator(Net):
    """Images (N, channels, S, S) -> logits (N,), and by a second head Q what the codes were.

    outputs: of Q
    """

    def __init__(self, *, outputs: int, image_size: int, channels: int = 1, width: int = 64):
        super().__init__(outputs=outputs, image_size=image_size, channels=channels, width=width)
        side = image_size // 4
        dense = DENSE * width
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.Flatten(),
            nn.Linear(2 * width * side * side, dense, bias=False),
            nn.BatchNorm1d(dense),
            nn.LeakyReLU(SLOPE),
        )
        self.logit = nn.Linear(dense, 1)
        self.head = nn.Sequential(
            nn.Linear(dense, 2 * width, bias=False),
            nn.BatchNorm1d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(2 * width, outputs),
        )
        init_dcgan(self)

    def forward(self, images: Tensor) -> Tensor:
        return self.logit(self.trunk(images)).squeeze(1)

    def judge_and_read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (N,) and Q's output, (N, outputs); float32 in mixed precision too."""
        trunk = self.trunk(images)
        return self.logit(trunk).squeeze(1).float(), self.head(trunk).float()
