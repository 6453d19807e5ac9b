import math

import pytest
import torch

from gan_core.latent import base_vectors, noise_lengths, share_shorter, typical_length
from gan_core.latent_spec import LatentSpec, Section


def simulated(spec: LatentSpec, n: int = 20_000) -> torch.Tensor:
    vectors = spec.sample(n, generator=torch.Generator().manual_seed(1))
    return noise_lengths(spec, vectors).sort().values


@pytest.mark.parametrize(
    ("size", "kind"), [(1, "normal"), (2, "normal"), (100, "normal"), (16, "uniform"), (100, "uniform")]
)
def test_the_share_that_is_shorter_is_what_a_simulation_finds(size, kind):
    spec = LatentSpec.of(size, kind)
    lengths = simulated(spec)
    found = torch.linspace(0, 1, len(lengths), dtype=torch.float64)
    assert (share_shorter(spec, lengths) - found).abs().max() < 0.02


def test_two_normal_entries_by_hand():
    # In two dimensions the share within radius r is 1 - exp(-r^2 / 2): half of them lie within sqrt(2 ln 2).
    half = share_shorter(LatentSpec.of(2, "normal"), torch.tensor([0.0, math.sqrt(2 * math.log(2)), 100.0]))
    assert half.tolist() == pytest.approx([0, 0.5, 1], abs=1e-6)


def test_lengths_far_outside_are_shares_of_0_and_1():
    for kind in ("normal", "uniform"):
        spec = LatentSpec.of(100, kind)
        shares = share_shorter(spec, torch.tensor([0.0, 1e5]))
        assert shares.tolist() == pytest.approx([0, 1], abs=1e-9)


def test_class_weights_do_not_count():
    spec = LatentSpec.of(2, "normal", ("cat", "dog"))
    assert noise_lengths(spec, torch.tensor([[3.0, 4.0, 1.0, 0.0]])).tolist() == [5.0]


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_the_typical_length_lies_in_the_middle(kind):
    spec = LatentSpec.of(100, kind)
    assert share_shorter(spec, torch.tensor([typical_length(spec)])).item() == pytest.approx(0.5, abs=0.03)
    middle = noise_lengths(spec, base_vectors(spec, 200, 0)).median()
    assert typical_length(spec) == pytest.approx(middle.item(), rel=0.03)


def test_the_noise_of_all_levels_counts_and_codes_do_not():
    levels = LatentSpec((Section("noise", 1), Section("noise", 1, level=14), Section("code", 1, "uniform")))
    assert noise_lengths(levels, torch.tensor([[3.0, 4.0, 9.0]])).tolist() == [5.0]
    assert typical_length(levels) == pytest.approx(2**0.5)


def test_noise_of_two_kinds_is_what_a_simulation_finds():
    spec = LatentSpec((Section("noise", 60), Section("noise", 40, "uniform", level=14)))
    lengths = simulated(spec)
    found = torch.linspace(0, 1, len(lengths), dtype=torch.float64)
    assert (share_shorter(spec, lengths) - found).abs().max() < 0.03
