"""Latent vectors: drawing them, changing their noise or class, and how typical their length is.

Nearly all random vectors of much noise are about equally long: 100 normal entries have a length of 10, give or take
0.7. A vector of quite another length is one that the generator never met in training.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent_spec import LatentSpec, Section

MAX_VECTORS = 4096
MAX_SEED = 2**63 - 1


@python_arguments
def base_vectors(spec: LatentSpec, n: int, seed: int, label: int | str | None = None) -> Tensor:
    """Random vectors, float32 (n, size), always the same for the same seed.

    The first k of n vectors are the k vectors of the same seed: they are drawn one after another, so that columns
    can be added without changing those already there.

    Args:
        spec: The layout of z.
        n: Number of vectors.
        seed: From 0 to `MAX_SEED`.
        label: The class of all of them, by index or name; None draws a class for each.

    Raises:
        LatentError: For a number, seed or class that is not there.
    """
    if not 1 <= n <= MAX_VECTORS:
        raise LatentError("{n} base vectors were asked for; choose 1 to {limit}", n=n, limit=MAX_VECTORS)
    if not 0 <= seed <= MAX_SEED:
        raise LatentError("the seed is {seed}; choose a whole number from 0 to {limit}", seed=seed, limit=MAX_SEED)
    generator = torch.Generator().manual_seed(seed)
    z = torch.cat([spec.sample(1, generator=generator) for _ in range(n)])
    return z if label is None else with_class(spec, z, label)


@python_arguments
def with_class(spec: LatentSpec, z: Tensor, label: int | str) -> Tensor:
    """A copy of `z` (..., size) with the weights of one class, or of one category where there are no classes.

    Args:
        spec: The layout of z.
        z: One vector or several.
        label: The class, by index or name.

    Raises:
        LatentError: When the generator has neither classes nor categories, or not this one.
    """
    weights = spec.entries("class", "category")
    chosen = weights[spec.choice_index(label)]
    z = z.clone()
    z[..., weights] = 0.0
    z[..., chosen] = 1.0
    return z


@python_arguments
def cycle_classes(spec: LatentSpec, z: Tensor) -> Tensor:
    """A copy of `z` (N, size) of which the first has the first class or category, the next one the next."""
    classes = len(spec.choice_labels) or 1
    return torch.stack([with_class(spec, vector, index % classes) for index, vector in enumerate(z)])


@python_arguments
def paired_vectors(specs: Sequence[LatentSpec], n: int, seed: int) -> list[Tensor]:
    """Base vectors (n, size) for each generator that begin with the same noise; where one is longer, it has more of it.

    The first gets its usual `base_vectors`. For another distribution each number is replaced by the one of the same
    rank: what is larger than 90% of normal noise becomes what is larger than 90% of uniform noise. Classes or
    categories are taken in turn; all else is as in `base_vectors`.

    Raises:
        LatentError: As `base_vectors` does.
    """
    longest = max(spec.noise_size for spec in specs)
    given = specs[0].noise
    # Drawn apart, so that the first part does not depend on how long the others are.
    first, rest = (LatentSpec((Section("noise", size, given.distribution),)) for size in (given.size, longest))
    noise = torch.cat([base_vectors(first, n, seed), base_vectors(rest, n, seed)[:, first.size :]], dim=1)
    pairs = []
    for spec in specs:
        z = base_vectors(spec, n, seed)
        part = noise[:, : spec.noise_size]
        if spec.noise.distribution != given.distribution:
            part = uniform_by_rank(part) if given.distribution == "normal" else normal_by_rank(part)
        z[:, spec.slice_of("noise")] = part.float()
        pairs.append(z if spec.choice is None else cycle_classes(spec, z))
    return pairs


@python_arguments
def perturb(spec: LatentSpec, vector: Tensor, amount: float, *, seed: int, locked: Iterable[int] = ()) -> Tensor:
    """A copy of `vector` (size,) whose noise v is mixed with fresh noise n: sqrt(1 - amount^2) v + amount n.

    The two weights are the sides of a right angle, so the mixture of two normal vectors is normal again and no
    shorter or longer than they are; the plain average would be too short. Uniform noise is mixed by its normal
    quantiles, which keeps it uniform; entries that lay outside of (-1, 1) come back into it. Noise and codes are
    mixed, each section by itself.

    Args:
        spec: The layout of z.
        vector: What is changed.
        amount: 0 changes nothing, 1 leaves nothing of the old noise.
        seed: Of the fresh noise.
        locked: Entries that stay as they are; the weights of classes and categories always do.

    Raises:
        LatentError: For another amount.
    """
    if not 0 <= amount <= 1:
        raise LatentError("the amount is {amount}; choose 0 (nothing changes) to 1 (all is new)", amount=amount)
    if amount == 0:
        return vector.clone()
    generator = torch.Generator().manual_seed(seed)
    mixed = vector.clone()
    for section, place in spec.layout:
        if not section.is_choice:
            uniform = section.distribution == "uniform"
            fresh = torch.randn(section.size, generator=generator, dtype=torch.float64)
            old = normal_by_rank(vector[place]) if uniform else vector[place].double()
            both = (1 - amount**2) ** 0.5 * old + amount * fresh
            mixed[place] = (uniform_by_rank(both) if uniform else both).float()
    return restore(mixed, vector, locked)


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


@python_arguments
def noise_norms(spec: LatentSpec, z: Tensor) -> Tensor:
    """The Euclidean lengths of the noise of `z` (N, size), float32 (N,); neither codes nor weights count."""
    norms: Tensor = torch.linalg.vector_norm(z[:, spec.entries("noise")], dim=1)
    return norms


def typical_norm(spec: LatentSpec) -> float:
    """The length about which random noise lies: the root of the mean squared length."""
    return float(_noise_variances(spec).sum().sqrt())


@python_arguments
def norm_percentile(spec: LatentSpec, norms: Tensor) -> Tensor:
    """The share of random noise vectors that are shorter than each of `norms`, float64 (N,), 0 .. 1.

    Normal noise: the squared length has a chi-squared distribution, so this is exact. Else: a sum of many independent
    squares, of mean 1/3 and variance 4/45 for uniform entries and of mean 1 and variance 2 for normal ones, is about
    normal; the error is below 0.01 from 16 entries on.
    """
    means, squares = _noise_variances(spec), norms.double().square()
    if (means == 1).all():
        return torch.igamma(torch.full_like(squares, len(means) / 2), squares / 2)
    spread = torch.where(means == 1, 2.0, 4 / 45).sum().sqrt()
    share: Tensor = torch.special.ndtr((squares - means.sum()) / spread)
    return share


def _noise_variances(spec: LatentSpec) -> Tensor:
    return spec.variances[spec.entries("noise")].double()


def normal_by_rank(uniform: Tensor) -> Tensor:
    """Values on (-1, 1) as the values of a standard normal that are as far up in their distribution, float64."""
    edge = 1e-6  # the ends of the range would become infinite
    normal: Tensor = torch.special.ndtri(((uniform.double() + 1) / 2).clamp(edge, 1 - edge))
    return normal


def uniform_by_rank(normal: Tensor) -> Tensor:
    """Inverse of `normal_by_rank`, float64."""
    share: Tensor = torch.special.ndtr(normal.double())
    return 2 * share - 1
