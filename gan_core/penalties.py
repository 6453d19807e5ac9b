"""Penalties and constraints for a discriminator, and a term that keeps a generator varied."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from gan_core.formulas import formula

# Keeps the derivative of the square root finite where a gradient vanishes; lost in rounding beside a norm of 1.
EPSILON = 1e-12


@formula(
    "{deviations}",
    deviations=r"\overline{(\lVert\nabla D(\hat x)\rVert - 1)^2}",
    where={"norms": r"\overline{\lVert\nabla D(\hat x)\rVert}"},
)
def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """E[(|grad D(x)| - 1)^2] at random points x between real and fake images, a float32 scalar.

    The norm is each image's own, over all its pixels and channels; every pair has its own mixing weight. Gulrajani et
    al. 2017, arXiv:1704.00028, equation 3.

    Args:
        critic: Images -> outputs (N,); it must not mix the images of a batch (no BatchNorm).
        real: (N, C, H, W).
        fake: (N, C, H, W).
    """
    weight = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = torch.lerp(real.float(), fake.float(), weight).requires_grad_()
    norms = (squared_gradient_norms(critic(between), between) + EPSILON).sqrt()
    deviations = (norms - 1).square()
    return deviations.mean()


def squared_gradient_norms(outputs: Tensor, images: Tensor) -> Tensor:
    """|grad D(x)|^2 of each image, (N,), itself differentiable; see `zero_centered_penalty`.

    Args:
        outputs: D's outputs (N,), computed from `images` without mixing them.
        images: float32 (N, C, H, W) that require a gradient.
    """
    (gradient,) = torch.autograd.grad(outputs.sum(), images, create_graph=True)
    return gradient.flatten(1).square().sum(dim=1)


@formula(
    r"\tfrac{{gamma}}{2} \cdot {squared_norms}", gamma=r"\gamma", squared_norms=r"\overline{\lVert\nabla D\rVert^2}"
)
def zero_centered_penalty(squared_norms: Tensor, gamma: float) -> Tensor:
    """gamma/2 |grad D|^2 of `squared_gradient_norms` (N,), a scalar: R1 at real images, R2 at fakes.

    Mescheder et al. 2018, arXiv:1801.04406, equation 9.
    """
    return gamma / 2 * squared_norms.mean()


@torch.no_grad()
@formula(r"\min(\max(w, -c), c)", where={"bound": "c"})
def clip_weights(critic: nn.Module, bound: float) -> None:
    """Put every weight back into -bound .. bound; Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1."""
    weights: list[Tensor] = list(critic.parameters())
    torch._foreach_clamp_min_(weights, -bound)
    torch._foreach_clamp_max_(weights, bound)


@formula(r"\overline{\cos^2(c_i, c_j)}")
def pulling_away_term(codes: Tensor) -> Tensor:
    """The mean squared cosine between the codes (N, F) of different images, a float32 scalar in 0 .. 1.

    1 when all codes point the same way, or opposite ways; 0 when they are orthogonal. Zhao et al. 2016,
    arXiv:1609.03126, section 2.4.
    """
    n = len(codes)
    directions = normalize(codes.float(), dim=1)
    squared_cosines = (directions @ directions.T).square()
    return (squared_cosines.sum() - squared_cosines.diagonal().sum()) / (n * (n - 1))
