"""Images to arrays of pixels: grids, heat maps and PNG files.

In the workshop `image` is a tensor (C, H, W), float32 in -1..1 or uint8, and `images` are a batch (N, C, H, W).
`image_array` is a NumPy array, uint8 (H, W) grey or (H, W, 3) RGB, as Pillow takes it. C is 1 or 3.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor

from gan_core.files import atomic_path

WHITE, DARK = 255, 24  # backgrounds, as grey levels

# Okabe & Ito's orange and sky blue, for more and less
MORE, LESS = np.array([230, 159, 0]), np.array([86, 180, 233])

# matplotlib's colour map magma (Smith and van der Walt 2015, CC0) at ten places, as plotly has it
MAGMA = ("000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668", "feca8d", "fcfdbf")

ImageArray = NDArray[np.uint8]
Images = Tensor | ImageArray


def png_bytes(image_array: ImageArray, scale: int = 1) -> bytes:
    """A PNG file of an image array, each pixel enlarged to a square of `scale` by `scale`."""
    buffer = io.BytesIO()
    # Level 1 is the quickest; the wire compresses too.
    Image.fromarray(enlarge(image_array, scale)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    """A PNG file as an address that a page can show without asking for a file."""
    return "data:image/png;base64," + b64encode(png).decode()


def save_png(path: str | Path, image_array: ImageArray) -> None:
    """Write a PNG file, whole or not at all.

    Raises:
        OSError: If that is impossible.
    """
    with atomic_path(Path(path)) as temporary:
        temporary.write_bytes(png_bytes(image_array))


def enlarge(image_array: ImageArray, scale: int) -> ImageArray:
    """Each pixel as a square of `scale` by `scale`."""
    return image_array.repeat(scale, axis=0).repeat(scale, axis=1)


def to_rgb(image_array: ImageArray) -> ImageArray:
    """A grey image array in three equal channels; an RGB one as it is."""
    return image_array if image_array.ndim == 3 else np.repeat(image_array[:, :, None], 3, axis=2)


def to_image_array(image: Images) -> ImageArray:
    """One image uint8 (C, H, W) as an array: (H, W) where C is 1, (H, W, 3) where it is 3."""
    array: ImageArray = to_image_arrays(image[None])[0]
    return array


def to_image_arrays(images: Images) -> ImageArray:
    """Images uint8 (N, C, H, W) as one array, (N, H, W) or (N, H, W, 3)."""
    array: ImageArray = images.cpu().numpy() if isinstance(images, Tensor) else images
    return array[:, 0] if array.shape[1] == 1 else array.transpose(0, 2, 3, 1)


def grid(
    images: Images, columns: int, *, pad: int = 2, background: int | Sequence[int] = WHITE, scale: int = 1
) -> ImageArray:
    """Images row by row in one image array.

    Args:
        images: uint8 (N, C, H, W), N of at least 1.
        columns: Images in a row; fewer where there are fewer images.
        pad: Pixels between the images and around them.
        background: Grey level or, for RGB images, a color; places left over in the last row have it too.
        scale: Whole factor by which each image is enlarged; `pad` is not.
    """
    cells = [enlarge(image_array, scale) for image_array in to_image_arrays(images)]
    height, width, *channels = cells[0].shape
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    canvas = np.empty((pad + rows * (height + pad), pad + columns * (width + pad), *channels), np.uint8)
    canvas[:] = background
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        top, left = pad + row * (height + pad), pad + column * (width + pad)
        canvas[top : top + height, left : left + width] = cell
    return canvas


def heat(values: ArrayLike, maximum: float | None = None) -> ImageArray:
    """A map of values from 0 up as an RGB image array, black over purple and orange to pale yellow (magma).

    Args:
        values: (H, W).
        maximum: The value that gets the brightest color; None takes the largest in the map.
    """
    colors: ImageArray = _magma()[np.rint(_strength(values, maximum) * 255).astype(np.uint8)]
    return colors


def signed_overlay(image_array: ImageArray, change: ArrayLike, maximum: float) -> ImageArray:
    """An image with a signed map over it, as an RGB image array: orange where the map is above 0, blue where below.

    Args:
        image_array: (H, W) or (H, W, 3).
        change: (H, W); the further from 0, the stronger its color.
        maximum: The distance from 0 that hides the image, above 0.
    """
    signed = np.clip(np.nan_to_num(np.asarray(change, dtype=np.float64)) / maximum, -1, 1)[:, :, None]
    color = np.where(signed > 0, MORE, LESS)
    mixed: ImageArray = np.rint(to_rgb(image_array) * (1 - abs(signed)) + color * abs(signed)).astype(np.uint8)
    return mixed


def _strength(values: ArrayLike, maximum: float | None) -> NDArray[np.float64]:
    """Values as a share of the maximum, 0 .. 1; all 0 where nothing is above 0."""
    array = np.nan_to_num(np.asarray(values, dtype=np.float64))
    maximum = float(array.max()) if maximum is None else maximum
    return np.clip(array / maximum, 0, 1) if maximum > 0 else np.zeros_like(array)


@cache
def _magma() -> ImageArray:
    """256 colors, uint8 (256, 3), evenly spaced to the eye."""
    stops = np.array([tuple(bytes.fromhex(color)) for color in MAGMA])
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, np.arange(len(stops)), channel) for channel in stops.T]
    colors: ImageArray = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return colors
