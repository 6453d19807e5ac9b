import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, draw_and_score, draw_frames

VALUES = (-4.0, -0.5, 0.0, 4.0)


@pytest.mark.parametrize("name", ["checkpoint", "conditional"])
def test_every_frame_is_the_picture_of_the_vector_with_this_value(name, request):
    checkpoint = request.getfixturevalue(name)
    vector = base_vectors(checkpoint.latent_spec, 1, 0)[0]
    for entry in range(checkpoint.latent_spec.size):
        made = draw_frames(checkpoint, vector, entry, VALUES)
        for value, one, image in zip(VALUES, made.z, made.images, strict=True):
            expected = vector.clone()
            expected[entry] = value
            assert torch.equal(one, expected)
            alone = checkpoint.draw(expected[None])[0]
            assert (image.int() - alone.int()).abs().max() <= 1  # a batch may round otherwise
    assert made.images.dtype == torch.uint8


def test_the_scores_are_those_of_the_pictures_as_shown(conditional):
    vectors = base_vectors(conditional.latent_spec, 5, 0)
    images, scores = draw_and_score(conditional, vectors)
    assert torch.equal(images, conditional.draw(vectors))
    assert torch.allclose(scores, conditional.score(vectors), atol=0.02)  # pictures are rounded to 256 levels


def test_without_a_discriminator_there_are_no_scores(without_discriminator):
    vector = base_vectors(without_discriminator.latent_spec, 1, 0)[0]
    assert draw_frames(without_discriminator, vector, 0, VALUES).scores is None


@pytest.mark.parametrize(
    ("size", "entry", "values"), [(6, 6, VALUES), (6, -1, VALUES), (5, 0, VALUES), (6, 0, ()), (6, 0, (0.0,) * 257)]
)
def test_what_does_not_fit_is_an_error(checkpoint, size, entry, values):
    with pytest.raises(LatentError):
        draw_frames(checkpoint, torch.zeros(size), entry, values)
