import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import restore, vary, zero_noise
from gan_core.latent_spec import LatentSpec, Section

CLASSES = ("cat", "dog")


def some(spec: LatentSpec) -> torch.Tensor:
    return spec.sample(1, generator=torch.Generator().manual_seed(3))[0]


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("amount", [0.1, 0.5, 0.9, 1.0])
def test_varied_noise_is_distributed_like_fresh_noise(kind, amount):
    spec = LatentSpec.of(20_000, kind)
    varied = vary(spec, some(spec), amount, seed=0)
    assert varied.mean().item() == pytest.approx(0, abs=0.03)
    assert varied.square().mean().item() == pytest.approx(1 if kind == "normal" else 1 / 3, rel=0.03)
    if kind == "uniform":
        assert varied.abs().max() <= 1
        assert (varied < 0.5).float().mean().item() == pytest.approx(0.75, abs=0.02)


def test_the_mixture_by_hand():
    spec = LatentSpec.of(3, "normal")
    vector = torch.tensor([1.0, -2.0, 10.0])
    fresh = vary(spec, vector, 1.0, seed=5)
    assert torch.allclose(vary(spec, vector, 0.6, seed=5), 0.8 * vector + 0.6 * fresh)
    assert torch.equal(fresh, vary(spec, torch.zeros(3), 1.0, seed=5))  # nothing of the old noise is left


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_small_amount_changes_little_and_none_nothing(kind):
    spec = LatentSpec.of(500, kind)
    vector = some(spec)
    assert torch.equal(vary(spec, vector, 0.0, seed=0), vector)
    small, large = (torch.dist(vary(spec, vector, amount, seed=0), vector) for amount in (0.01, 0.5))
    assert 0 < small < 0.05 * large


@pytest.mark.parametrize(
    "change", [lambda *a: vary(*a[:2], 1.0, seed=0, locked=a[2]), zero_noise], ids=["vary", "zero"]
)
def test_locked_entries_and_the_class_stay(change):
    spec = LatentSpec.of(6, "uniform", CLASSES)
    vector = torch.tensor([0.5, 3.0, -0.5, 0.25, 0.125, -2.0, 0.0, 1.0])
    before = vector.clone()
    changed = change(spec, vector, [1, 5])
    assert torch.equal(vector, before)
    same = (changed == vector).tolist()
    assert same == [False, True, False, False, False, True, True, True]


def test_the_seed_decides():
    spec = LatentSpec.of(5, "normal")
    one, same, other = (vary(spec, torch.ones(5), 0.5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_entries_that_lay_outside_of_uniform_noise_come_back():
    spec = LatentSpec.of(2, "uniform")
    assert vary(spec, torch.tensor([3.0, -10_000.0]), 0.05, seed=0).abs().max() <= 1


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_another_amount_is_an_error(amount):
    with pytest.raises(LatentError, match="choose 0"):
        vary(LatentSpec.of(2, "normal"), torch.zeros(2), amount, seed=0)


def test_restore_copies():
    vector = torch.zeros(3)
    assert restore(vector, torch.tensor([1.0, 2.0, 3.0]), [2]).tolist() == [0, 0, 3]
    assert vector.tolist() == [0, 0, 0]


@pytest.mark.parametrize("change", [lambda *a: vary(*a, 1.0, seed=0), zero_noise], ids=["vary", "zero"])
def test_codes_and_the_noise_of_levels_change_too_and_the_category_stays(change):
    spec = LatentSpec(
        (
            Section("noise", 2),
            Section("category", 2, "one_hot"),
            Section("code", 2, "uniform"),
            Section("noise", 2, level=14),
        )
    )
    vector = torch.tensor([0.3, 0.3, 0.0, 1.0, 0.3, 0.3, 0.3, 0.3])
    changed = change(spec, vector)
    assert (changed == vector).tolist() == [False, False, True, True, False, False, False, False]
    assert changed[4:6].abs().max() <= 1
