"""Best of many: what the discriminator likes, and what it costs in variety to keep only that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.samples import MAX_DRAWN, Samples, sample_vectors
from gan_core.models.checkpoint import Checkpoint

Number = TypeVar("Number", float, Tensor, np.ndarray)

BATCH = 256  # vectors rated between two reports of progress


@dataclass(frozen=True)
class Rated:
    """Samples with what D thinks of them, best first.

    scores: float32 (N,), how real D finds each, falling; None without a discriminator, and then in the order drawn
    """

    samples: Samples
    scores: Tensor | None

    def __len__(self) -> int:
        return len(self.samples.images)


@python_arguments
def rate(
    checkpoint: Checkpoint,
    n: int,
    *,
    seed: int = 0,
    label: int | None = None,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Rated:
    """Draw `n` images, the same as `sample` with this seed and label, and rank them by D's judgement.

    progress: told the fraction done. Raises `LatentError` for no images, too many, or a class that is not there.
    """
    if not 1 <= n <= MAX_DRAWN:
        raise LatentError(f"{n} images were asked for; draw 1 to {MAX_DRAWN}")
    vectors = sample_vectors(checkpoint.latent_spec, n, seed, label)
    images, scores = [], []
    for chunk in vectors.split(BATCH):
        images.append(checkpoint.draw(chunk))
        scores.append(checkpoint.score(chunk))
        progress(min(1.0, BATCH * len(images) / n))
    rated = None if scores[0] is None else torch.cat(scores)
    order = torch.arange(n) if rated is None else rated.argsort(descending=True, stable=True)
    vectors = vectors[order]
    samples = Samples(torch.cat(images)[order], vectors, checkpoint.latent_spec.chosen(vectors, "class"))
    return Rated(samples, None if rated is None else rated[order])


def judgements(kind: str, realness: Number) -> Number:
    """What D said of images, given how real it finds them: an energy is low where realness is high.

    kind: `Family.d_output`; realness: a number, tensor or array
    """
    return -realness if kind == "energy" else realness


def variety(images: Tensor) -> float:
    """How far apart two pictures of uint8 images (N, C, H, W) are: the root mean square difference of their pixels,
    over all pairs, as a share of the full range. 0 when all are the same picture.

    The mean squared difference of two of N numbers is twice their (unbiased) variance, so no pair is ever formed.
    """
    if len(images) < 2:
        raise LatentError("variety is a difference between pictures; give two or more")
    return (2 * (images.float() / 255).var(dim=0)).mean().sqrt().item()


def effective_classes(labels: Tensor, classes: int) -> float:
    """How many classes there are in labels (N,), a class counting the less the rarer it is: exp of the entropy.

    `classes` when all are equally frequent, 1 when there is only one.
    """
    shares = torch.bincount(labels, minlength=classes).double() / len(labels)
    return torch.special.entr(shares).sum().exp().item()
