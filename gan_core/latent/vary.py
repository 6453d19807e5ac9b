"""A little or a lot of fresh noise in a latent vector, so that the result is as likely as any other random vector."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent_spec import LatentSpec


@python_arguments
def vary(spec: LatentSpec, vector: Tensor, amount: float, *, seed: int, locked: Iterable[int] = ()) -> Tensor:
    """A copy of `vector` (size,) whose noise v is mixed with fresh noise n: sqrt(1 - amount^2) v + amount n.

    The two weights are the sides of a right angle, so the mixture of two normal vectors is normal again and no
    shorter or longer than they are; the plain average would be too short. Uniform noise is mixed by its normal
    quantiles, which keeps it uniform; entries that lay outside of (-1, 1) come back into it.

    amount: 0 changes nothing, 1 leaves nothing of the old noise
    Noise and codes are mixed, each section by itself.

    locked: entries that stay as they are; the weights of classes and categories always do
    Raises `LatentError` for another amount.
    """
    if not 0 <= amount <= 1:
        raise LatentError(f"the amount is {amount}; choose 0 (nothing changes) to 1 (all is new)")
    if amount == 0:
        return vector.clone()
    generator = torch.Generator().manual_seed(seed)
    varied = vector.clone()
    for section, place in spec.layout:
        if not section.is_choice:
            uniform = section.distribution == "uniform"
            fresh = torch.randn(section.size, generator=generator, dtype=torch.float64)
            old = _normal_quantiles(vector[place]) if uniform else vector[place].double()
            mixed = (1 - amount**2) ** 0.5 * old + amount * fresh
            varied[place] = (2 * torch.special.ndtr(mixed) - 1 if uniform else mixed).float()
    return restore(varied, vector, locked)


@python_arguments
def zero_noise(spec: LatentSpec, vector: Tensor, locked: Iterable[int] = ()) -> Tensor:
    """A copy of `vector` (size,) with all noise and codes at 0, `locked` ones excepted."""
    zeroed = vector.clone()
    zeroed[spec.entries("noise", "code")] = 0
    return restore(zeroed, vector, locked)


@python_arguments
def restore(vector: Tensor, source: Tensor, entries: Iterable[int]) -> Tensor:
    """A copy of `vector` (size,) in which `entries` are those of `source`."""
    entries = list(entries)
    restored = vector.clone()
    restored[entries] = source[entries]
    return restored


def _normal_quantiles(uniform: Tensor) -> Tensor:
    """Values on (-1, 1) as the values of a standard normal that are as far up in their distribution, float64."""
    return torch.special.ndtri(((uniform.double() + 1) / 2).clamp(1e-6, 1 - 1e-6))
