import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import atlas, atlas_picture, base_vectors


def test_each_entry_is_set_to_its_values_and_nothing_else_changes(conditional):
    vector = base_vectors(conditional.latent_spec, 1, seed=0, label=1)[0]
    drawn = atlas(conditional, vector, [2, 0, 8])
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
    drawn = atlas(checkpoint, torch.zeros(6))
    assert drawn.entries == tuple(range(6))
    assert drawn.images.shape == (6, 3, 1, 28, 28)


@pytest.mark.parametrize(
    ("vector", "entries", "message"),
    [(torch.zeros(5), None, "rows of 6"), (torch.zeros(6), [6], "no entry 6"), (torch.zeros(6), [], "no entry is")],
)
def test_what_does_not_fit_is_refused(checkpoint, vector, entries, message):
    with pytest.raises(LatentError, match=message):
        atlas(checkpoint, vector, entries)


def test_the_picture_shows_every_image_unchanged(checkpoint):
    drawn = atlas(checkpoint, base_vectors(checkpoint.latent_spec, 1, seed=0)[0])
    picture = atlas_picture(drawn, [0.5] * 6, columns=2, scale=1)
    windows = torch.from_numpy(picture[:, :, 0].copy()).unfold(0, 28, 1).unfold(1, 28, 1)
    for image in drawn.images.flatten(0, 1):
        assert (windows == image[0]).all(-1).all(-1).any()


def test_dark_and_light_pictures_have_the_same_layout(checkpoint):
    drawn = atlas(checkpoint, torch.zeros(6))
    light, dark = (atlas_picture(drawn, [0.1] * 6, dark=dark) for dark in (False, True))
    assert light.shape == dark.shape
    assert light[0, 0].tolist() == [255] * 3
    assert dark[0, 0].max() < 60
