"""Changes of size and colour on whole datasets, uint8 (N, C, H, W) in and out."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK = 1024  # images per step, so that intermediate results stay small beside the dataset


def to_channels(images: Tensor, channels: int) -> Tensor:
    """Grey to RGB by repetition, RGB to grey by the luma weights 0.299, 0.587, 0.114 (ITU-R BT.601, as Pillow)."""
    if images.shape[1] == channels:
        return images
    if channels == 3:
        return images.repeat(1, 3, 1, 1)
    grey = torch.empty(len(images), 1, *images.shape[2:], dtype=torch.uint8)
    for part, out in zip(images.split(CHUNK), grey.split(CHUNK), strict=True):
        red, green, blue = part.to(torch.int32).unbind(1)
        out[:, 0] = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return grey


def to_size(images: Tensor, size: int) -> Tensor:
    """Resized to `size` x `size`, bilinear with anti-aliasing."""
    if images.shape[-1] == size:
        return images
    resized = torch.empty(*images.shape[:2], size, size, dtype=torch.uint8)
    for part, out in zip(images.split(CHUNK), resized.split(CHUNK), strict=True):
        out.copy_(F.interpolate(part, (size, size), mode="bilinear", antialias=True))
    return resized


def pad_to_size(images: Tensor, size: int) -> Tensor:
    """The same pixels in the middle of a black frame."""
    before = (size - images.shape[-1]) // 2
    after = size - images.shape[-1] - before
    return F.pad(images, (before, after, before, after))
