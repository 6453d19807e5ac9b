import math

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import (
    base_vectors,
    cycle_classes,
    noise_norms,
    norm_percentile,
    paired_vectors,
    parse_vector,
    perturb,
    restore,
    typical_norm,
    with_class,
    zero_noise,
)
from gan_core.latent.vectors import normal_by_rank, uniform_by_rank
from gan_core.latent_spec import LatentSpec, Section

PLAIN = LatentSpec.of(100, "normal")
CONDITIONAL = LatentSpec.of(10, "normal", ("cat", "dog", "owl"))


def test_base_vectors_depend_on_the_seed_alone():
    vectors = base_vectors(PLAIN, 5, seed=3)
    assert vectors.shape == (5, 100)
    assert vectors.dtype == torch.float32
    torch.manual_seed(99)
    assert torch.equal(vectors, base_vectors(PLAIN, 5, seed=3))
    assert not torch.equal(vectors, base_vectors(PLAIN, 5, seed=4))


def test_base_vectors_leave_the_global_generator_alone():
    before = torch.random.get_rng_state()
    base_vectors(CONDITIONAL, 3, seed=1)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("size", [1, 7, 100])
def test_more_base_vectors_keep_the_first_ones(size):
    spec = LatentSpec.of(size, "normal", ("a", "b"))
    assert torch.equal(base_vectors(spec, 9, seed=0)[:2], base_vectors(spec, 2, seed=0))


def test_base_vectors_follow_the_distribution_of_the_layout():
    normal = base_vectors(PLAIN, 200, seed=0)
    assert abs(normal.mean()) < 0.05
    assert abs(normal.std() - 1) < 0.05
    uniform = base_vectors(LatentSpec.of(100, "uniform"), 200, seed=0)
    assert uniform.abs().max() <= 1
    assert abs(uniform.std() - 3**-0.5) < 0.02


def test_a_label_fixes_the_class_and_keeps_the_noise():
    cats, owls = (base_vectors(CONDITIONAL, 4, seed=0, label=label) for label in (0, 2))
    assert torch.equal(cats[:, :10], owls[:, :10])
    assert cats[:, 10:].tolist() == [[1, 0, 0]] * 4
    assert owls[:, 10:].tolist() == [[0, 0, 1]] * 4


def test_without_a_label_each_vector_has_one_class_and_all_classes_come_up():
    weights = base_vectors(CONDITIONAL, 60, seed=0)[:, 10:]
    assert torch.equal(weights.sum(1), torch.ones(60))
    assert set(weights.argmax(1).tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0, "seed": 0}, "0 base vectors"),
        ({"n": 5000, "seed": 0}, "1 to 4096"),
        ({"n": 1, "seed": -1}, "seed is -1"),
        ({"n": 1, "seed": 2**64}, "seed is"),
        ({"n": 1, "seed": 0, "label": 3}, "no class 3; choose 0 to 2"),
        ({"n": 1, "seed": 0, "label": -1}, "no class -1"),
    ],
)
def test_base_vectors_refuse(arguments, message):
    with pytest.raises(LatentError, match=message):
        base_vectors(CONDITIONAL, **arguments)


def test_with_class_copies():
    vectors = base_vectors(CONDITIONAL, 2, seed=0, label=1)
    changed = with_class(CONDITIONAL, vectors, 2)
    assert vectors[:, 10:].tolist() == [[0, 1, 0]] * 2
    assert changed[:, 10:].tolist() == [[0, 0, 1]] * 2
    assert torch.equal(changed[:, :10], vectors[:, :10])
    assert with_class(CONDITIONAL, vectors[0], 0)[10:].tolist() == [1, 0, 0]


def test_with_class_needs_classes():
    with pytest.raises(LatentError, match="no classes"):
        with_class(PLAIN, torch.zeros(1, 100), 0)


def test_with_class_chooses_a_category_where_there_are_no_classes():
    spec = LatentSpec((Section("noise", 2), Section("category", 3, "one_hot"), Section("code", 1, "uniform")))
    assert with_class(spec, torch.full((1, 6), 0.5), 1).tolist() == [[0.5, 0.5, 0, 1, 0, 0.5]]
    turned = cycle_classes(spec, torch.full((4, 6), 0.5))
    assert turned[:, 2:5].argmax(1).tolist() == [0, 1, 2, 0]
    assert parse_vector("1 2", spec, label=2).tolist() == [1, 2, 0, 0, 1, 0]


def test_the_shorter_vector_is_the_beginning_of_the_longer():
    short, long = paired_vectors([LatentSpec.of(5, "normal"), LatentSpec.of(9, "normal")], 4, seed=3)
    assert short.shape == (4, 5)
    assert long.shape == (4, 9)
    assert torch.equal(long[:, :5], short)
    assert long[:, 5:].abs().min() > 0


def test_the_first_has_the_vectors_of_the_other_views_whatever_the_second_is():
    first = LatentSpec.of(7, "normal")
    for other in (LatentSpec.of(3, "normal"), LatentSpec.of(20, "uniform", ("a", "b"))):
        assert torch.equal(paired_vectors([first, other], 3, seed=8)[0], base_vectors(first, 3, 8))


def test_uniform_noise_has_the_same_ranks_as_normal_noise():
    normal, uniform = paired_vectors([LatentSpec.of(50, "normal"), LatentSpec.of(50, "uniform")], 8, seed=0)
    assert uniform.abs().max() < 1
    assert torch.equal(normal.flatten().argsort(), uniform.flatten().argsort())
    back = paired_vectors([LatentSpec.of(50, "uniform"), LatentSpec.of(50, "normal")], 8, seed=0)
    assert back[1].isfinite().all()
    assert torch.equal(back[0].flatten().argsort(), back[1].flatten().argsort())


def test_one_and_minus_one_standard_deviation_by_hand():
    # 68.27% of normal noise lies within one standard deviation
    uniform = uniform_by_rank(torch.tensor([-1.0, 0.0, 1.0]))
    assert uniform.tolist() == pytest.approx([-0.6827, 0.0, 0.6827], abs=1e-4)
    assert normal_by_rank(torch.tensor([-1.0, 1.0])).isfinite().all()


def test_classes_come_in_turn():
    spec = LatentSpec.of(4, "normal", ("a", "b", "c"))
    _, vectors = paired_vectors([LatentSpec.of(6, "normal"), spec], 5, seed=0)
    assert spec.class_weights(vectors).argmax(1).tolist() == [0, 1, 2, 0, 1]
    assert torch.equal(spec.class_weights(vectors).sum(1), torch.ones(5))


def test_categories_come_in_turn_and_codes_are_random():
    coded = LatentSpec((Section("noise", 3), Section("category", 2, "one_hot"), Section("code", 1, "uniform")))
    plain, vectors = paired_vectors([LatentSpec.of(5, "normal"), coded], 3, seed=0)
    assert torch.equal(vectors[:, :3], plain[:, :3])
    assert vectors[:, 3:5].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert len(vectors[:, 5].unique()) == 3


CLASSES = ("cat", "dog")


def some(spec: LatentSpec) -> torch.Tensor:
    return spec.sample(1, generator=torch.Generator().manual_seed(3))[0]


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("amount", [0.1, 0.5, 0.9, 1.0])
def test_varied_noise_is_distributed_like_fresh_noise(kind, amount):
    spec = LatentSpec.of(20_000, kind)
    varied = perturb(spec, some(spec), amount, seed=0)
    assert varied.mean().item() == pytest.approx(0, abs=0.03)
    assert varied.square().mean().item() == pytest.approx(1 if kind == "normal" else 1 / 3, rel=0.03)
    if kind == "uniform":
        assert varied.abs().max() <= 1
        assert (varied < 0.5).float().mean().item() == pytest.approx(0.75, abs=0.02)


def test_the_mixture_by_hand():
    spec = LatentSpec.of(3, "normal")
    vector = torch.tensor([1.0, -2.0, 10.0])
    fresh = perturb(spec, vector, 1.0, seed=5)
    assert torch.allclose(perturb(spec, vector, 0.6, seed=5), 0.8 * vector + 0.6 * fresh)
    assert torch.equal(fresh, perturb(spec, torch.zeros(3), 1.0, seed=5))  # nothing of the old noise is left


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_small_amount_changes_little_and_none_nothing(kind):
    spec = LatentSpec.of(500, kind)
    vector = some(spec)
    assert torch.equal(perturb(spec, vector, 0.0, seed=0), vector)
    small, large = (torch.dist(perturb(spec, vector, amount, seed=0), vector) for amount in (0.01, 0.5))
    assert 0 < small < 0.05 * large


@pytest.mark.parametrize(
    "change", [lambda *a: perturb(*a[:2], 1.0, seed=0, locked=a[2]), zero_noise], ids=["perturb", "zero"]
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
    one, same, other = (perturb(spec, torch.ones(5), 0.5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_entries_that_lay_outside_of_uniform_noise_come_back():
    spec = LatentSpec.of(2, "uniform")
    assert perturb(spec, torch.tensor([3.0, -10_000.0]), 0.05, seed=0).abs().max() <= 1


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_another_amount_is_an_error(amount):
    with pytest.raises(LatentError, match="choose 0"):
        perturb(LatentSpec.of(2, "normal"), torch.zeros(2), amount, seed=0)


def test_restore_copies():
    vector = torch.zeros(3)
    assert restore(vector, torch.tensor([1.0, 2.0, 3.0]), [2]).tolist() == [0, 0, 3]
    assert vector.tolist() == [0, 0, 0]


@pytest.mark.parametrize("change", [lambda *a: perturb(*a, 1.0, seed=0), zero_noise], ids=["perturb", "zero"])
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


def simulated(spec: LatentSpec, n: int = 20_000) -> torch.Tensor:
    vectors = spec.sample(n, generator=torch.Generator().manual_seed(1))
    return noise_norms(spec, vectors).sort().values


@pytest.mark.parametrize(
    ("size", "kind"), [(1, "normal"), (2, "normal"), (100, "normal"), (16, "uniform"), (100, "uniform")]
)
def test_the_share_that_is_shorter_is_what_a_simulation_finds(size, kind):
    spec = LatentSpec.of(size, kind)
    lengths = simulated(spec)
    found = torch.linspace(0, 1, len(lengths), dtype=torch.float64)
    assert (norm_percentile(spec, lengths) - found).abs().max() < 0.02


def test_two_normal_entries_by_hand():
    # In two dimensions the share within radius r is 1 - exp(-r^2 / 2): half of them lie within sqrt(2 ln 2).
    half = norm_percentile(LatentSpec.of(2, "normal"), torch.tensor([0.0, math.sqrt(2 * math.log(2)), 100.0]))
    assert half.tolist() == pytest.approx([0, 0.5, 1], abs=1e-6)


def test_lengths_far_outside_are_shares_of_0_and_1():
    for kind in ("normal", "uniform"):
        spec = LatentSpec.of(100, kind)
        shares = norm_percentile(spec, torch.tensor([0.0, 1e5]))
        assert shares.tolist() == pytest.approx([0, 1], abs=1e-9)


def test_class_weights_do_not_count():
    spec = LatentSpec.of(2, "normal", ("cat", "dog"))
    assert noise_norms(spec, torch.tensor([[3.0, 4.0, 1.0, 0.0]])).tolist() == [5.0]


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_the_typical_length_lies_in_the_middle(kind):
    spec = LatentSpec.of(100, kind)
    assert norm_percentile(spec, torch.tensor([typical_norm(spec)])).item() == pytest.approx(0.5, abs=0.03)
    middle = noise_norms(spec, base_vectors(spec, 200, 0)).median()
    assert typical_norm(spec) == pytest.approx(middle.item(), rel=0.03)


def test_the_noise_of_all_levels_counts_and_codes_do_not():
    levels = LatentSpec((Section("noise", 1), Section("noise", 1, level=14), Section("code", 1, "uniform")))
    assert noise_norms(levels, torch.tensor([[3.0, 4.0, 9.0]])).tolist() == [5.0]
    assert typical_norm(levels) == pytest.approx(2**0.5)


def test_noise_of_two_kinds_is_what_a_simulation_finds():
    spec = LatentSpec((Section("noise", 60), Section("noise", 40, "uniform", level=14)))
    lengths = simulated(spec)
    found = torch.linspace(0, 1, len(lengths), dtype=torch.float64)
    assert (norm_percentile(spec, lengths) - found).abs().max() < 0.03
