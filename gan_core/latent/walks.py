"""Walks: closed ways through latent space from vector to vector, as the frames of an animation.

Random noise of many entries lies near a sphere: nearly all of its vectors have about the same length. The straight
way between two of them cuts through the inside, which the generator has never seen; half way between two vectors at
right angles the length is down to 0.71 of theirs. The spherical way turns from one to the other instead and changes
the length evenly (slerp; White 2016, arXiv:1609.04468).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent_spec import LatentSpec

MAX_FRAMES = 1000
PARALLEL = 1e-9  # below this, relative to the length, two vectors have no plane of their own

Way = Literal["spherical", "straight"]


@python_arguments
def walk(spec: LatentSpec, stops: Tensor, steps: int, path: Way = "spherical") -> Tensor:
    """Vectors float32 (K * steps, size) from each of the stops (K, size) to the next, and from the last to the first.

    Frame i * steps is exactly stop i. Only noise goes the spherical way; codes and class weights are mixed linearly.

    Args:
        spec: The layout of z.
        stops: Vectors to pass through.
        steps: Frames from one stop to the next.
        path: Whether noise goes along the arc or the straight line.

    Raises:
        LatentError: For fewer than two stops, vectors of the wrong length, or more than `MAX_FRAMES` frames.
    """
    spec.check(stops)
    if len(stops) < 2:
        raise LatentError("a walk needs at least two vectors; add another one")
    if not 1 <= steps <= MAX_FRAMES // len(stops):
        raise LatentError(
            "{steps} frames for each of {stops} ways; choose 1 to {limit}",
            steps=steps,
            stops=len(stops),
            limit=MAX_FRAMES // len(stops),
        )
    shares = torch.arange(steps, dtype=torch.float64) / steps
    noise = spec.entries("noise")
    ways = []
    for start, end in zip(stops, stops.roll(-1, 0), strict=True):
        way = lerp(start, end, shares)
        if path == "spherical":
            way[:, noise] = slerp(start[noise], end[noise], shares)
        ways.append(way)
    return torch.cat(ways)


def lerp(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """The straight way between vectors (size,): float32 (T, size) for shares (T,); 0 and 1 give exactly the ends."""
    shares = shares.double()[:, None]
    return _exact_ends((1 - shares) * start.double() + shares * end.double(), start, end, shares)


def slerp(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """The spherical way between vectors (size,): float32 (T, size) for shares (T,), at an even pace.

    The direction turns along the arc between the two; the length goes evenly from one to the other. Vectors that
    point in the same direction stay on their line. Between opposite ones all arcs are alike; one is chosen. Where an
    end is zero there is no direction to turn from, and the way is straight.
    """
    a, b = start.double(), end.double()
    lengths = a.norm(), b.norm()
    if min(lengths) == 0 or len(a) == 1:
        return lerp(start, end, shares)
    a, b = a / lengths[0], b / lengths[1]
    across = b - (b @ a) * a
    turn = torch.atan2(across.norm(), b @ a)
    if across.norm() < PARALLEL:
        across = torch.zeros_like(a)
        across[a.abs().argmin()] = 1.0
        across -= (across @ a) * a
    across /= across.norm()
    shares = shares.double()[:, None]
    directions = torch.cos(shares * turn) * a + torch.sin(shares * turn) * across
    return _exact_ends(directions * torch.lerp(*lengths, shares), start, end, shares)


@python_arguments
def angles(spec: LatentSpec, stops: Tensor) -> Tensor:
    """The angle between the noise of each stop (K, size) and of the next, the last and the first, in degrees (K,).

    NaN where one of the two is zero.
    """
    spec.check(stops)
    noise = stops[:, spec.entries("noise")].double()
    here = noise / noise.norm(dim=1, keepdim=True)
    there = here.roll(-1, 0)
    # Kahan's form; the arc cosine would lose half of the digits of small angles.
    return torch.rad2deg(2 * torch.atan2((here - there).norm(dim=1), (here + there).norm(dim=1)))


def _exact_ends(way: Tensor, start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """`way` (T, size) as float32, with the ends free of rounding."""
    way = torch.where(shares == 0, start, way.float())
    return torch.where(shares == 1, end, way)
