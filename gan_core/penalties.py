"""Penalties and constraints that keep a discriminator tame or a generator varied."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

# Keeps the derivative of the square root finite where a gradient vanishes; lost in rounding beside a norm of 1.
TINY = 1e-12


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """E[(|grad D(x)| - 1)^2] at random points x between real and fake images (Gulrajani et al. 2017, equation 3).

    The norm is each image's own, over all its pixels and channels; every pair (N, C, H, W) has its own mixing weight.
    `critic` must judge every image by itself (no BatchNorm). Norms are float32 whatever the critic computes in.
    """
    weight = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = torch.lerp(real.float(), fake.float(), weight).requires_grad_()
    norms = (squared_gradient_norms(critic(between), between) + TINY).sqrt()
    return (norms - 1).square().mean()


def squared_gradient_norms(logits: Tensor, images: Tensor) -> Tensor:
    """|grad D(x)|^2 of each image, (N,), itself differentiable. `logits` (N,) were computed from float32 `images`."""
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1)


@torch.no_grad()
def clip_weights(critic: nn.Module, bound: float) -> None:
    """Put every weight back into -bound .. bound (Arjovsky et al. 2017, algorithm 1)."""
    weights = list(critic.parameters())
    torch._foreach_clamp_min_(weights, -bound)
    torch._foreach_clamp_max_(weights, bound)


def pulling_away(codes: Tensor) -> Tensor:
    """The mean squared cosine between the codes (N, F) of different images (Zhao et al. 2016, section 2.4).

    1 when all codes point the same way, or opposite ways; 0 when they are orthogonal.
    """
    n = len(codes)
    directions = normalize(codes.float(), dim=1)
    squared_cosines = (directions @ directions.T).square()
    return (squared_cosines.sum() - squared_cosines.diagonal().sum()) / (n * (n - 1))
