"""Networks over a Laplacian pyramid (Denton et al. 2015): a coarse image, then detail for each doubling of its side."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from gan_core.nets.base import Net

COARSEST = 8  # the pyramid ends at the first level of this side or less
COARSE_WIDTH = 4  # times as many channels at the coarsest level, which has the fewest pixels and the most to invent


def pyramid_sides(image_size: int) -> list[int]:
    """Sides of the levels, coarse to fine: 28 -> [7, 14, 28], 64 -> [8, 16, 32, 64]."""
    sides = [image_size]
    while sides[0] > COARSEST:
        sides.insert(0, sides[0] // 2)
    return sides


def enlarge(images: Tensor) -> Tensor:
    """Images of twice the side, smooth and without detail: the condition of the next level."""
    return interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


def pyramid(images: Tensor) -> list[Tensor]:
    """The images at every level, coarse to fine; the last are the images themselves."""
    levels = [images]
    for _ in pyramid_sides(images.shape[-1])[1:]:
        levels.insert(0, avg_pool2d(levels[0], 2))
    return levels


class CoarseGenerator(nn.Module):
    """Noise (N, noise_size) -> images (N, C, S, S) in -1 .. 1 at the coarsest level."""

    def __init__(self, side: int, channels: int, noise_size: int, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(noise_size, width * side * side, bias=False),
            nn.BatchNorm1d(width * side * side),
            nn.ReLU(),
            nn.Unflatten(1, (width, side, side)),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor) -> Tensor:
        return self.layers(noise)


class CoarseDiscriminator(nn.Module):
    """Images (N, C, S, S) of the coarsest level -> logits (N,)."""

    def __init__(self, side: int, channels: int, width: int):
        super().__init__()
        half = (side + 1) // 2
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * width * half * half, 1),
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).squeeze(1)


class DetailGenerator(nn.Module):
    """Low-pass images (N, C, S, S) and noise (N, noise_size) -> detail (N, C, S, S) to add to them.

    The noise becomes one more image channel. The paper draws that plane pixel by pixel; here a few entries are
    multiplied with learnt planes, so that a person can move each of them.
    """

    def __init__(self, side: int, channels: int, noise_size: int, width: int):
        super().__init__()
        self.side = side
        self.plane = nn.Linear(noise_size, side * side, bias=False)
        self.layers = nn.Sequential(
            nn.Conv2d(channels + 1, width, 5, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 5, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, channels, 5, padding=2),
        )

    def forward(self, noise: Tensor, low: Tensor) -> Tensor:
        plane = self.plane(noise).view(-1, 1, self.side, self.side)
        return self.layers(torch.cat([low, plane], dim=1))


class DetailDiscriminator(nn.Module):
    """Images (N, C, S, S) and their low-pass versions -> logits (N,): is this the detail that belongs here?"""

    def __init__(self, side: int, channels: int, width: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(2 * channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * width * (side // 4) ** 2, 1),
        )

    def forward(self, images: Tensor, low: Tensor) -> Tensor:
        return self.layers(torch.cat([images, low], dim=1)).squeeze(1)


class PyramidGenerator(Net):
    """Latent (N, latent_size + detail_size for each level above the coarsest) -> images (N, C, S, S) in -1 .. 1."""

    def __init__(self, *, latent_size: int, detail_size: int, image_size: int, channels: int = 1, width: int = 64):
        super().__init__(
            latent_size=latent_size, detail_size=detail_size, image_size=image_size, channels=channels, width=width
        )
        coarsest, *sides = pyramid_sides(image_size)
        self.sizes = [latent_size] + [detail_size] * len(sides)
        self.coarse = CoarseGenerator(coarsest, channels, latent_size, COARSE_WIDTH * width)
        self.details = nn.ModuleList(DetailGenerator(side, channels, detail_size, width) for side in sides)

    def forward(self, latent: Tensor) -> Tensor:
        return self.levels(latent)[-1].clamp(-1, 1)

    def levels(self, latent: Tensor, real: list[Tensor] | None = None) -> list[Tensor]:
        """The image at every level, coarse to fine: each enlarges the one below and adds detail.

        real: the levels of real images, to be enlarged in place of those just drawn: how it is trained
        """
        noise, *noises = latent.split(self.sizes, dim=1)
        images = [self.coarse(noise)]
        for level, (detail, noise) in enumerate(zip(self.details, noises, strict=True)):
            low = enlarge((real or images)[level])
            images.append(low + detail(noise, low))
        return images


class PyramidDiscriminator(Net):
    """Images (N, C, S, S) -> logits (N,): the mean of what the levels say of them."""

    def __init__(self, *, image_size: int, channels: int = 1, width: int = 64):
        super().__init__(image_size=image_size, channels=channels, width=width)
        coarsest, *sides = pyramid_sides(image_size)
        self.coarse = CoarseDiscriminator(coarsest, channels, COARSE_WIDTH * width)
        self.details = nn.ModuleList(DetailDiscriminator(side, channels, width) for side in sides)

    def forward(self, images: Tensor) -> Tensor:
        levels = pyramid(images)
        return torch.stack(self.judge_levels(levels, levels)).mean(dim=0)

    def judge_levels(self, images: list[Tensor], below: list[Tensor]) -> list[Tensor]:
        """Logits (N,) of the image at every level, each under the condition of the enlarged one of `below`."""
        logits = [self.coarse(images[0])]
        for detail, image, coarser in zip(self.details, images[1:], below, strict=False):
            logits.append(detail(image, enlarge(coarser)))
        return logits
