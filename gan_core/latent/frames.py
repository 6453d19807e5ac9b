"""One entry of one vector at many values: the frames that a browser shows while a reader moves that entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data.image_data import normalise
from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.sheet import sweep_vectors
from gan_core.models.checkpoint import Checkpoint

MAX_FRAMES = 256


@dataclass(frozen=True)
class Frames:
    """Pictures of the same vector, but for one entry.

    vectors: float32 (V, size), one for each value
    images:  uint8 (V, C, H, W)
    scores:  how real D finds each image, float32 (V,); None without a discriminator
    """

    vectors: Tensor
    images: Tensor
    scores: Tensor | None


@python_arguments
def frames(checkpoint: Checkpoint, vector: Tensor, entry: int, values: Sequence[float]) -> Frames:
    """Draw `vector` (size,) with `entry` at each of `values`, in one batch.

    Raises `LatentError` for an entry that is not there, a vector of the wrong length, and no or more than
    `MAX_FRAMES` values.
    """
    checkpoint.latent_spec.check(vector[None])
    checkpoint.latent_spec.check_entries([entry])
    if not 1 <= len(values) <= MAX_FRAMES:
        raise LatentError(f"{len(values)} values were given; choose 1 to {MAX_FRAMES}")
    vectors = sweep_vectors(vector[None], [entry], values).flatten(0, 2)
    return Frames(vectors, *draw_and_judge(checkpoint, vectors))


@python_arguments
@torch.inference_mode()
def draw_and_judge(checkpoint: Checkpoint, vectors: Tensor) -> tuple[Tensor, Tensor | None]:
    """The images of latent vectors (N, size), uint8 (N, C, H, W), and how real D finds them as they are shown, (N,).

    The generator runs once for both. Without a discriminator the second is None.
    """
    images, gan = checkpoint.draw(vectors), checkpoint.gan
    if gan is None:
        return images, None
    return images, gan.realism_score(normalise(images), checkpoint.latent_spec.class_weights(vectors))
