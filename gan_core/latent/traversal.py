"""Latent traversals: what happens to images when one entry of z changes and all others stay.

A `Traversal` sets a few entries to a few values in several vectors; a `TraversalOverview` looks at every entry of one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.images import DARK, WHITE, enlarge, grid, png_bytes, to_image_arrays, to_rgb
from gan_core.latent.arguments import python_arguments
from gan_core.models.checkpoint import Checkpoint

MAX_IMAGES = 4096

# Of labelled image arrays, in pixels
FONT_SIZE = 13
MIN_CELL = 16  # a row or column of a traversal is never narrower than its label
MARGIN = 10
HEADER = 28  # above the first row, for the numbers of the columns
GROUP_GAP = 9  # between two entries, around the line that parts them
CAPTION = 20  # above each entry of an overview
OVERVIEW_GAP = 12  # between two entries of an overview, and around them

Grey = tuple[int, int, int]


@dataclass(frozen=True)
class Traversal:
    """The images of a traversal. A row is one entry at one value, a column one base vector.

    A notebook shows it with its labels, see `labelled_traversal`.

    Attributes:
        images: Uint8 (entries, values, B, C, H, W).
        entries: Indices into z; of directions where those were traversed.
        values: What each entry was set to, or how far each direction was followed.
        z: The base vectors, float32 (B, size).
        names: What the entries are called, see `LatentSpec.entry_names`.
    """

    images: Tensor
    entries: tuple[int, ...]
    values: tuple[float, ...]
    z: Tensor
    names: tuple[str, ...]

    def __repr__(self) -> str:
        rows, columns = len(self.entries) * len(self.values), len(self.z)
        return f"<traversal of {rows} rows and {columns} columns, entries {', '.join(map(str, self.entries))}>"

    def _repr_png_(self) -> bytes:
        return png_bytes(labelled_traversal(self))


@dataclass(frozen=True)
class TraversalOverview:
    """The images of one vector with each entry at three values and all others unchanged.

    Attributes:
        entries: In the order that was asked for.
        values: The three values of each, see `LatentSpec.values_of`.
        images: Uint8 (E, 3, C, H, W).
        names: What the entries are called.
    """

    entries: tuple[int, ...]
    values: tuple[tuple[float, float, float], ...]
    images: Tensor
    names: tuple[str, ...]


@python_arguments
def set_entries(z: Tensor, entries: Sequence[int], values: Sequence[float]) -> Tensor:
    """Vectors `z` (B, size) with each entry set to each value in turn, (entries, values, B, size)."""
    moved = z.repeat(len(entries), len(values), 1, 1)
    for row, entry in enumerate(entries):
        moved[row, :, :, entry] = torch.as_tensor(values, dtype=z.dtype)[:, None]
    return moved


@python_arguments
def traverse(checkpoint: Checkpoint, z: Tensor, entries: Sequence[int], values: Sequence[float]) -> Traversal:
    """Draw every base vector with each entry set to each value.

    Args:
        checkpoint: The generator.
        z: Base vectors (B, size).
        entries: Indices into z; class weights are entries too.
        values: What each of them is set to.

    Raises:
        LatentError: For entries that are not there, vectors of the wrong length, and more than `MAX_IMAGES` images.
    """
    spec = checkpoint.latent_spec
    spec.check(z)
    spec.check_entries(entries)
    if not values:
        raise LatentError("no value is given; a sweep needs at least one, such as 0")
    count = len(entries) * len(values) * len(z)
    if count > MAX_IMAGES:
        raise LatentError(
            "{entries} entries x {values} values x {columns} columns are {count} pictures; choose fewer, "
            "at most {limit}",
            entries=len(entries),
            values=len(values),
            columns=len(z),
            count=count,
            limit=MAX_IMAGES,
        )
    moved = set_entries(z, entries, values)
    images = torch.unflatten(checkpoint.draw(moved.flatten(0, 2)), 0, moved.shape[:3])
    return Traversal(images, tuple(entries), tuple(values), z, tuple(spec.entry_names(entries)))


@python_arguments
def draw_overview(checkpoint: Checkpoint, vector: Tensor, entries: Sequence[int] | None = None) -> TraversalOverview:
    """Draw `vector` (size,) with each of `entries`, by default all of them, at its low, middle and high value.

    Raises:
        LatentError: For entries that are not there or a vector of the wrong length.
    """
    spec = checkpoint.latent_spec
    entries = range(spec.size) if entries is None else entries
    spec.check(vector[None])
    spec.check_entries(entries)
    values = tuple(spec.values_of(entry) for entry in entries)
    moved = torch.cat([set_entries(vector[None], [entry], spec.values_of(entry)) for entry in entries])
    images = torch.unflatten(checkpoint.draw(moved.flatten(0, 2)), 0, (len(entries), 3))
    return TraversalOverview(tuple(entries), values, images, tuple(spec.entry_names(entries)))


def traversal_npz(traversal: Traversal) -> bytes:
    """A NumPy archive (`numpy.load`) of a traversal of E entries at V values over B base vectors.

    Returns:
        images: uint8 (E, V, B, C, H, W)
        vectors: float32 (E, V, B, size), the z of each image
        base: float32 (B, size), the vectors that the columns began with
        entries: int64 (E,); values: float32 (V,); names: text (E,), "entry 5" or "class Dress"
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=traversal.images.numpy(),
        vectors=set_entries(traversal.z, traversal.entries, traversal.values).numpy(),
        base=traversal.z.numpy(),
        entries=np.array(traversal.entries, dtype=np.int64),
        values=np.array(traversal.values, dtype=np.float32),
        names=np.array(traversal.names, dtype=np.str_),
    )
    return buffer.getvalue()


def labelled_traversal(
    traversal: Traversal, *, names: Sequence[str] | None = None, scale: int = 2, pad: int = 2, dark: bool = False
) -> np.ndarray:
    """A traversal for files and print: entries and their values down the side, base vectors numbered along the top.

    Args:
        traversal: What is drawn.
        names: What to call the entries, by default as the traversal does; the built-in font has Latin letters only.
        scale: Whole factor by which each image is enlarged.
        pad: Pixels between two images.
        dark: Whether the background is dark.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    names = names or _latin(traversal.names, traversal.entries)
    values = [f"{value:.4g}" for value in traversal.values]
    columns = len(traversal.z)
    background, ink, faint = _greys((DARK, 235, 70) if dark else (WHITE, 30, 215))

    font = ImageFont.load_default(FONT_SIZE)
    values_right = MARGIN + _text_width(names, font) + 12 + _text_width(values, font)
    strip_height, strip_width = _strip(traversal.images[0, 0], scale, pad, background).shape[:2]
    group_height = len(values) * (strip_height + pad) - pad
    left, right = values_right + MARGIN, values_right + MARGIN + strip_width
    bottom = HEADER + len(names) * (group_height + GROUP_GAP) - GROUP_GAP
    canvas = Image.new("RGB", (right + MARGIN, bottom + MARGIN), background)
    draw = ImageDraw.Draw(canvas)

    for column in range(columns):
        center = left + (column + 0.5) * (strip_width + pad) / columns - pad / 2
        draw.text((center, HEADER - 9), str(column + 1), ink, font, anchor="ms")
    for group, name in enumerate(names):
        top = HEADER + group * (group_height + GROUP_GAP)
        if group > 0:
            middle_of_gap = top - GROUP_GAP // 2 - 1
            draw.line((MARGIN, middle_of_gap, right - 1, middle_of_gap), faint)
        draw.text((MARGIN, top + group_height / 2), name, ink, font, anchor="lm")
        for row, value in enumerate(values):
            row_top = top + row * (strip_height + pad)
            draw.text((values_right, row_top + strip_height / 2), value, ink, font, anchor="rm")
            strip = _strip(traversal.images[group, row], scale, pad, background)
            canvas.paste(Image.fromarray(strip), (left, row_top))
    return np.asarray(canvas)


def labelled_overview(
    overview: TraversalOverview, strengths: Sequence[float], *, columns: int = 10, scale: int = 2, dark: bool = False
) -> np.ndarray:
    """An overview for files and print, entries row by row with their names above them.

    Args:
        overview: What is drawn.
        strengths: A number for each entry, written beside its name.
        columns: Entries side by side.
        scale: Whole factor by which each image is enlarged.
        dark: Whether the background is dark.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    background, ink, faint = _greys((DARK, 235, 150) if dark else (WHITE, 30, 110))
    font = ImageFont.load_default(FONT_SIZE)
    strips = [to_rgb(grid(images, 3, pad=2, background=background[0], scale=scale)) for images in overview.images]
    names = _latin(overview.names, overview.entries)
    captions = [(name, f"{strength:.3f}") for name, strength in zip(names, strengths, strict=True)]
    height, width = strips[0].shape[:2]
    width = max(width, _text_width(["  ".join(caption) for caption in captions], font))
    columns = min(columns, len(strips))
    rows = -(-len(strips) // columns)
    full_width = OVERVIEW_GAP + columns * (width + OVERVIEW_GAP)
    full_height = OVERVIEW_GAP + rows * (CAPTION + height + OVERVIEW_GAP)
    canvas = Image.new("RGB", (full_width, full_height), background)
    draw = ImageDraw.Draw(canvas)
    for index, (strip, (name, strength)) in enumerate(zip(strips, captions, strict=True)):
        row, column = divmod(index, columns)
        left = OVERVIEW_GAP + column * (width + OVERVIEW_GAP)
        top = OVERVIEW_GAP + row * (CAPTION + height + OVERVIEW_GAP)
        draw.text((left + 2, top + CAPTION / 2), name, ink, font, anchor="lm")
        draw.text((left + width - 2, top + CAPTION / 2), strength, faint, font, anchor="rm")
        canvas.paste(Image.fromarray(strip), (left, top + CAPTION))
    return np.asarray(canvas)


def _strip(images: Tensor, scale: int, pad: int, background: Grey) -> np.ndarray:
    """Images (B, C, H, W) side by side, RGB, each in a cell of at least `MIN_CELL`."""
    cells = [enlarge(image, scale) for image in to_image_arrays(images)]
    image_height, image_width = cells[0].shape[:2]
    height, width = max(image_height, MIN_CELL), max(image_width, MIN_CELL)
    strip = np.empty((height, len(cells) * (width + pad) - pad, 3), np.uint8)
    strip[:] = background
    for column, cell in enumerate(cells):
        left = column * (width + pad) + (width - image_width) // 2
        # A grey image gets a last axis of one, which fills all three colours.
        strip[:image_height, left : left + image_width] = cell.reshape(image_height, image_width, -1)
    return strip


def _latin(names: Sequence[str], entries: Sequence[int]) -> list[str]:
    """The names, or the indices where the built-in font lacks their letters."""
    return [name if name.isascii() else f"entry {entry}" for name, entry in zip(names, entries, strict=True)]


def _greys(levels: tuple[int, int, int]) -> list[Grey]:
    """Each of the levels as a colour."""
    return [(level, level, level) for level in levels]


def _text_width(texts: Sequence[str], font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> int:
    return round(max(font.getlength(text) for text in texts))
