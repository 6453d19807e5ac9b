"""A sweep as one picture with its labels, for files and print."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_core.images import DARK, WHITE, enlarge, to_arrays
from gan_core.latent.sheet import Sheet

# Pixels
FONT_SIZE = 13
LEAST_CELL = 16  # a row or column is never narrower than its label
MARGIN = 10
HEADER = 28  # above the first row, for the numbers of the columns
GROUP_GAP = 9  # between two entries, around the line that parts them


def labelled_sheet(
    sheet: Sheet, *, names: Sequence[str] | None = None, scale: int = 2, pad: int = 2, dark: bool = False
) -> np.ndarray:
    """A sweep as one RGB picture: entries and their values down the side, base vectors numbered along the top.

    names: what to call the entries, by default as the sheet does; the built-in font has Latin letters only
    scale: whole factor by which each image is enlarged
    """
    names = names or [_legible(name, entry) for name, entry in zip(sheet.names, sheet.entries, strict=True)]
    values = [f"{value:.4g}" for value in sheet.values]
    columns = sheet.images.shape[2]
    background, ink, faint = ((level,) * 3 for level in ((DARK, 235, 70) if dark else (WHITE, 30, 215)))

    font = ImageFont.load_default(FONT_SIZE)
    values_right = MARGIN + _text_width(names, font) + 12 + _text_width(values, font)
    strip_height, strip_width = _strip(sheet, 0, 0, scale, pad, background).shape[:2]
    group_height = len(values) * (strip_height + pad) - pad
    left, right = values_right + MARGIN, values_right + MARGIN + strip_width
    bottom = HEADER + len(names) * (group_height + GROUP_GAP) - GROUP_GAP
    picture = Image.new("RGB", (right + MARGIN, bottom + MARGIN), background)
    draw = ImageDraw.Draw(picture)

    for column in range(columns):
        centre = left + (column + 0.5) * (strip_width + pad) / columns - pad / 2
        draw.text((centre, HEADER - 9), str(column + 1), ink, font, anchor="ms")
    for group, name in enumerate(names):
        top = HEADER + group * (group_height + GROUP_GAP)
        if group > 0:
            middle_of_gap = top - GROUP_GAP // 2 - 1
            draw.line((MARGIN, middle_of_gap, right - 1, middle_of_gap), faint)
        draw.text((MARGIN, top + group_height / 2), name, ink, font, anchor="lm")
        for row, value in enumerate(values):
            row_top = top + row * (strip_height + pad)
            draw.text((values_right, row_top + strip_height / 2), value, ink, font, anchor="rm")
            strip = _strip(sheet, group, row, scale, pad, background)
            picture.paste(Image.fromarray(strip), (left, row_top))
    return np.asarray(picture)


def _strip(sheet: Sheet, group: int, row: int, scale: int, pad: int, background: tuple[int, ...]) -> np.ndarray:
    """The images of one row side by side, RGB, each in a cell of at least `LEAST_CELL`."""
    images = [enlarge(image, scale) for image in to_arrays(sheet.images[group, row])]
    image_height, image_width = images[0].shape[:2]
    height, width = max(image_height, LEAST_CELL), max(image_width, LEAST_CELL)
    strip = np.empty((height, len(images) * (width + pad) - pad, 3), np.uint8)
    strip[:] = background
    for column, image in enumerate(images):
        left = column * (width + pad) + (width - image_width) // 2
        # A grey image gets a last axis of one, which fills all three colours.
        strip[:image_height, left : left + image_width] = image.reshape(image_height, image_width, -1)
    return strip


def _legible(name: str, entry: int) -> str:
    """The name, or the number where the font may lack its letters."""
    return name if name.isascii() else f"entry {entry}"


def _text_width(texts: Sequence[str], font: ImageFont.FreeTypeFont) -> int:
    return round(max(font.getlength(text) for text in texts))
