"""The effect of entries close by one vector: the derivative of the picture by each entry, the generator's Jacobian.

`effects` asks what becomes of many pictures when an entry goes from one end to the other; the Jacobian asks what
becomes of this picture when it moves a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import jvp, vmap

from gan_core.latent.arguments import python_arguments
from gan_core.latent.effects import Effects
from gan_core.models.checkpoint import Checkpoint

CHUNK = 128  # derivatives computed at a time


@python_arguments
def jacobian(checkpoint: Checkpoint, vector: Tensor, entries: Sequence[int] | None = None) -> Tensor:
    """The derivative of the picture by each entry at `vector` (size,): float (E, C, H, W), above 0 where it brightens.

    Pictures go from 0 to 1: at a pixel of 0.1 each 1 that the entry rises adds a tenth of the full range. Computed by
    forward-mode differentiation, one pass for an entry, however many pixels there are.

    Raises `LatentError` for entries that are not there or a vector of the wrong length.
    """
    entries = range(checkpoint.latent_spec.size) if entries is None else entries
    checkpoint.latent_spec.check(vector[None])
    checkpoint.latent_spec.check_entries(entries)

    def picture(latent: Tensor) -> Tensor:
        return (checkpoint.generator(latent[None])[0] + 1) / 2

    def derivative(direction: Tensor) -> Tensor:
        return jvp(picture, (vector,), (direction,))[1]

    directions = torch.eye(checkpoint.latent_spec.size, dtype=vector.dtype)[list(entries)]
    return vmap(derivative, chunk_size=CHUNK)(directions)


@python_arguments
def local_effects(checkpoint: Checkpoint, vector: Tensor, entries: Sequence[int] | None = None) -> Effects:
    """The Jacobian at `vector` (size,) as effects: mean absolute change of the pixels for each 1 an entry moves."""
    entries = range(checkpoint.latent_spec.size) if entries is None else entries
    maps = jacobian(checkpoint, vector, entries).abs().mean(1)
    return Effects(tuple(entries), maps.mean((1, 2)), maps)
