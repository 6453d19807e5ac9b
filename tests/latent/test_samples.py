import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import sample


def test_the_same_seed_draws_the_same_samples(checkpoint):
    first, again, other = sample(checkpoint, 5, seed=1), sample(checkpoint, 5, seed=1), sample(checkpoint, 5, seed=2)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.vectors, again.vectors)
    assert not torch.equal(first.vectors, other.vectors)
    assert first.labels is None


def test_samples_are_the_pictures_of_their_vectors(checkpoint):
    drawn = sample(checkpoint, 4)
    assert torch.equal(drawn.images, checkpoint.draw(drawn.vectors))


def test_the_default_random_generator_is_left_alone(checkpoint):
    before = torch.get_rng_state()
    sample(checkpoint, 3, best=0.5)
    assert torch.equal(torch.get_rng_state(), before)


def test_best_keeps_the_highest_scores_in_order(checkpoint):
    scores = checkpoint.score(sample(checkpoint, 40, seed=0).vectors)
    best = sample(checkpoint, 10, seed=0, best=0.25)
    torch.testing.assert_close(checkpoint.score(best.vectors), scores.sort(descending=True).values[:10])


def test_labels_are_those_of_the_vectors(conditional):
    drawn = sample(conditional, 30)
    assert set(drawn.labels.tolist()) == {0, 1, 2}
    assert torch.equal(drawn.vectors[:, 6:].argmax(1), drawn.labels)
    assert sample(conditional, 4, label=2, best=0.5).labels.tolist() == [2] * 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"best": 0.0}, "above 0"),
        ({"best": 1.5}, "at most 1"),
        ({"best": 1e-6}, "at most 200000 are drawn"),
        ({"label": 0}, "has no classes"),
    ],
)
def test_what_cannot_be_drawn_is_refused(checkpoint, arguments, message):
    with pytest.raises(LatentError, match=message):
        sample(checkpoint, 8, **arguments)


def test_without_a_discriminator_there_is_no_best(without_discriminator):
    assert len(sample(without_discriminator, 3).images) == 3
    with pytest.raises(LatentError, match="leave best out"):
        sample(without_discriminator, 3, best=0.5)
