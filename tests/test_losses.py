"""Against numbers worked out by hand. With D(x) = 0.9 the logit is ln 9, with D(x) = 0.5 it is 0."""

import math

import pytest
import torch

from gan_core import losses

LN9 = math.log(9.0)


def test_an_undecided_discriminator_pays_two_ln_two():
    zeros = torch.zeros(4)
    assert losses.minimax_discriminator_loss(zeros, zeros).item() == pytest.approx(2 * math.log(2))


def test_the_minimax_discriminator_loss_by_hand():
    # D(x) = 0.9 on both real images; D(G(z)) = 0.1 and 0.5: -ln 0.9 + (-ln 0.9 - ln 0.5) / 2
    loss = losses.minimax_discriminator_loss(torch.tensor([LN9, LN9]), torch.tensor([-LN9, 0.0]))
    assert loss.item() == pytest.approx(-math.log(0.9) + (-math.log(0.9) - math.log(0.5)) / 2)


def test_label_smoothing_by_hand():
    # Targets 0.9 and 0.1 with D(x) = 0.8, D(G(z)) = 0.3
    real, fake = torch.tensor([math.log(4.0)]), torch.tensor([math.log(3 / 7)])
    by_hand = -(0.9 * math.log(0.8) + 0.1 * math.log(0.2)) - (0.1 * math.log(0.3) + 0.9 * math.log(0.7))
    assert losses.minimax_discriminator_loss(real, fake, label_smoothing=0.1).item() == pytest.approx(by_hand, rel=1e-5)


def test_smoothing_is_cheapest_at_its_own_target():
    logits = torch.linspace(-4, 4, 801)
    costs = [losses.minimax_discriminator_loss(a[None], -a[None], 0.1).item() for a in logits]
    best = logits[costs.index(min(costs))]
    assert torch.sigmoid(best).item() == pytest.approx(0.9, abs=0.002)


def test_generator_losses_by_hand():
    fake = torch.tensor([-LN9])  # D(G(z)) = 0.1
    assert losses.non_saturating_generator_loss(fake).item() == pytest.approx(-math.log(0.1))
    assert losses.minimax_generator_loss(fake).item() == pytest.approx(math.log(0.9))


def test_minimax_saturates_where_the_other_does_not():
    gradients = {}
    for loss in (losses.non_saturating_generator_loss, losses.minimax_generator_loss):
        logit = torch.tensor([-10.0], requires_grad=True)  # D is sure that the image is fake
        loss(logit).backward()
        gradients[loss] = logit.grad.item()
    # d/da: -sigmoid(-a) against -sigmoid(a)
    assert gradients[losses.non_saturating_generator_loss] == pytest.approx(-1.0, abs=1e-4)
    assert gradients[losses.minimax_generator_loss] == pytest.approx(-math.exp(-10), rel=1e-3)


def test_huge_logits_stay_finite():
    huge = torch.tensor([1e4, -1e4])
    assert torch.isfinite(losses.minimax_discriminator_loss(huge, huge, 0.1))
    assert torch.isfinite(losses.non_saturating_generator_loss(huge))
    assert torch.isfinite(losses.minimax_generator_loss(huge))


# Least squares, hinge, Wasserstein, relativistic, energy


def test_least_squares():
    """1/2 mean((1 - 1)^2, (3 - 1)^2) + 1/2 mean(0^2, 2^2) = 1 + 1; for the generator 1/2 mean(1, 1) = 1/2."""
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])
    assert losses.least_squares_discriminator_loss(real, fake).item() == pytest.approx(2)
    assert losses.least_squares_generator_loss(fake).item() == pytest.approx(0.5)


def test_hinge_stops_at_the_margin():
    """max(0, 1 - a): 0 and 0.5; max(0, 1 + b): 0 and 3. Means 0.25 and 1.5."""
    real, fake = torch.tensor([4.0, 0.5]), torch.tensor([-3.0, 2.0])
    assert losses.hinge_discriminator_loss(real, fake).item() == pytest.approx(1.75)


def test_wasserstein():
    real, fake = torch.tensor([5.0, 1.0]), torch.tensor([0.0, -2.0])
    assert losses.wasserstein_discriminator_loss(real, fake).item() == pytest.approx(-4)
    assert losses.wasserstein_generator_loss(fake).item() == pytest.approx(1)


def test_relativistic_compares_pairs():
    """log(1 + e^(b - a)) for differences of 0 and -2; both players use it, the other way round."""
    a, b = torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0])
    expected = (math.log(2) + math.log(1 + math.exp(-2))) / 2
    assert losses.relativistic_discriminator_loss(a, b).item() == pytest.approx(expected)
    assert losses.relativistic_discriminator_loss(a + 100, b + 100).item() == pytest.approx(expected, abs=1e-5)


def test_energy_margin():
    """Real energies 0.25 and 0.75 count in full; fakes only up to the margin of 1: 0.5 and 0 left."""
    real, fake = torch.tensor([0.25, 0.75]), torch.tensor([0.5, 7.0])
    assert losses.energy_discriminator_loss(real, fake, margin=1.0).item() == pytest.approx(0.75)


# Classes and codes


def test_a_perfect_class_prediction_costs_nothing():
    """With a softmax before the cross-entropy it would still cost log(e + 9) - 1 = 1.46."""
    classes = torch.eye(10)
    assert losses.classification_loss(100 * classes, classes).item() == pytest.approx(0, abs=1e-6)


def test_an_ignorant_class_prediction_costs_log_k():
    assert losses.classification_loss(torch.zeros(3, 10), torch.eye(10)[:3]).item() == pytest.approx(math.log(10))


def test_code_likelihood():
    """Half of (1^2 + 2^2) for one image, 0 for the other; mean 1.25."""
    means, codes = torch.tensor([[0.5, -1.0], [0.2, 0.2]]), torch.tensor([[-0.5, 1.0], [0.2, 0.2]])
    assert losses.gaussian_code_nll(means, codes).item() == pytest.approx(1.25)


# What all have in common: (the loss, which outputs it takes, the sign of its derivative by each)

OF_CLASSES = {"classification_loss", "invariant_information_loss"}  # not of D's output
PROPERTIES = {
    "minimax_discriminator_loss": (-1, +1),
    "minimax_generator_loss": (-1,),
    "non_saturating_generator_loss": (-1,),
    "hinge_discriminator_loss": (-1, +1),
    "hinge_generator_loss": (-1,),
    "wasserstein_discriminator_loss": (-1, +1),
    "wasserstein_generator_loss": (-1,),
    "relativistic_discriminator_loss": (-1, +1),
    "relativistic_generator_loss": (+1, -1),
    "least_squares_discriminator_loss": (-1, +1),
    "least_squares_generator_loss": (-1,),
    "energy_discriminator_loss": (+1, -1),
    "energy_generator_loss": (+1,),
}
EXTRA = {"energy_discriminator_loss": {"margin": 1.0}}


def outputs(name: str, value: float, dtype=torch.float32) -> list[torch.Tensor]:
    return [torch.full((4,), value, dtype=dtype, requires_grad=True) for _ in PROPERTIES[name]]


def value_of(name: str, given: list[torch.Tensor]) -> torch.Tensor:
    return getattr(losses, name)(*given, **EXTRA.get(name, {}))


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_loss_points_the_right_way(name):
    given = outputs(name, 0.25)
    value_of(name, given).backward()
    assert [int(part.grad.sign().sum()) for part in given] == [4 * sign for sign in PROPERTIES[name]]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", PROPERTIES)
def test_a_loss_is_a_float32_scalar_whatever_it_is_computed_from(name, dtype):
    loss = value_of(name, outputs(name, 0.25, dtype))
    assert (loss.dtype, loss.shape) == (torch.float32, ())
    assert loss.item() == value_of(name, outputs(name, 0.25)).item()


@pytest.mark.parametrize("value", [1e4, -1e4])
@pytest.mark.parametrize("name", PROPERTIES)
def test_a_loss_stays_finite(name, value):
    given = outputs(name, value)
    loss = value_of(name, given)
    loss.backward()
    assert loss.isfinite()
    assert all(part.grad.isfinite().all() for part in given)


def test_every_loss_of_outputs_is_in_the_table():
    assert {name for name in vars(losses) if name.endswith("_loss")} == {*PROPERTIES, *OF_CLASSES}


def test_invariant_information_by_hand():
    """Both views surely alike and two classes equally frequent: log 2. Views that say nothing of each other: 0."""
    sure = torch.tensor([[50.0, -50.0], [-50.0, 50.0]])
    assert losses.invariant_information_loss(sure, sure).item() == pytest.approx(-math.log(2), abs=1e-4)
    assert losses.invariant_information_loss(sure, torch.zeros(2, 2)).item() == pytest.approx(0, abs=1e-4)
    all_one = sure[:1].expand(2, 2)
    assert losses.invariant_information_loss(all_one, all_one).item() == pytest.approx(0, abs=1e-4)
