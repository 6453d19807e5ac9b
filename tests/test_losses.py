"""Against numbers worked out by hand. With D(x) = 0.9 the logit is ln 9, with D(x) = 0.5 it is 0."""

import math

import pytest
import torch

from gan_core import losses

LN9 = math.log(9.0)


def test_an_undecided_discriminator_pays_two_ln_two():
    zeros = torch.zeros(4)
    assert losses.discriminator_bce(zeros, zeros).item() == pytest.approx(2 * math.log(2))


def test_discriminator_bce_by_hand():
    # D(x) = 0.9 on both real images; D(G(z)) = 0.1 and 0.5: -ln 0.9 + (-ln 0.9 - ln 0.5) / 2
    loss = losses.discriminator_bce(torch.tensor([LN9, LN9]), torch.tensor([-LN9, 0.0]))
    assert loss.item() == pytest.approx(-math.log(0.9) + (-math.log(0.9) - math.log(0.5)) / 2)


def test_label_smoothing_by_hand():
    # Targets 0.9 and 0.1 with D(x) = 0.8, D(G(z)) = 0.3
    real, fake = torch.tensor([math.log(4.0)]), torch.tensor([math.log(3 / 7)])
    by_hand = -(0.9 * math.log(0.8) + 0.1 * math.log(0.2)) - (0.1 * math.log(0.3) + 0.9 * math.log(0.7))
    assert losses.discriminator_bce(real, fake, label_smoothing=0.1).item() == pytest.approx(by_hand, rel=1e-5)


def test_smoothing_is_cheapest_at_its_own_target():
    logits = torch.linspace(-4, 4, 801)
    costs = [losses.discriminator_bce(a[None], -a[None], 0.1).item() for a in logits]
    best = logits[costs.index(min(costs))]
    assert torch.sigmoid(best).item() == pytest.approx(0.9, abs=0.002)


def test_generator_losses_by_hand():
    fake = torch.tensor([-LN9])  # D(G(z)) = 0.1
    assert losses.generator_non_saturating(fake).item() == pytest.approx(-math.log(0.1))
    assert losses.generator_minimax(fake).item() == pytest.approx(math.log(0.9))


def test_minimax_saturates_where_the_other_does_not():
    gradients = {}
    for loss in (losses.generator_non_saturating, losses.generator_minimax):
        logit = torch.tensor([-10.0], requires_grad=True)  # D is sure that the image is fake
        loss(logit).backward()
        gradients[loss] = logit.grad.item()
    # d/da: -sigmoid(-a) against -sigmoid(a)
    assert gradients[losses.generator_non_saturating] == pytest.approx(-1.0, abs=1e-4)
    assert gradients[losses.generator_minimax] == pytest.approx(-math.exp(-10), rel=1e-3)


def test_huge_logits_stay_finite():
    huge = torch.tensor([1e4, -1e4])
    assert torch.isfinite(losses.discriminator_bce(huge, huge, 0.1))
    assert torch.isfinite(losses.generator_non_saturating(huge))
    assert torch.isfinite(losses.generator_minimax(huge))
