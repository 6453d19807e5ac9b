import io
from dataclasses import replace

import numpy as np
import pytest
import torch

from gan_core.errors import LatentError
from gan_core.images import DARK
from gan_core.latent import (
    Traversal,
    base_vectors,
    draw_overview,
    labelled_overview,
    labelled_traversal,
    set_entries,
    traversal_npz,
    traverse,
)


def test_each_row_changes_exactly_its_own_entry():
    vectors = torch.randn(4, 9, generator=torch.Generator().manual_seed(0))
    entries, values = [2, 8, 0], [-3.0, 0.0, 0.25, 3.0]
    swept = set_entries(vectors, entries, values)
    assert swept.shape == (3, 4, 4, 9)
    for row, entry in enumerate(entries):
        others = [index for index in range(9) if index != entry]
        for column, value in enumerate(values):
            assert (swept[row, column, :, entry] == value).all()
            assert torch.equal(swept[row, column][:, others], vectors[:, others])


def test_sweep_vectors_leaves_its_input_alone():
    vectors = torch.ones(1, 3)
    set_entries(vectors, [1], [5.0])
    assert torch.equal(vectors, torch.ones(1, 3))


@pytest.mark.parametrize("name", ["checkpoint", "conditional"])
def test_one_batched_pass_equals_one_picture_at_a_time(name, request):
    checkpoint = request.getfixturevalue(name)
    vectors = base_vectors(checkpoint.latent_spec, 4, seed=0)
    entries, values = [0, checkpoint.latent_spec.size - 1, 3], [-3.0, 0.0, 3.0]
    sheet = traverse(checkpoint, vectors, entries, values)
    assert sheet.images.shape == (3, 3, 4, 1, 28, 28)
    assert sheet.images.dtype == torch.uint8
    assert (sheet.entries, sheet.values) == (tuple(entries), tuple(values))
    assert torch.equal(sheet.z, vectors)
    assert sheet.names[1] == ("class owl" if name == "conditional" else "entry 5")

    single = torch.empty_like(sheet.images)
    for row, entry in enumerate(entries):
        for place, value in enumerate(values):
            for column in range(4):
                vector = vectors[column : column + 1].clone()
                vector[0, entry] = value
                single[row, place, column] = checkpoint.draw(vector)[0]
    # Sums in another order may round a pixel to the next grey level, no further and very rarely.
    difference = (sheet.images.int() - single.int()).abs()
    assert difference.max() <= 1
    assert (difference > 0).float().mean() < 0.001


def test_a_value_that_the_vector_has_already_changes_nothing(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 1, seed=0)
    sheet = traverse(checkpoint, vectors, [2], [vectors[0, 2].item(), 3.0])
    assert torch.equal(sheet.images[0, 0], checkpoint.draw(vectors))
    assert not torch.equal(sheet.images[0, 1], checkpoint.draw(vectors))


def test_sweep_refuses_what_does_not_fit(checkpoint):
    vectors = base_vectors(checkpoint.latent_spec, 2, seed=0)
    for entries, values, changed, message in [
        ([6], [0.0], vectors, "no entry 6; this generator has entries 0 to 5"),
        ([-1], [0.0], vectors, "no entry -1"),
        ([], [0.0], vectors, "no entry is given"),
        ([0], [], vectors, "no value is given"),
        ([0], [0.0], vectors[:, :5], "2x5; this generator needs one or more rows of 6"),
        ([0], [0.0], vectors[:0], "one or more rows"),
        ([0], [0.0], vectors[0], "the vectors are 6;"),
        (range(6), [0.0] * 1000, vectors, "6 entries x 1000 values x 2 columns are 12000 pictures"),
    ]:
        with pytest.raises(LatentError, match=message):
            traverse(checkpoint, changed, entries, values)


def test_the_archive_holds_the_images_and_the_vector_of_each(conditional):
    sheet = traverse(conditional, base_vectors(conditional.latent_spec, 2, 0), [1, 8], [-3.0, 0.5])
    archive = np.load(io.BytesIO(traversal_npz(sheet)), allow_pickle=False)
    assert archive["images"].shape == (2, 2, 2, 1, 28, 28)
    assert archive["entries"].tolist() == [1, 8]
    assert archive["values"].tolist() == [-3.0, 0.5]
    assert archive["names"].tolist() == ["entry 1", "class owl"]
    assert np.array_equal(archive["base"], sheet.z)

    drawn = conditional.draw(torch.from_numpy(archive["vectors"]).flatten(0, 2))
    assert np.array_equal(drawn.unflatten(0, (2, 2, 2)), archive["images"])
    assert archive["vectors"][1, 0, 1, 8] == -3


def sheet_of(entries: int, values: int, columns: int, channels: int = 1, size: int = 28) -> Traversal:
    count = entries * values * columns
    images = np.random.default_rng(0).integers(0, 256, (count, channels, size, size), dtype=np.uint8)
    return Traversal(
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
    picture = labelled_traversal(sheet, scale=scale, names=["entry 5", "class Ankle boot"])
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
    picture = labelled_traversal(sheet_of(2, 1, 1)).mean(2)
    assert (picture[:24] < 100).any()  # the column's number
    assert (picture[28:84, :60] < 100).any()  # the entry's name
    assert ((picture[:, 12:-12] == 215).all(1)).sum() == 1


def test_labelled_sheet_light_and_dark():
    assert (labelled_traversal(sheet_of(1, 1, 1))[0] == 255).all()
    assert (labelled_traversal(sheet_of(1, 1, 1), dark=True)[0] == DARK).all()


def test_rows_of_tiny_images_leave_room_for_their_labels():
    assert labelled_traversal(sheet_of(1, 10, 1, size=4), scale=1).shape[0] >= 10 * 16


def test_names_in_other_scripts_become_numbers():
    sheet = sheet_of(2, 1, 1)
    plain = labelled_traversal(sheet)
    assert np.array_equal(labelled_traversal(replace(sheet, names=("entry 5", "class 猫"))), plain)
    assert not np.array_equal(labelled_traversal(replace(sheet, names=("entry 5", "class cat"))), plain)


def test_each_entry_is_set_to_its_values_and_nothing_else_changes(conditional):
    vector = base_vectors(conditional.latent_spec, 1, seed=0, label=1)[0]
    drawn = draw_overview(conditional, vector, [2, 0, 8])
    assert drawn.entries == (2, 0, 8)
    assert drawn.values == ((-3, 0, 3), (-3, 0, 3), (0, 0.5, 1))
    assert drawn.names == ("entry 2", "entry 0", "class owl")
    for row, entry in enumerate(drawn.entries):
        for column, value in enumerate(drawn.values[row]):
            moved = vector.clone()
            moved[entry] = value
            expected = conditional.draw(moved[None])[0]
            # In a larger batch a sum may be rounded differently, by at most one grey level.
            assert (drawn.images[row, column].int() - expected.int()).abs().max() <= 1


def test_by_default_every_entry_is_drawn(checkpoint):
    drawn = draw_overview(checkpoint, torch.zeros(6))
    assert drawn.entries == tuple(range(6))
    assert drawn.images.shape == (6, 3, 1, 28, 28)


@pytest.mark.parametrize(
    ("vector", "entries", "message"),
    [(torch.zeros(5), None, "rows of 6"), (torch.zeros(6), [6], "no entry 6"), (torch.zeros(6), [], "no entry is")],
)
def test_what_does_not_fit_is_refused(checkpoint, vector, entries, message):
    with pytest.raises(LatentError, match=message):
        draw_overview(checkpoint, vector, entries)


def test_the_picture_shows_every_image_unchanged(checkpoint):
    drawn = draw_overview(checkpoint, base_vectors(checkpoint.latent_spec, 1, seed=0)[0])
    picture = labelled_overview(drawn, [0.5] * 6, columns=2, scale=1)
    windows = torch.from_numpy(picture[:, :, 0].copy()).unfold(0, 28, 1).unfold(1, 28, 1)
    for image in drawn.images.flatten(0, 1):
        assert (windows == image[0]).all(-1).all(-1).any()


def test_dark_and_light_pictures_have_the_same_layout(checkpoint):
    drawn = draw_overview(checkpoint, torch.zeros(6))
    light, dark = (labelled_overview(drawn, [0.1] * 6, dark=dark) for dark in (False, True))
    assert light.shape == dark.shape
    assert light[0, 0].tolist() == [255] * 3
    assert dark[0, 0].max() < 60
