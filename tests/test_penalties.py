import math

import pytest
import torch
from torch import nn

from gan_core.penalties import clip_weights, gradient_penalty, pulling_away_term, squared_gradient_norms


def linear_critic(weights):
    """D(x) = sum of weights * pixels, whose gradient is the weights everywhere."""
    return lambda images: (images * weights).flatten(1).sum(dim=1)


def images(n=4, channels=1, side=2):
    return torch.randn(n, channels, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("channels", [1, 3])
def test_gradients_of_norm_one_cost_nothing(channels):
    """49 images with norms of exactly 1: the norm of the whole batch would be 7 and cost (7 - 1)^2 = 36."""
    weights = torch.zeros(channels, 2, 2)
    weights[-1, 1, 0] = 1.0
    real, fake = images(49, channels), images(49, channels) + 1
    assert gradient_penalty(linear_critic(weights), real, fake).item() == 0


def test_penalty_of_a_known_slope():
    """Gradient (1, 2, 2, 4) has norm 5, so each image costs (5 - 1)^2; over axis 1 alone it would be another number."""
    weights = torch.tensor([[[1.0, 2.0], [2.0, 4.0]]])
    assert gradient_penalty(linear_critic(weights), images(), images()).item() == pytest.approx(16, abs=1e-5)


def test_penalty_is_the_mean_over_images_with_their_own_norms():
    """D(x) = s(x) * first pixel with s = 1 for two images and 3 for two: (0 + 0 + 4 + 4) / 4."""
    slopes = torch.tensor([1.0, 1.0, 3.0, 3.0])
    penalty = gradient_penalty(lambda x: slopes * x[:, 0, 0, 0], images(), images())
    assert penalty.item() == pytest.approx(2, abs=1e-6)


def test_every_pair_has_one_mixing_weight_of_its_own():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.flatten(1).sum(dim=1)

    gradient_penalty(critic, torch.zeros(64, 3, 2, 2), torch.ones(64, 3, 2, 2))
    weights = seen[0].flatten(1)
    assert torch.equal(weights, weights[:, :1].expand_as(weights))  # one for all pixels and channels
    assert len(weights[:, 0].unique()) == 64
    assert 0 <= weights.min() < 0.2
    assert 0.8 < weights.max() <= 1


def test_penalty_of_a_flat_critic_has_a_finite_gradient():
    weight = torch.zeros(1, 2, 2, requires_grad=True)
    gradient_penalty(linear_critic(weight), images(), images()).backward()
    assert torch.isfinite(weight.grad).all()


def test_penalty_reaches_the_critic_and_not_the_images():
    critic = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
    real, fake = images(), images().requires_grad_()
    gradient_penalty(critic, real, fake.detach()).backward()
    assert critic[1].weight.grad.abs().sum() > 0
    assert fake.grad is None


def test_squared_gradient_norms():
    """Of sum(x^2): gradient 2x, squared norm 4 |x|^2."""
    x = torch.tensor([[1.0, 2.0], [0.5, 0.0]]).view(2, 1, 1, 2).requires_grad_()
    norms = squared_gradient_norms(x.square().flatten(1).sum(dim=1), x)
    assert norms.tolist() == pytest.approx([20.0, 1.0])
    norms.sum().backward()
    assert torch.allclose(x.grad, 8 * x)  # d/dx 4 |x|^2


# Weight clipping


def test_clipping_bounds_every_weight_and_keeps_small_ones():
    critic = nn.Linear(3, 1)
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[-2.0, 0.005, 0.3]]))
        critic.bias.fill_(-0.02)
    clip_weights(critic, 0.01)
    assert critic.weight.tolist() == [pytest.approx([-0.01, 0.005, 0.01])]
    assert critic.bias.item() == pytest.approx(-0.01)


# The pulling-away term


def test_a_collapsed_batch_has_a_pulling_away_term_of_one():
    assert pulling_away_term(torch.tensor([[1.0, 2.0]]).repeat(4, 1)).item() == pytest.approx(1)


def test_opposite_modes_count_as_collapsed():
    """The cosine is squared; unsquared, two opposite modes would come out as slightly negative."""
    codes = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [2.0, 2.0], [-3.0, -3.0]])
    assert pulling_away_term(codes).item() == pytest.approx(1)


def test_orthogonal_codes_cost_nothing():
    assert pulling_away_term(5 * torch.eye(4)).item() == pytest.approx(0, abs=1e-7)


def test_pulling_away_of_three_codes_by_hand():
    """Angles of 0, 60 and 90 degrees: squared cosines of the pairs 1/4, 0 and 3/4, mean 1/3."""
    codes = torch.tensor([[math.cos(a), math.sin(a)] for a in (0, math.pi / 3, math.pi / 2)])
    assert pulling_away_term(codes).item() == pytest.approx(1 / 3, abs=1e-6)


def test_pulling_away_does_not_depend_on_length():
    codes = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    assert pulling_away_term(codes).item() == pytest.approx(pulling_away_term(codes * 100).item(), abs=1e-6)
