"""How much each entry of the latent vector matters, and where in the picture it acts.

The effect of an entry is the mean absolute difference between the picture at a value and the picture at 0, all other
entries unchanged, averaged over the values and the base vectors. 0 is no change; 1 turns black pictures white.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.data.image_data import normalise
from gan_core.errors import LatentError
from gan_core.families import GAN
from gan_core.latent.sheet import sweep_vectors
from gan_core.latent.vectors import check_entries, check_vectors
from gan_core.runs.checkpoint import Checkpoint

DEAD = 0.001  # a thousandth of the full range: a quarter of one grey level of 255 per pixel
CHUNK = 1024  # pictures held at a time, and the most that one entry may need


@dataclass(frozen=True)
class Effects:
    """The effect of entries, in the order of `entries`.

    by_entry: float32 (E,), 0 .. 1, the mean over the picture
    maps:     float32 (E, H, W), 0 .. 1, the same for each pixel, averaged over the colours
    by_score: float32 (E,), the mean absolute change of D's score; None without a discriminator
    """

    entries: tuple[int, ...]
    by_entry: Tensor
    maps: Tensor
    by_score: Tensor | None = None

    def ranked(self) -> list[int]:
        """The entries, strongest first."""
        return self._entries_at(self.by_entry.argsort(descending=True, stable=True))

    def dead(self) -> list[int]:
        """The entries that change the picture by less than `DEAD`."""
        return self._entries_at((self.by_entry < DEAD).nonzero().flatten())

    def map_of(self, entry: int) -> Tensor:
        """Where `entry` acts, (H, W). Raises `LatentError` for an entry that was not measured."""
        if entry not in self.entries:
            raise LatentError(f"the effect of entry {entry} was not measured")
        return self.maps[self.entries.index(entry)]

    def _entries_at(self, rows: Tensor) -> list[int]:
        return [self.entries[row] for row in rows.tolist()]


def effects(
    checkpoint: Checkpoint,
    vectors: Tensor,
    entries: Sequence[int] | None = None,
    values: Sequence[float] = (-3.0, 3.0),
    progress: Callable[[float], None] | None = None,
) -> Effects:
    """Measure the effect of `entries`, by default all of them, class weights included, on base vectors (B, size).

    progress: told the fraction done after each chunk
    Raises `LatentError` for entries that are not there, no values, or vectors of the wrong length or too many.
    """
    entries = range(checkpoint.latent.size) if entries is None else entries
    check_vectors(checkpoint.latent, vectors)
    check_entries(checkpoint.latent, entries)
    if not values:
        raise LatentError("no value is given; effects need at least one, such as 3")
    images_per_entry = len(vectors) * (1 + len(values))
    if images_per_entry > CHUNK:
        most = CHUNK // (1 + len(values))
        raise LatentError(
            f"{len(vectors)} vectors at {len(values)} values each are too many; use at most {most} vectors"
        )

    gan = checkpoint.gan
    maps, scores = [], []
    per_chunk = CHUNK // images_per_entry
    for start in range(0, len(entries), per_chunk):
        chunk = entries[start : start + per_chunk]
        latent = sweep_vectors(vectors, chunk, (0.0, *values))
        images = checkpoint.draw(latent.flatten(0, 2)).unflatten(0, latent.shape[:3])
        maps.append(_mean_change(images.float() / 255).mean(1))
        if gan is not None:
            scores.append(_mean_change(_scores(gan, images, latent)))
        if progress is not None:
            progress((start + len(chunk)) / len(entries))
    maps = torch.cat(maps)
    return Effects(tuple(entries), maps.mean((1, 2)), maps, torch.cat(scores) if scores else None)


def _mean_change(quantity: Tensor) -> Tensor:
    """(E, 1 + values, B, ...), the first value being 0 -> the mean absolute difference from it, (E, ...)."""
    return (quantity[:, 1:] - quantity[:, :1]).abs().mean((1, 2))


def _scores(gan: GAN, images: Tensor, latent: Tensor) -> Tensor:
    """D's judgement of pictures uint8 (E, V, B, C, H, W) as they are shown, (E, V, B)."""
    flat = latent.flatten(0, 2)
    return gan.realness(normalise(images.flatten(0, 2)), gan.latent.classes(flat)).unflatten(0, latent.shape[:3])
