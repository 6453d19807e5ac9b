"""The same random numbers for several generators, so that what they make of them can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_core.latent.arguments import python_arguments
from gan_core.latent.vectors import base_vectors, each_class_in_turn
from gan_core.latent_spec import LatentSpec


@python_arguments
def shared_vectors(specs: Sequence[LatentSpec], n: int, seed: int) -> list[Tensor]:
    """Base vectors (n, size) for each latent that begin with the same noise; where one is longer, it has more of it.

    The first latent gets its usual `base_vectors`. For another kind of noise each number is replaced by the one of the
    same rank: what is larger than 90% of normal noise becomes what is larger than 90% of uniform noise. Classes or
    categories are taken in turn; all else is as in `base_vectors`. Raises `LatentError` like `base_vectors`.
    """
    longest = max(spec.noise_size for spec in specs)
    kind = specs[0].noise.distribution
    first = LatentSpec.of(specs[0].noise_size, kind)
    # Drawn apart, so that the first part does not depend on how long the others are.
    rest = LatentSpec.of(longest, kind)
    noise = torch.cat([base_vectors(first, n, seed), base_vectors(rest, n, seed)[:, first.size :]], dim=1)
    return [_for(spec, base_vectors(spec, n, seed), noise, kind) for spec in specs]


def _for(spec: LatentSpec, vectors: Tensor, noise: Tensor, kind: str) -> Tensor:
    wanted = spec.noise.distribution
    vectors[:, spec.slice_of("noise")] = _converted(noise[:, : spec.noise_size], kind, wanted)
    return vectors if spec.choice is None else each_class_in_turn(spec, vectors)


def _converted(noise: Tensor, kind: str, wanted: str) -> Tensor:
    """Noise of one kind as noise of another, number by number, by its rank."""
    if kind == wanted:
        return noise
    if wanted == "uniform":
        return 2 * torch.special.ndtr(noise) - 1
    edge = 1 - 1e-6  # the ends of the uniform range would become infinite
    return torch.special.ndtri((noise.clamp(-edge, edge) + 1) / 2)
