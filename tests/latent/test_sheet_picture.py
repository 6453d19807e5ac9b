from dataclasses import replace

import numpy as np
import pytest
import torch

from gan_core.images import DARK
from gan_core.latent import Sheet, labelled_sheet


def sheet_of(entries: int, values: int, columns: int, channels: int = 1, size: int = 28) -> Sheet:
    count = entries * values * columns
    images = np.random.default_rng(0).integers(0, 256, (count, channels, size, size), dtype=np.uint8)
    return Sheet(
        torch.from_numpy(images).view(entries, values, columns, channels, size, size),
        tuple(range(5, 5 + entries)),
        tuple(np.linspace(-3, 3, values).tolist()),
        torch.zeros(columns, 100),
        tuple(f"entry {entry}" for entry in range(5, 5 + entries)),
    )


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [1, 2])
def test_labelled_sheet_shows_every_image_in_its_place(channels, scale):
    sheet = sheet_of(2, 3, 2, channels, size=20)
    picture = labelled_sheet(sheet, scale=scale, names=["entry 5", "class Ankle boot"])
    assert picture.dtype == np.uint8
    cells = sheet.images.expand(-1, -1, -1, 3, -1, -1).flatten(0, 2)
    places = []
    for cell in cells:
        wanted = cell.permute(1, 2, 0).numpy().repeat(scale, 0).repeat(scale, 1)
        corner = (picture == wanted[0, 0]).all(2).nonzero()
        found = [
            (top, left)
            for top, left in zip(*corner, strict=True)
            if np.array_equal(picture[top : top + 20 * scale, left : left + 20 * scale], wanted)
        ]
        assert len(found) == 1
        places += found
    tops, lefts = np.array(places).reshape(2, 3, 2, 2).transpose(3, 0, 1, 2)
    assert (np.diff(tops.reshape(6, 2), axis=0) > 0).all()
    assert (tops[..., 0] == tops[..., 1]).all()
    assert (lefts == lefts[0, 0]).all()
    assert lefts[0, 0, 0] < lefts[0, 0, 1]


def test_labelled_sheet_has_ink_for_labels_and_a_line_between_entries():
    picture = labelled_sheet(sheet_of(2, 1, 1)).mean(2)
    assert (picture[:24] < 100).any()  # the column's number
    assert (picture[28:84, :60] < 100).any()  # the entry's name
    assert ((picture[:, 12:-12] == 215).all(1)).sum() == 1


def test_labelled_sheet_light_and_dark():
    assert (labelled_sheet(sheet_of(1, 1, 1))[0] == 255).all()
    assert (labelled_sheet(sheet_of(1, 1, 1), dark=True)[0] == DARK).all()


def test_rows_of_tiny_images_leave_room_for_their_labels():
    assert labelled_sheet(sheet_of(1, 10, 1, size=4), scale=1).shape[0] >= 10 * 16


def test_names_in_other_scripts_become_numbers():
    sheet = sheet_of(2, 1, 1)
    plain = labelled_sheet(sheet)
    assert np.array_equal(labelled_sheet(replace(sheet, names=("entry 5", "class 猫"))), plain)
    assert not np.array_equal(labelled_sheet(replace(sheet, names=("entry 5", "class cat"))), plain)
