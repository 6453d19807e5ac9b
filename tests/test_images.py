import base64
import io
import os

import numpy as np
import pytest
import torch
from PIL import Image

from gan_core.images import data_uri, grid, heat, png_bytes, save_png, signed_overlay, to_image_array, to_rgb

RED = (255, 0, 0)


def decode(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def numbered(n: int, channels: int = 1, size: int = 4) -> torch.Tensor:
    """Images filled with 10, 20, 30 ..."""
    return torch.arange(1, n + 1, dtype=torch.uint8).mul(10).view(n, 1, 1, 1).repeat(1, channels, size, size)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3)])
def test_png_keeps_every_pixel(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(decode(png_bytes(picture)), picture)
    enlarged = decode(png_bytes(picture, scale=3))
    assert enlarged.shape == (9, 15, *shape[2:])
    assert np.array_equal(enlarged[1::3, 1::3], picture)
    assert np.array_equal(enlarged[:3, :3], np.broadcast_to(picture[0, 0], (3, 3, *shape[2:])))


def test_data_uri_holds_the_file():
    png = png_bytes(np.zeros((2, 2), np.uint8))
    head, _, body = data_uri(png).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == png


def test_save_png_writes_the_whole_file_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "new" / "picture.png"
    save_png(path, np.full((2, 3), 7, np.uint8))
    assert np.array_equal(decode(path.read_bytes()), np.full((2, 3), 7))

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_png(path, np.zeros((2, 3), np.uint8))
    assert np.array_equal(decode(path.read_bytes()), np.full((2, 3), 7))
    assert list(path.parent.iterdir()) == [path]


def test_to_array():
    grey, colour = torch.arange(4, dtype=torch.uint8).view(1, 2, 2), torch.arange(12, dtype=torch.uint8).view(3, 2, 2)
    assert to_image_array(grey).tolist() == [[0, 1], [2, 3]]
    assert to_image_array(colour)[0, 1].tolist() == [1, 5, 9]
    assert np.array_equal(to_image_array(colour.numpy()), to_image_array(colour))


def test_grid_places_images_row_by_row():
    picture = grid(numbered(5), columns=3, pad=2, background=99)
    assert picture.shape == (2 + 2 * 6, 2 + 3 * 6)
    assert picture.dtype == np.uint8
    assert [int(picture[2 + 6 * row, 2 + 6 * column]) for row in (0, 1) for column in (0, 1, 2)] == [
        *(10, 20, 30),
        *(40, 50, 99),
    ]
    assert (picture[:2] == 99).all()
    assert (picture[:, 6:8] == 99).all()
    assert (picture == 20).sum() == 16


def test_grid_of_colours():
    picture = grid(numbered(4, channels=3), columns=2, pad=1, background=RED)
    assert picture.shape == (11, 11, 3)
    assert tuple(picture[0, 0]) == RED
    assert tuple(picture[-2, -2]) == (40, 40, 40)


def test_grid_scale_and_pad():
    assert grid(numbered(2), columns=2, pad=0).shape == (4, 8)
    enlarged = grid(numbered(2), columns=2, pad=1, scale=3)
    assert enlarged.shape == (14, 27)
    assert (enlarged[1:13, 1:13] == 10).all()


def test_grid_has_no_empty_columns():
    assert grid(numbered(2), columns=10, pad=0).shape == (4, 8)


def test_an_overlay_is_orange_above_zero_and_blue_below():
    image = np.full((1, 4), 100, np.uint8)
    shown = signed_overlay(image, [[0.0, 1.0, -1.0, 4.0]], maximum=2.0)
    # Half way from (100, 100, 100) to orange (230, 159, 0) and to blue (86, 180, 233); beyond the maximum all orange.
    assert shown.tolist() == [[[100, 100, 100], [165, 130, 50], [93, 140, 166], [230, 159, 0]]]


def test_heat_is_brighter_where_the_value_is_larger():
    picture = heat(torch.linspace(0, 1, 50).view(1, 50))
    assert picture.shape == (1, 50, 3)
    assert picture.dtype == np.uint8
    brightness = picture[0].astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(brightness) > 0).all()
    assert picture[0, 0].max() < 8
    assert tuple(picture[0, -1]) == (252, 253, 191)


def test_heat_scale():
    values = np.array([[0.0, 0.5, 2.0]])
    assert np.array_equal(heat(values, maximum=0.5)[0, 1], heat(values, maximum=0.5)[0, 2])
    assert np.array_equal(heat(values)[0, 2], heat(values, maximum=0.5)[0, 1])
    assert np.array_equal(heat(np.array([[np.nan, -1.0]])), heat(np.zeros((1, 2))))


def test_grey_in_three_channels():
    grey = np.array([[1, 2], [3, 4]], np.uint8)
    assert to_rgb(grey).tolist() == [[[1] * 3, [2] * 3], [[3] * 3, [4] * 3]]
    assert np.array_equal(to_rgb(to_rgb(grey)), to_rgb(grey))
