"""Random samples, all of them or the best by the discriminator's judgement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.images import grid, png_bytes
from gan_core.latent.arguments import python_arguments
from gan_core.latent.vectors import with_class
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint

MAX_DRAWN = 200_000
SHOWN = 64


@dataclass(frozen=True)
class Samples:
    """Images that were drawn together.

    images:  uint8 (N, C, H, W)
    vectors: their latent vectors, float32 (N, size)
    labels:  their classes, int64 (N,), or None for an unconditional generator

    A notebook shows the first `SHOWN` of them as a grid.
    """

    images: Tensor
    vectors: Tensor
    labels: Tensor | None

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.images.shape[1:]))
        return f"<{len(self)} samples, images {size}, vectors of {self.vectors.shape[1]} entries>"

    def picture(self, columns: int = 8, scale: int = 2) -> np.ndarray:
        """All images as one, uint8 (H, W) or (H, W, 3): rows of `columns`, each pixel enlarged by `scale`."""
        return grid(self.images, columns, scale=scale)

    def _repr_png_(self) -> bytes:
        return png_bytes(grid(self.images[:SHOWN], 8, scale=2))


@python_arguments
def sample(
    checkpoint: Checkpoint, n: int, *, seed: int = 0, label: int | str | None = None, best: float = 1.0
) -> Samples:
    """Draw `n` images; with `best` below 1, draw n / best and keep the `n` that D rates highest, best first.

    label: the class of all of them, by index or name; None draws a class for each

    Raises `LatentError` when there is no discriminator to ask, or no such class.
    """
    if n < 1:
        raise LatentError(f"{n} images were asked for; draw at least one")
    if not isinstance(best, int | float):
        raise LatentError(f"best is {best!r}; it is the fraction to keep, above 0 and at most 1")
    if not 0 < best <= 1:
        raise LatentError(f"best is {best}; it is the fraction to keep, above 0 and at most 1")
    drawn = round(n / best)
    if drawn > MAX_DRAWN:
        raise LatentError(f"keeping {best:g} for {n} images would draw {drawn}; at most {MAX_DRAWN} are drawn")
    vectors = sample_vectors(checkpoint.latent_spec, drawn, seed, label)
    if best < 1:
        scores = checkpoint.score(vectors)
        if scores is None:
            raise LatentError(f"{checkpoint.name} has no discriminator to choose the best; leave best out")
        vectors = vectors[scores.topk(n).indices]
    return Samples(checkpoint.draw(vectors), vectors, checkpoint.latent_spec.chosen(vectors, "class"))


@python_arguments
def sample_vectors(spec: LatentSpec, n: int, seed: int, label: int | None = None) -> Tensor:
    """Random latent vectors, float32 (n, size), the same for the same seed and n; see `sample`."""
    vectors = spec.sample(n, generator=torch.Generator().manual_seed(seed))
    return vectors if label is None else with_class(spec, vectors, label)
