"""One entry of one vector at many values: the frames that a browser shows while a reader moves that entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data.image_data import normalize
from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.traversal import set_entries
from gan_core.models.checkpoint import Checkpoint

MAX_FRAMES = 256


@dataclass(frozen=True)
class Frames:
    """Images of the same vector, but for one entry.

    Attributes:
        z: Float32 (V, size), one vector for each value.
        images: Uint8 (V, C, H, W).
        scores: How real D finds each image, float32 (V,); None without a discriminator.
    """

    z: Tensor
    images: Tensor
    scores: Tensor | None


@python_arguments
def draw_frames(checkpoint: Checkpoint, vector: Tensor, entry: int, values: Sequence[float]) -> Frames:
    """Draw `vector` (size,) with `entry` at each of `values`, in one batch.

    Raises:
        LatentError: For an entry that is not there, a vector of the wrong length, and no or more than `MAX_FRAMES`
            values.
    """
    checkpoint.latent_spec.check(vector[None])
    checkpoint.latent_spec.check_entries([entry])
    if not 1 <= len(values) <= MAX_FRAMES:
        raise LatentError("{count} values were given; choose 1 to {limit}", count=len(values), limit=MAX_FRAMES)
    z = set_entries(vector[None], [entry], values).flatten(0, 2)
    return Frames(z, *draw_and_score(checkpoint, z))


@python_arguments
def draw_and_score(checkpoint: Checkpoint, z: Tensor) -> tuple[Tensor, Tensor | None]:
    """The images of `z` (N, size), uint8 (N, C, H, W), and how real D finds them as they are shown, (N,).

    The generator runs once for both. Without a discriminator the second is None.
    """
    images, gan = checkpoint.draw(z), checkpoint.gan
    if gan is None:
        return images, None
    with torch.inference_mode():
        return images, gan.realism_score(normalize(images), checkpoint.latent_spec.class_weights(z))
