"""Differentiable augmentation (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training").

With few images D learns them by heart. So D sees neither a real image nor a fake as it is, but both changed at random
in the same ways: shifted, with a hole, brighter or paler. The changes are differentiable, and G learns through them:

    L_D = E[f(D(T(x)))] + E[f(-D(T(G(z))))]          L_G = E[f(-D(T(G(z))))]

Were only the real images changed, G would learn to draw holes.

Instance noise (Sonderby et al. 2017, "Amortised MAP Inference for Image Super-resolution") is one more such change:
with it the images that D has to tell apart overlap, so that a D which is far ahead still tells G where to go.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

MAX_SHIFT = 1 / 8  # of the side
HOLE_SIDE = 1 / 2  # of the side
GRAY = 0.0  # of what a shift leaves free, and of a hole

# The most that `warp` does.
MAX_TURN = 0.25  # radians
MAX_SLANT = 0.4  # sideways for each pixel of height
MAX_STRETCH = 0.2
MAX_DRIFT = 0.06  # of the side

# What may be done to images, by the value of a config's `augment`.
POLICIES: dict[str, frozenset[str]] = {
    "none": frozenset(),
    "translation": frozenset({"translation"}),
    "translation_cutout": frozenset({"translation", "cutout"}),
    "color_translation_cutout": frozenset({"color", "translation", "cutout"}),
}


@dataclass(frozen=True)
class Augmentation:
    """One random change for each image of a batch, the same at every scale of a pyramid.

    Attributes:
        side: Side of the coarsest scale. Shifts and holes are whole pixels of it, so that a coarse image which was
            changed is what a fine image that was changed would give.
        color: Brightness added, factor of saturation, factor of contrast, float32 (N,) each; or None.
        shift: Pixels down and to the right, int64 (N, 2); or None.
        hole: Center of the hole, down and from the left, int64 (N, 2); or None.
        noise: Added at the finest scale, float32 (N, C, S, S), and its means at coarser ones; or None.
    """

    side: int
    color: tuple[Tensor, Tensor, Tensor] | None = None
    shift: Tensor | None = None
    hole: Tensor | None = None
    noise: Tensor | None = None

    @classmethod
    def draw(cls, policy: str, images: Tensor, side: int, noise: float = 0.0) -> Augmentation:
        """Random changes, from the default generator of the images' device, which belongs to training.

        Args:
            policy: One of `POLICIES`.
            images: The finest scale, (N, C, S, S).
            side: Of the coarsest scale, in pixels.
            noise: Standard deviation of instance noise.
        """
        parts, count, device = POLICIES[policy], len(images), images.device
        color = shift = hole = None
        if "color" in parts:
            brightness, saturation, contrast = torch.rand(3, count, device=device)
            color = (brightness - 0.5, 2 * saturation, contrast + 0.5)
        if "translation" in parts:
            most = int(side * MAX_SHIFT + 0.5)
            shift = torch.randint(-most, most + 1, (count, 2), device=device)
        if "cutout" in parts:
            hole = torch.randint(0, side + 1 - _hole_side(side) % 2, (count, 2), device=device)
        instance = noise * torch.randn(images.shape, device=device) if noise else None
        return cls(side, color, shift, hole, instance)

    def __call__(self, images: Tensor) -> Tensor:
        """The changed images, float32 (N, C, S, S), of images in -1 .. 1; S is a multiple of `side`."""
        images = images.float()
        scale = images.shape[-1] // self.side
        if self.color is not None:
            images = recolor(images, *self.color)
        if self.shift is not None:
            images = translate(images, self.shift * scale)
        if self.hole is not None:
            images = cut_out(images, (self.hole - _hole_side(self.side) // 2) * scale, _hole_side(self.side) * scale)
        if self.noise is not None:
            images = images + avg_pool2d(self.noise, self.noise.shape[-1] // images.shape[-1])
        return images


def recolor(images: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Images (N, C, H, W) with other colors, one value (N,) each.

    Args:
        images: Gray or RGB; they may leave -1 .. 1.
        brightness: Added to every pixel.
        saturation: Factor of the distance from the pixel's mean over the channels.
        contrast: Factor of the distance from the image's mean.
    """
    brightness, saturation, contrast = (value[:, None, None, None] for value in (brightness, saturation, contrast))
    images = images + brightness
    images = torch.lerp(images.mean(dim=1, keepdim=True), images, saturation)
    return torch.lerp(images.mean(dim=(1, 2, 3), keepdim=True), images, contrast)


def translate(images: Tensor, shift: Tensor) -> Tensor:
    """Images (N, C, S, S) moved by `shift`, int64 (N, 2) pixels down and to the right; gray where nothing was."""
    side = images.shape[-1]
    ahead = torch.arange(side, device=images.device)
    down, right = (ahead - shift[:, :1], ahead - shift[:, 1:])  # where each row and column comes from, (N, S)
    centers = torch.stack(
        [right[:, None, :].expand(-1, side, -1), down[:, :, None].expand(-1, -1, side)], dim=3
    )  # grid_sample wants x before y, and -1 .. 1 from edge to edge
    return grid_sample(images, (2 * centers + 1) / side - 1, mode="nearest", padding_mode="zeros", align_corners=False)


def cut_out(images: Tensor, corner: Tensor, side: int) -> Tensor:
    """Images (N, C, S, S) with a gray square, as far as it lies inside.

    Args:
        images: In -1 .. 1.
        corner: Row and column of the square's upper left pixel, int64 (N, 2).
        side: Of the square.
    """
    place = torch.arange(images.shape[-1], device=images.device) - corner[:, :, None]  # (N, 2, S)
    rows, columns = ((place >= 0) & (place < side)).unbind(1)
    hole = rows[:, None, :, None] & columns[:, None, None, :]
    return images.masked_fill(hole, GRAY)


def _hole_side(side: int) -> int:
    return int(side * HOLE_SIDE + 0.5)


def warp(images: Tensor) -> Tensor:
    """Images float32 (N, C, S, S), each turned, slanted, stretched and moved a little; it shows what it showed.

    The random numbers come from the device's default generator, which belongs to training.
    """
    turn, slant, wider, higher, right, down = 2 * torch.rand(6, len(images), device=images.device) - 1
    sine, cosine = (MAX_TURN * turn).sin(), (MAX_TURN * turn).cos()
    slant, wider, higher = MAX_SLANT * slant, 1 + MAX_STRETCH * wider, 1 + MAX_STRETCH * higher
    # Where each point comes from: in coordinates of -1 .. 1, so a drift of the side is twice as much.
    across = torch.stack([cosine * wider, slant * cosine - sine * higher, 2 * MAX_DRIFT * right], dim=1)
    along = torch.stack([sine * wider, slant * sine + cosine * higher, 2 * MAX_DRIFT * down], dim=1)
    sources = affine_grid(torch.stack([across, along], dim=1), list(images.shape), align_corners=False)
    return grid_sample(images.float(), sources, padding_mode="border", align_corners=False)
