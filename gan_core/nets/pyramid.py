"""Networks over a Laplacian pyramid (Denton et al. 2015): a coarse image, then detail for each doubling of its side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from gan_core.nets.base import Net

Detail = Literal["added", "balanced"]

MAX_COARSEST_SIDE = 8  # the pyramid ends at the first level of this side or less
EPSILON = 1e-6
COARSE_FACTOR = 4  # times as many channels at the coarsest level, which has the fewest pixels and the most to invent


def pyramid_sides(image_size: int) -> list[int]:
    """Sides of the levels, coarse to fine: 28 -> [7, 14, 28], 64 -> [8, 16, 32, 64]."""
    sides = [image_size]
    while sides[0] > MAX_COARSEST_SIDE:
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


def with_means(images: Tensor, means: Tensor) -> Tensor:
    """Images whose 2x2 blocks have the given means: a block that is too bright is darkened, one too dark brightened.

    Black and white stay what they are, and everything between keeps its order, so the images stay within -1 .. 1.

    Args:
        images: (N, C, 2S, 2S) in -1 .. 1.
        means: (N, C, S, S) in -1 .. 1, what `pyramid` is to make of the images.
    """
    before = avg_pool2d(images, 2)
    darker = ((1 + means) / (1 + before).clamp(min=EPSILON)).clamp(max=1)
    brighter = ((1 - means) / (1 - before).clamp(min=EPSILON)).clamp(max=1)
    darkened = (1 + images) * _repeated(darker) - 1
    return 1 - (1 - darkened) * _repeated(brighter)


def _repeated(blocks: Tensor) -> Tensor:
    return interpolate(blocks, scale_factor=2, mode="nearest")


class CoarseGenerator(nn.Module):
    """Noise (N, noise_size) -> images (N, C, S, S) in -1 .. 1 at the coarsest level."""

    def __init__(self, side: int, channels: int, noise_size: int, hidden_channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(noise_size, hidden_channels * side * side, bias=False),
            nn.BatchNorm1d(hidden_channels * side * side),
            nn.ReLU(),
            nn.Unflatten(1, (hidden_channels, side, side)),
            nn.Conv2d(hidden_channels, hidden_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(hidden_channels),
            nn.ReLU(),
            nn.Conv2d(hidden_channels, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor) -> Tensor:
        """Images (N, C, S, S) of noise (N, noise_size)."""
        images: Tensor = self.layers(noise)
        return images


class CoarseDiscriminator(nn.Module):
    """Images (N, C, S, S) of the coarsest level -> logits (N,).

    After a convolution that keeps the side each of the others halves it and doubles the channels.
    """

    def __init__(self, side: int, channels: int, hidden_channels: int, convolutions: int = 2):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, hidden_channels, 3, padding=1), nn.LeakyReLU(0.2)]
        for _ in range(convolutions - 1):
            layers += [
                nn.Conv2d(hidden_channels, 2 * hidden_channels, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(2 * hidden_channels),
                nn.LeakyReLU(0.2),
            ]
            hidden_channels, side = 2 * hidden_channels, (side + 1) // 2
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(hidden_channels * side * side, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N,)."""
        logits: Tensor = self.layers(images)
        return logits.squeeze(1)


class DetailGenerator(nn.Module):
    """Low-pass images (N, C, S, S) and noise (N, noise_size) -> detail (N, C, S, S) to add to them.

    The noise becomes one more image channel. The paper draws that plane pixel by pixel; here a few entries are
    multiplied with learnt planes, so that a person can move each of them.
    """

    def __init__(self, side: int, channels: int, noise_size: int, hidden_channels: int):
        super().__init__()
        self.side = side
        self.plane = nn.Linear(noise_size, side * side, bias=False)
        self.layers = nn.Sequential(
            nn.Conv2d(channels + 1, hidden_channels, 5, padding=2, bias=False),
            nn.BatchNorm2d(hidden_channels),
            nn.ReLU(),
            nn.Conv2d(hidden_channels, hidden_channels, 5, padding=2, bias=False),
            nn.BatchNorm2d(hidden_channels),
            nn.ReLU(),
            nn.Conv2d(hidden_channels, channels, 5, padding=2),
        )

    def forward(self, noise: Tensor, low: Tensor) -> Tensor:
        """Detail (N, C, S, S) for noise (N, noise_size) and low-pass images (N, C, S, S)."""
        plane = self.plane(noise).view(-1, 1, self.side, self.side)
        detail: Tensor = self.layers(torch.cat([low, plane], dim=1))
        return detail


class SubpixelDetailGenerator(nn.Module):
    """Coarser images (N, C, S/2, S/2) and noise (N, noise_size) -> detail (N, C, S, S) for the enlarged ones.

    Everything is worked out at the coarser side, four times as cheaply, and the last convolution gives the 2x2 pixels
    of each place as channels (Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient
    Sub-Pixel Convolutional Neural Network"). The noise becomes one more channel as in `DetailGenerator`.
    """

    def __init__(self, side: int, channels: int, noise_size: int, hidden_channels: int):
        super().__init__()
        self.side = side // 2
        self.plane = nn.Linear(noise_size, self.side * self.side, bias=False)
        self.layers = nn.Sequential(
            nn.Conv2d(channels + 1, hidden_channels, 5, padding=2, bias=False),
            nn.BatchNorm2d(hidden_channels),
            nn.ReLU(),
            nn.Conv2d(hidden_channels, hidden_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(hidden_channels),
            nn.ReLU(),
            nn.Conv2d(hidden_channels, 4 * channels, 3, padding=1),
            nn.PixelShuffle(2),
        )

    def forward(self, noise: Tensor, coarser: Tensor) -> Tensor:
        """Detail (N, C, S, S) for noise (N, noise_size) and coarser images (N, C, S/2, S/2)."""
        plane = self.plane(noise).view(-1, 1, self.side, self.side)
        detail: Tensor = self.layers(torch.cat([coarser, plane], dim=1))
        return detail


class DetailDiscriminator(nn.Module):
    """Images (N, C, S, S) and their low-pass versions -> logits (N,) of the detail, given the latter."""

    def __init__(self, side: int, channels: int, hidden_channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(2 * channels, hidden_channels, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(hidden_channels, 2 * hidden_channels, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(2 * hidden_channels),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * hidden_channels * (side // 4) ** 2, 1),
        )

    def forward(self, images: Tensor, low: Tensor) -> Tensor:
        """Logits (N,)."""
        logits: Tensor = self.layers(torch.cat([images, low], dim=1))
        return logits.squeeze(1)


class PyramidGenerator(Net):
    """Latent vectors -> images (N, C, S, S) in -1 .. 1.

    Args:
        latent_size: Entries of noise for the coarsest level, the first of a latent vector.
        level_noise_size: Entries of noise for each finer level, after them, coarse to fine.
        image_size: S.
        channels: C.
        base_channels: Without `features`: channels of the finer levels; the coarsest has `COARSE_FACTOR` times as many.
        detail: added: worked out on the enlarged image and added to it, whatever comes of that, as in the paper.
            balanced: worked out on the coarser image; what is drawn stays within -1 .. 1 and has the coarser image as
            the means of its 2x2 blocks, as real images have.
        features: Channels of the feature maps of each level, coarse to fine.
    """

    def __init__(
        self,
        *,
        latent_size: int,
        level_noise_size: int,
        image_size: int,
        channels: int = 1,
        base_channels: int = 64,
        detail: Detail = "added",
        features: Sequence[int] = (),
    ):
        super().__init__()
        self.detail = detail
        coarsest, *sides = pyramid_sides(image_size)
        self.sizes = [latent_size] + [level_noise_size] * len(sides)
        width, *widths = features or [COARSE_FACTOR * base_channels] + [base_channels] * len(sides)
        of_detail = DetailGenerator if detail == "added" else SubpixelDetailGenerator
        self.coarse = CoarseGenerator(coarsest, channels, latent_size, width)
        self.details = nn.ModuleList(
            of_detail(side, channels, level_noise_size, width) for side, width in zip(sides, widths, strict=True)
        )

    def forward(self, z: Tensor) -> Tensor:
        """The images (N, C, S, S) of the finest level."""
        return self.levels(z)[-1].clamp(-1, 1)

    def levels(self, z: Tensor, real: list[Tensor] | None = None) -> list[Tensor]:
        """The images at every level, coarse to fine: each enlarges the one below and adds detail.

        Args:
            z: Latent vectors (N, sum of `sizes`).
            real: The levels of N real images, coarse to fine, which training enlarges in place of those just drawn.

        Returns:
            A tensor (N, C, S, S) for each level.
        """
        noise, *noises = torch.split(z, self.sizes, dim=1)
        images = [self.coarse(noise)]
        for level, (detail, noise) in enumerate(zip(self.details, noises, strict=True)):
            coarser = (real or images)[level]
            low = enlarge(coarser)
            if self.detail == "added":
                images.append(low + detail(noise, low))
            else:
                images.append(with_means((low + detail(noise, coarser)).float().tanh(), coarser))
        return images


class PyramidDiscriminator(Net):
    """Images (N, C, S, S) -> logits (N,): the mean over the levels.

    Args:
        image_size: S.
        channels: C.
        base_channels: As in the generator.
        features: As in the generator.
        coarse_convolutions: Of the coarsest level.
    """

    def __init__(
        self,
        *,
        image_size: int,
        channels: int = 1,
        base_channels: int = 64,
        features: Sequence[int] = (),
        coarse_convolutions: int = 2,
    ):
        super().__init__()
        coarsest, *sides = pyramid_sides(image_size)
        width, *widths = features or [COARSE_FACTOR * base_channels] + [base_channels] * len(sides)
        self.coarse = CoarseDiscriminator(coarsest, channels, width, coarse_convolutions)
        self.details = nn.ModuleList(
            DetailDiscriminator(side, channels, width) for side, width in zip(sides, widths, strict=True)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N,)."""
        levels = pyramid(images)
        return torch.stack(self.level_logits(levels, levels)).mean(dim=0)

    def level_logits(self, images: list[Tensor], below: list[Tensor]) -> list[Tensor]:
        """Logits (N,) of the image at every level, each under the condition of the enlarged one of `below`."""
        logits = [self.coarse(images[0])]
        for detail, image, coarser in zip(self.details, images[1:], below, strict=False):
            logits.append(detail(image, enlarge(coarser)))
        return logits
