"""The atlas: what every entry of the latent vector does, in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from gan_core.images import DARK, WHITE, grid
from gan_core.latent.arguments import python_arguments
from gan_core.models.checkpoint import Checkpoint

# Pixels
FONT_SIZE = 13
CAPTION = 20  # above each entry's pictures
MARGIN = 12
GAP = 12  # between two entries


@dataclass(frozen=True)
class Atlas:
    """The picture of one vector with each entry at three values and all others unchanged.

    entries: in the order that was asked for
    values:  for each of them -3, 0, 3; -1, 0, 1 if it is a code; 0, 0.5, 1 if it is the weight of a class or category
    images:  uint8 (E, 3, C, H, W)
    names:   what the entries are called
    """

    entries: tuple[int, ...]
    values: tuple[tuple[float, float, float], ...]
    images: Tensor
    names: tuple[str, ...]


@python_arguments
def atlas(checkpoint: Checkpoint, vector: Tensor, entries: Sequence[int] | None = None) -> Atlas:
    """Draw the atlas of `vector` (size,), with `entries` in their order, by default all of them.

    Raises `LatentError` for entries that are not there or a vector of the wrong length.
    """
    spec = checkpoint.latent_spec
    entries = range(spec.size) if entries is None else entries
    spec.check(vector[None])
    spec.check_entries(entries)
    values = tuple(spec.values_of(entry) for entry in entries)
    moved = vector.repeat(len(entries), 3, 1)
    for row, entry in enumerate(entries):
        moved[row, :, entry] = torch.tensor(values[row], dtype=vector.dtype)
    images = checkpoint.draw(moved.flatten(0, 1)).unflatten(0, (len(entries), 3))
    return Atlas(tuple(entries), values, images, tuple(spec.entry_names(entries)))


def atlas_picture(
    atlas: Atlas, strengths: Sequence[float], *, columns: int = 10, scale: int = 2, dark: bool = False
) -> np.ndarray:
    """The atlas as one RGB picture for files and print, entries row by row with their names above them.

    strengths: a number for each entry, written beside its name
    columns:   entries side by side
    scale:     whole factor by which each image is enlarged
    """
    background, ink, faint = ((level,) * 3 for level in ((DARK, 235, 150) if dark else (WHITE, 30, 110)))
    font = ImageFont.load_default(FONT_SIZE)
    strips = [_rgb(grid(images, 3, pad=2, background=background[0], scale=scale)) for images in atlas.images]
    names = [_legible(name, entry) for name, entry in zip(atlas.names, atlas.entries, strict=True)]
    captions = [(name, f"{strength:.3f}") for name, strength in zip(names, strengths, strict=True)]
    height, width = strips[0].shape[:2]
    width = max(width, round(max(font.getlength("  ".join(caption)) for caption in captions)))
    columns = min(columns, len(strips))
    rows = -(-len(strips) // columns)
    full_width = 2 * MARGIN + columns * (width + GAP) - GAP
    full_height = 2 * MARGIN + rows * (CAPTION + height + GAP) - GAP
    picture = Image.new("RGB", (full_width, full_height), background)
    draw = ImageDraw.Draw(picture)
    for index, (strip, (name, strength)) in enumerate(zip(strips, captions, strict=True)):
        row, column = divmod(index, columns)
        left, top = MARGIN + column * (width + GAP), MARGIN + row * (CAPTION + height + GAP)
        draw.text((left + 2, top + CAPTION / 2), name, ink, font, anchor="lm")
        draw.text((left + width - 2, top + CAPTION / 2), strength, faint, font, anchor="rm")
        picture.paste(Image.fromarray(strip), (left, top + CAPTION))
    return np.asarray(picture)


def _legible(name: str, entry: int) -> str:
    """The name, or the number: the built-in font has Latin letters only."""
    return name if name.isascii() else f"entry {entry}"


def _rgb(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
