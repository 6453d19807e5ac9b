"""Images to pictures: arrays, grids, heat maps and PNG files.

A picture is a numpy array, uint8 (H, W) grey or (H, W, 3) RGB. Images of a generator are uint8 (N, C, H, W).
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from gan_core.files import atomic_path

WHITE, DARK = 255, 24  # backgrounds, as grey levels

# matplotlib's colour map magma (Smith and van der Walt 2015, CC0) at ten places, as plotly has it
MAGMA = ("000004", "180f3d", "440f76", "721f81", "9e2f7f", "cd4071", "f1605d", "fd9668", "feca8d", "fcfdbf")

Images = Tensor | np.ndarray


def png_bytes(image: np.ndarray, scale: int = 1) -> bytes:
    """A PNG file of `image`, each pixel enlarged to a square of `scale` by `scale`.

    image: uint8 (H, W) grey or (H, W, 3) RGB
    """
    buffer = io.BytesIO()
    # Level 1 is the quickest; the wire compresses too.
    Image.fromarray(enlarge(image, scale)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    """A PNG file as an address that a page can show without asking for a file."""
    return "data:image/png;base64," + b64encode(png).decode()


def save_png(path: str | Path, picture: np.ndarray) -> None:
    """Write a PNG file, whole or not at all. Raises `OSError` when that is impossible."""
    with atomic_path(Path(path)) as temporary:
        temporary.write_bytes(png_bytes(picture))


def enlarge(picture: np.ndarray, scale: int) -> np.ndarray:
    """Each pixel as a square of `scale` by `scale`."""
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def to_array(image: Images) -> np.ndarray:
    """One image uint8 (C, H, W) as a picture: (H, W) where C is 1, (H, W, 3) where it is 3."""
    return to_arrays(image[None])[0]


def to_arrays(images: Images) -> np.ndarray:
    """Images uint8 (N, C, H, W) as pictures in one array, (N, H, W) or (N, H, W, 3)."""
    array = images.cpu().numpy() if isinstance(images, Tensor) else images
    return array[:, 0] if array.shape[1] == 1 else array.transpose(0, 2, 3, 1)


def grid(
    images: Images, columns: int, *, pad: int = 2, background: int | Sequence[int] = WHITE, scale: int = 1
) -> np.ndarray:
    """Images uint8 (N, C, H, W), N of at least 1, row by row as one picture.

    pad:        pixels between the images and around them
    background: grey level or, for RGB images, a colour; places left over in the last row have it too
    scale:      whole factor by which each image is enlarged; `pad` is not
    """
    cells = [enlarge(picture, scale) for picture in to_arrays(images)]
    height, width, *colours = cells[0].shape
    columns = min(columns, len(cells))
    rows = -(-len(cells) // columns)
    canvas = np.empty((pad + rows * (height + pad), pad + columns * (width + pad), *colours), np.uint8)
    canvas[:] = background
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        top, left = pad + row * (height + pad), pad + column * (width + pad)
        canvas[top : top + height, left : left + width] = cell
    return canvas


def heat(values: Images, maximum: float | None = None) -> np.ndarray:
    """A map (H, W) of values from 0 up as an RGB picture, black over purple and orange to pale yellow (magma).

    maximum: the value that gets the brightest colour; None takes the largest in the map
    """
    return _magma()[np.rint(_strength(values, maximum) * 255).astype(np.uint8)]


def overlay(picture: np.ndarray, values: Images, maximum: float | None = None) -> np.ndarray:
    """A picture with a heat map (H, W) laid over it, the more opaque the larger the value; RGB."""
    base = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    opacity = 0.85 * _strength(values, maximum)[:, :, None]
    return np.rint(base * (1 - opacity) + heat(values, maximum) * opacity).astype(np.uint8)


def _strength(values: Images, maximum: float | None) -> np.ndarray:
    """Values as a share of the maximum, 0 .. 1; all 0 where nothing is above 0."""
    array = np.nan_to_num(np.asarray(values, dtype=np.float64))
    maximum = array.max() if maximum is None else maximum
    return np.clip(array / maximum, 0, 1) if maximum > 0 else np.zeros_like(array)


@cache
def _magma() -> np.ndarray:
    """256 colours, uint8 (256, 3), evenly spaced to the eye."""
    stops = np.array([tuple(bytes.fromhex(colour)) for colour in MAGMA])
    places = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(places, np.arange(len(stops)), channel) for channel in stops.T]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)
