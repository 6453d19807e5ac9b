import importlib
from itertools import combinations

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import effective_classes, rate, sample, variety


def test_rated_samples_are_the_samples_best_first(checkpoint, monkeypatch):
    monkeypatch.setattr(importlib.import_module("gan_core.latent.rating"), "BATCH", 7)
    rated, drawn = rate(checkpoint, 20, seed=5), sample(checkpoint, 20, seed=5)
    assert len(rated) == 20
    torch.testing.assert_close(rated.scores, checkpoint.score(drawn.vectors).sort(descending=True).values)
    torch.testing.assert_close(checkpoint.score(rated.samples.vectors), rated.scores)
    assert (checkpoint.draw(rated.samples.vectors).int() - rated.samples.images.int()).abs().max() <= 1
    assert sorted(rated.samples.vectors[:, 0].tolist()) == sorted(drawn.vectors[:, 0].tolist())
    torch.testing.assert_close(rated.samples.vectors[:5], sample(checkpoint, 5, seed=5, best=0.25).vectors)


def test_classes_go_with_their_pictures(conditional):
    rated = rate(conditional, 30)
    assert torch.equal(rated.samples.vectors[:, 6:].argmax(1), rated.samples.labels)
    assert rate(conditional, 3, label=1).samples.labels.tolist() == [1] * 3


def test_without_a_discriminator_they_stay_as_drawn(without_discriminator):
    rated = rate(without_discriminator, 5, seed=2)
    assert rated.scores is None
    assert torch.equal(rated.samples.vectors, sample(without_discriminator, 5, seed=2).vectors)


def test_progress_rises_to_one(checkpoint, monkeypatch):
    monkeypatch.setattr(importlib.import_module("gan_core.latent.rating"), "BATCH", 4)
    told = []
    rate(checkpoint, 10, progress=told.append)
    assert told == [0.4, 0.8, 1.0]


@pytest.mark.parametrize("n", [0, -1, 10**9])
def test_a_number_of_images_out_of_range_is_refused(checkpoint, n):
    with pytest.raises(LatentError, match="draw 1 to"):
        rate(checkpoint, n)


def test_variety_by_hand():
    black, white = torch.zeros(1, 1, 2, 2, dtype=torch.uint8), torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)
    assert variety(torch.cat([black, black, black])) == 0
    assert variety(torch.cat([black, white])) == pytest.approx(1)
    # Of three pairs two differ, each by 1: the root of 2/3.
    assert variety(torch.cat([black, white, white])) == pytest.approx((2 / 3) ** 0.5)


def test_variety_is_that_of_all_pairs(checkpoint):
    images = sample(checkpoint, 12).images
    pairs = [((a.float() - b.float()) / 255).square().mean() for a, b in combinations(images, 2)]
    assert variety(images) == pytest.approx(torch.stack(pairs).mean().sqrt().item(), rel=1e-4)


def test_one_picture_has_no_variety():
    with pytest.raises(LatentError, match="two or more"):
        variety(torch.zeros(1, 1, 2, 2, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([0, 1, 2, 3], 4), ([2, 2, 2], 1), ([0, 0, 1, 1], 2), ([0, 0, 0, 1], 4 / 3**0.75)],
)
def test_effective_classes_by_hand(labels, expected):
    assert effective_classes(torch.tensor(labels), 4) == pytest.approx(expected)
