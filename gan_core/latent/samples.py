"""Random samples: as they come, or ranked by the discriminator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.images import grid, png_bytes
from gan_core.latent.arguments import python_arguments
from gan_core.latent.vectors import with_class
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint

Number = TypeVar("Number", float, Tensor, np.ndarray)

MAX_DRAWN = 200_000
MAX_SHOWN = 64  # in a notebook
BATCH_SIZE = 256  # images ranked between two reports of progress


@dataclass(frozen=True)
class Samples:
    """Images that were drawn together. A notebook shows the first `MAX_SHOWN` of them as a grid.

    Attributes:
        images: Uint8 (N, C, H, W).
        z: Their latent vectors, float32 (N, size).
        labels: Their classes, int64 (N,), or None for an unconditional generator.
        scores: How real D finds each, float32 (N,), falling; None unless they were ranked by a discriminator.
    """

    images: Tensor
    z: Tensor
    labels: Tensor | None
    scores: Tensor | None = None

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.images.shape[1:]))
        return f"<{len(self)} samples, images {size}, vectors of {self.z.shape[1]} entries>"

    def picture(self, columns: int = 8, scale: int = 2) -> np.ndarray:
        """All images in rows of `columns`, each pixel enlarged by `scale`: uint8 (H, W) or (H, W, 3)."""
        return grid(self.images, columns, scale=scale)

    def _repr_png_(self) -> bytes:
        return png_bytes(grid(self.images[:MAX_SHOWN], 8, scale=2))


@python_arguments
def sample(
    checkpoint: Checkpoint, n: int, *, seed: int = 0, label: int | str | None = None, best: float = 1.0
) -> Samples:
    """Draw `n` images; with `best` below 1, draw n / best and keep the `n` that D rates highest, best first.

    Args:
        checkpoint: The generator.
        n: Number of images.
        seed: Decides which; the same images for the same seed and n.
        label: The class of all of them, by index or name; None draws a class for each.
        best: The fraction to keep.

    Raises:
        LatentError: When there is no discriminator to ask, or no such class.
    """
    if n < 1:
        raise LatentError("{n} images were asked for; draw at least one", n=n)
    if not isinstance(best, int | float):
        raise LatentError("best is {best!r}; it is the fraction to keep, above 0 and at most 1", best=best)
    if not 0 < best <= 1:
        raise LatentError("best is {best}; it is the fraction to keep, above 0 and at most 1", best=best)
    drawn = round(n / best)
    if drawn > MAX_DRAWN:
        raise LatentError(
            "keeping {best:g} for {n} images would draw {drawn}; at most {limit} are drawn",
            best=best,
            n=n,
            drawn=drawn,
            limit=MAX_DRAWN,
        )
    z = _random_z(checkpoint.latent_spec, drawn, seed, label)
    if best < 1:
        scores = checkpoint.score(z)
        if scores is None:
            raise LatentError("{name} has no discriminator to choose the best; leave best out", name=checkpoint.name)
        z = z[scores.topk(n).indices]
    return Samples(checkpoint.draw(z), z, checkpoint.latent_spec.chosen(z, "class"))


@python_arguments
def rank_samples(
    checkpoint: Checkpoint,
    n: int,
    *,
    seed: int = 0,
    label: int | str | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Samples:
    """Draw `n` images, the same as `sample` with this seed and label, and rank them by D, the most real first.

    Args:
        checkpoint: The generator; without a discriminator the images stay in the order in which they were drawn.
        n: Number of images.
        seed: See `sample`.
        label: See `sample`.
        progress: Called with the fraction done.

    Raises:
        LatentError: For no images, too many, or a class that is not there.
    """
    if not 1 <= n <= MAX_DRAWN:
        raise LatentError("{n} images were asked for; draw 1 to {limit}", n=n, limit=MAX_DRAWN)
    z = _random_z(checkpoint.latent_spec, n, seed, label)
    images: list[Tensor] = []
    scores: list[Tensor] = []
    for chunk in torch.split(z, BATCH_SIZE):
        images.append(checkpoint.draw(chunk))
        if (score := checkpoint.score(chunk)) is not None:
            scores.append(score)
        progress(min(1.0, BATCH_SIZE * len(images) / n))
    ranking = torch.cat(scores) if scores else None
    order = torch.arange(n) if ranking is None else ranking.argsort(descending=True, stable=True)
    z = z[order]
    labels = checkpoint.latent_spec.chosen(z, "class")
    return Samples(torch.cat(images)[order], z, labels, None if ranking is None else ranking[order])


def _random_z(spec: LatentSpec, n: int, seed: int, label: int | str | None) -> Tensor:
    """Random vectors, float32 (n, size), the same for the same seed and n."""
    z = spec.sample(n, generator=torch.Generator().manual_seed(seed))
    return z if label is None else with_class(spec, z, label)


def to_raw_output(d_output: str, score: Number) -> Number:
    """D's own output, given how real it finds an image: an energy is low where the score is high.

    Args:
        d_output: See `Family.d_output`.
        score: A number, tensor or array.
    """
    return -score if d_output == "energy" else score


def pixel_diversity(images: Tensor) -> float:
    """The root mean square difference of the pixels of two images, over all pairs, as a share of the full range.

    The mean squared difference of two of N numbers is twice their (unbiased) variance, so no pair is ever formed.

    Args:
        images: Uint8 (N, C, H, W).

    Returns:
        0 when all are the same image.

    Raises:
        LatentError: For fewer than two images.
    """
    if len(images) < 2:
        raise LatentError("variety is a difference between pictures; give two or more")
    return float((2 * (images.float() / 255).var(dim=0)).mean().sqrt())


def effective_classes(labels: Tensor, classes: int) -> float:
    """How many classes there are in labels (N,), a class counting the less the rarer it is: exp of the entropy.

    Returns:
        `classes` when all are equally frequent, 1 when there is only one.
    """
    shares = torch.bincount(labels, minlength=classes).double() / len(labels)
    return float(torch.special.entr(shares).sum().exp())
