import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, sweep, sweep_vectors


def test_each_row_changes_exactly_its_own_entry():
    vectors = torch.randn(4, 9, generator=torch.Generator().manual_seed(0))
    entries, values = [2, 8, 0], [-3.0, 0.0, 0.25, 3.0]
    swept = sweep_vectors(vectors, entries, values)
    assert swept.shape == (3, 4, 4, 9)
    for row, entry in enumerate(entries):
        others = [index for index in range(9) if index != entry]
        for column, value in enumerate(values):
            assert (swept[row, column, :, entry] == value).all()
            assert torch.equal(swept[row, column][:, others], vectors[:, others])


def test_sweep_vectors_leaves_its_input_alone():
    vectors = torch.ones(1, 3)
    sweep_vectors(vectors, [1], [5.0])
    assert torch.equal(vectors, torch.ones(1, 3))


@pytest.mark.parametrize("name", ["checkpoint", "conditional"])
def test_one_batched_pass_equals_one_picture_at_a_time(name, request):
    checkpoint = request.getfixturevalue(name)
    vectors = base_vectors(checkpoint.latent_spec, 4, seed=0)
    entries, values = [0, checkpoint.latent_spec.size - 1, 3], [-3.0, 0.0, 3.0]
    sheet = sweep(checkpoint, vectors, entries, values)
    assert sheet.images.shape == (3, 3, 4, 1, 28, 28)
    assert sheet.images.dtype == torch.uint8
    assert (sheet.entries, sheet.values) == (tuple(entries), tuple(values))
    assert torch.equal(sheet.vectors, vectors)
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
    sheet = sweep(checkpoint, vectors, [2], [vectors[0, 2].item(), 3.0])
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
            sweep(checkpoint, changed, entries, values)
