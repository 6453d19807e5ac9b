from itertools import combinations

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import effective_classes, pixel_diversity, rank_samples, sample


def test_the_same_seed_draws_the_same_samples(checkpoint):
    first, again, other = sample(checkpoint, 5, seed=1), sample(checkpoint, 5, seed=1), sample(checkpoint, 5, seed=2)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.z, again.z)
    assert not torch.equal(first.z, other.z)
    assert first.labels is None


def test_samples_are_the_pictures_of_their_vectors(checkpoint):
    drawn = sample(checkpoint, 4)
    assert torch.equal(drawn.images, checkpoint.draw(drawn.z))


def test_the_default_random_generator_is_left_alone(checkpoint):
    before = torch.get_rng_state()
    sample(checkpoint, 3, best=0.5)
    assert torch.equal(torch.get_rng_state(), before)


def test_best_keeps_the_highest_scores_in_order(checkpoint):
    scores = checkpoint.score(sample(checkpoint, 40, seed=0).z)
    best = sample(checkpoint, 10, seed=0, best=0.25)
    torch.testing.assert_close(checkpoint.score(best.z), scores.sort(descending=True).values[:10])


def test_labels_are_those_of_the_vectors(conditional):
    drawn = sample(conditional, 30)
    assert set(drawn.labels.tolist()) == {0, 1, 2}
    assert torch.equal(drawn.z[:, 6:].argmax(1), drawn.labels)
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


def test_rated_samples_are_the_samples_best_first(checkpoint, monkeypatch):
    monkeypatch.setattr("gan_core.latent.samples.BATCH_SIZE", 7)
    rated, drawn = rank_samples(checkpoint, 20, seed=5), sample(checkpoint, 20, seed=5)
    assert len(rated) == 20
    torch.testing.assert_close(rated.scores, checkpoint.score(drawn.z).sort(descending=True).values)
    torch.testing.assert_close(checkpoint.score(rated.z), rated.scores)
    assert (checkpoint.draw(rated.z).int() - rated.images.int()).abs().max() <= 1
    assert sorted(rated.z[:, 0].tolist()) == sorted(drawn.z[:, 0].tolist())
    torch.testing.assert_close(rated.z[:5], sample(checkpoint, 5, seed=5, best=0.25).z)


def test_classes_go_with_their_pictures(conditional):
    rated = rank_samples(conditional, 30)
    assert torch.equal(rated.z[:, 6:].argmax(1), rated.labels)
    assert rank_samples(conditional, 3, label=1).labels.tolist() == [1] * 3


def test_without_a_discriminator_they_stay_as_drawn(without_discriminator):
    rated = rank_samples(without_discriminator, 5, seed=2)
    assert rated.scores is None
    assert torch.equal(rated.z, sample(without_discriminator, 5, seed=2).z)


def test_progress_rises_to_one(checkpoint, monkeypatch):
    monkeypatch.setattr("gan_core.latent.samples.BATCH_SIZE", 4)
    told = []
    rank_samples(checkpoint, 10, progress=told.append)
    assert told == [0.4, 0.8, 1.0]


@pytest.mark.parametrize("n", [0, -1, 10**9])
def test_a_number_of_images_out_of_range_is_refused(checkpoint, n):
    with pytest.raises(LatentError, match="draw 1 to"):
        rank_samples(checkpoint, n)


def test_variety_by_hand():
    black, white = torch.zeros(1, 1, 2, 2, dtype=torch.uint8), torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)
    assert pixel_diversity(torch.cat([black, black, black])) == 0
    assert pixel_diversity(torch.cat([black, white])) == pytest.approx(1)
    # Of three pairs two differ, each by 1: the root of 2/3.
    assert pixel_diversity(torch.cat([black, white, white])) == pytest.approx((2 / 3) ** 0.5)


def test_variety_is_that_of_all_pairs(checkpoint):
    images = sample(checkpoint, 12).images
    pairs = [((a.float() - b.float()) / 255).square().mean() for a, b in combinations(images, 2)]
    assert pixel_diversity(images) == pytest.approx(torch.stack(pairs).mean().sqrt().item(), rel=1e-4)


def test_one_picture_has_no_variety():
    with pytest.raises(LatentError, match="two or more"):
        pixel_diversity(torch.zeros(1, 1, 2, 2, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([0, 1, 2, 3], 4), ([2, 2, 2], 1), ([0, 0, 1, 1], 2), ([0, 0, 0, 1], 4 / 3**0.75)],
)
def test_effective_classes_by_hand(labels, expected):
    assert effective_classes(torch.tensor(labels), 4) == pytest.approx(expected)
