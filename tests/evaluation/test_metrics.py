"""The measures on cases whose answer is known or can be worked out by hand."""

import pytest
import torch

from gan_core.evaluation import metrics
from gan_core.evaluation.metrics import (
    PRDC,
    FrechetDistance,
    compute_prdc,
    frechet_distance,
    kernel_distance,
    mean_pairwise_distance,
    memorization_score,
    nearest_real,
)


def cloud(n: int, features: int = 4, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, features, generator=torch.Generator().manual_seed(seed))


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values).unsqueeze(1)


@pytest.fixture(params=["one chunk", "many chunks"], autouse=True)
def chunk(request, monkeypatch):
    if request.param == "many chunks":
        monkeypatch.setattr(metrics, "MAX_CHUNK_BYTES", 8 * 1000)


def test_frechet_distance_by_hand():
    """Two Gaussians with means 0 and (3, 4) and the same covariance: the distance is 25, of which nothing is spread."""
    features = cloud(1000, 2)
    assert frechet_distance(features, features + torch.tensor([3.0, 4.0])) == pytest.approx(25, abs=1e-6)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)


def test_frechet_distance_of_spreads_by_hand():
    """One axis with standard deviations 1 and 3, same mean: (3 - 1)^2 = 4 (and 0 on an axis that is alike)."""
    one = torch.tensor([[-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]]) / (4 / 3) ** 0.5
    three = one * torch.tensor([3.0, 1.0])
    assert frechet_distance(one, three) == pytest.approx(4, abs=1e-6)


def test_the_kept_statistics_give_the_same_distance_again():
    real, first, second = cloud(200), cloud(200, seed=1) + 1, cloud(200, seed=2)
    kept = FrechetDistance(real)
    assert [kept.to(first), kept.to(second), kept.to(first)] == [
        frechet_distance(real, first),
        frechet_distance(real, second),
        frechet_distance(real, first),
    ]


def test_kernel_distance_by_hand():
    """Pictures 0, 1 and 1, 2, one feature: k(0, 1) = 1, k(1, 2) = 27, less twice the mean of 1, 1, 8 and 27 between."""
    assert kernel_distance(column(0, 1), column(1, 2)) == pytest.approx(1 + 27 - 18.5)


def test_kernel_distance_of_one_distribution_is_about_zero_and_needs_no_luck():
    distances = [kernel_distance(cloud(300, seed=2 * k), cloud(300, seed=2 * k + 1), subset_size=100) for k in range(8)]
    assert min(distances) < 0 < max(distances)
    assert abs(sum(distances)) / 8 < 0.05
    assert kernel_distance(cloud(300), cloud(300, seed=1) + 1, subset_size=100) > 1


def test_kernel_distance_leaves_the_random_generator_alone():
    before = torch.get_rng_state()
    first = kernel_distance(cloud(300), cloud(300, seed=1), subset_size=100)
    assert torch.equal(torch.get_rng_state(), before)
    assert kernel_distance(cloud(300), cloud(300, seed=1), subset_size=100) == first


def test_a_set_overlaps_with_itself():
    found = compute_prdc(cloud(500), cloud(500))
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)
    assert found.density == pytest.approx(1, abs=1e-3)


def test_sets_far_apart_do_not_overlap():
    assert compute_prdc(cloud(100), cloud(100, seed=1) + 100) == PRDC(0, 0, 0, 0)


def test_a_tight_cluster_inside_a_wide_set_is_precise_but_recalls_little():
    found = compute_prdc(cloud(500), 0.05 * cloud(500, seed=1))
    assert found.precision == 1
    assert found.recall < 0.1
    assert found.coverage < 0.1
    assert found.density > 1


def test_a_wide_set_around_a_tight_one_recalls_everything_but_is_not_precise():
    found = compute_prdc(0.05 * cloud(500), cloud(500, seed=1))
    assert found.recall == 1
    assert found.precision < 0.1


def test_overlap_by_hand():
    """Real 0, 1, 10 with balls of radius 1, 1, 9 at k = 1; fake 0.5, 1.5, 30 with radii 1, 1, 28.5.

    0.5 is in the balls of 0 and 1; 1.5 in those of 1 and 10; 30 in none. Real 10 is covered by 1.5. Fake balls hold
    0 and 1 (of 0.5), and 10 (of 30: 20 away).
    """
    found = compute_prdc(column(0, 1, 10), column(0.5, 1.5, 30), k=1)
    assert found == PRDC(precision=pytest.approx(2 / 3), recall=1.0, density=pytest.approx(4 / 3), coverage=1.0)


def test_mean_distance_by_hand():
    assert mean_pairwise_distance(column(0, 1, 3)) == pytest.approx((1 + 3 + 2) / 3)


def test_mean_distance_beside_that_of_real_pictures_is_diversity():
    real = cloud(300)
    of_real = mean_pairwise_distance(real)
    assert mean_pairwise_distance(cloud(300, seed=1)) / of_real == pytest.approx(1, abs=0.05)
    assert mean_pairwise_distance(0.25 * real) / of_real == pytest.approx(0.25)
    assert mean_pairwise_distance(real[:1].expand(300, -1)) / of_real == pytest.approx(0, abs=1e-5)


def test_nearest_real_by_hand():
    indices, distances = nearest_real(column(0.9, 7), column(0, 1, 3, 10))
    assert indices.tolist() == [1, 3]
    assert distances.tolist() == pytest.approx([0.1, 3])


def test_a_held_out_picture_does_not_find_itself():
    training = column(0, 1, 3, 10)
    indices, distances = nearest_real(training[[2, 0]], training, itself=torch.tensor([2, 0]))
    assert indices.tolist() == [1, 1]
    assert distances.tolist() == pytest.approx([2, 1])


def test_copying_by_hand():
    """1 is nearer than both held-out ones, 2 ties with one and beats the other, 5 beats none: (2 + 1.5 + 0) / 6."""
    assert memorization_score(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([2.0, 4.0])) == pytest.approx(3.5 / 6)


def test_copies_are_told_from_new_pictures():
    training, new = cloud(800), cloud(300, seed=1)
    _, held_out = nearest_real(training[:300], training, itself=torch.arange(300))
    rate = {
        name: memorization_score(nearest_real(features, training)[1], held_out)
        for name, features in {"new": new, "copied": training[:300] + 1e-3, "far": new + 50}.items()
    }
    assert rate["copied"] > 0.99
    assert 0.4 < rate["new"] < 0.6
    assert rate["far"] == 0
