"""How much each entry of the latent vector matters, and where in the picture it acts.

An entry is set to a few values, all others unchanged, and the picture is compared with the one where it is 0. What
changes is measured three ways, averaged over the values and the base vectors:

pixels: the mean absolute difference; 0 is no change, 1 turns black pictures white
score:  the mean absolute difference of D's score
class:  the share of pictures that a classifier puts in another class
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from gan_core.data.image_data import normalise
from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.sheet import sweep_vectors
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint

DEAD = 0.001  # a thousandth of the full range: a quarter of one grey level of 255 per pixel
CHUNK = 1024  # pictures held at a time, and the most that one entry may need

Classify = Callable[[Tensor], Tensor]
"""Images uint8 (N, C, H, W) -> class indices int64 (N,)."""


@dataclass(frozen=True)
class Effects:
    """The effect of entries, in the order of `entries`.

    by_entry: float32 (E,), 0 .. 1, change of the pixels, the mean over the picture
    maps:     float32 (E, H, W), 0 .. 1, the same for each pixel, averaged over the colours
    by_score: float32 (E,), from 0 up, change of D's score; None without a discriminator
    by_class: float32 (E,), 0 .. 1, share of the pictures whose class changes; None without a classifier
    """

    entries: tuple[int, ...]
    by_entry: Tensor
    maps: Tensor
    by_score: Tensor | None = None
    by_class: Tensor | None = None

    @property
    def measures(self) -> dict[str, Tensor]:
        """What was measured: "pixels" and, where there was a judge, "score" and "class"; each float32 (E,)."""
        every = {"pixels": self.by_entry, "score": self.by_score, "class": self.by_class}
        return {name: strengths for name, strengths in every.items() if strengths is not None}

    def ranked(self, by: str = "pixels") -> list[int]:
        """The entries, strongest first. by: one of `measures`; raises `LatentError` for any other"""
        if by not in self.measures:
            raise LatentError(f"the effect on {by!r} was not measured; choose {' or '.join(self.measures)}")
        return self._entries_at(self.measures[by].argsort(descending=True, stable=True))

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


@python_arguments
def effects(
    checkpoint: Checkpoint,
    vectors: Tensor,
    entries: Sequence[int] | None = None,
    values: Sequence[float] | None = None,
    progress: Callable[[float], None] | None = None,
    classify: Classify | None = None,
) -> Effects:
    """Measure the effect of `entries`, by default all of them, class weights included, on base vectors (B, size).

    values:   what each entry is set to; by default -3 and 3, -1 and 1 for codes, and 1 for class weights
    progress: told the fraction done after each chunk
    classify: a classifier, where class changes are to be measured too

    Raises `LatentError` for entries that are not there, no values, or vectors of the wrong length or too many.
    """
    entries = range(checkpoint.latent_spec.size) if entries is None else entries
    checkpoint.latent_spec.check(vectors)
    checkpoint.latent_spec.check_entries(entries)
    if values is not None and len(values) == 0:
        raise LatentError("no value is given; effects need at least one, such as 3")

    parts, done = [], 0
    for chunk, shared in _chunks(checkpoint.latent_spec, entries, values, len(vectors)):
        parts.append(_measure(checkpoint, vectors, chunk, shared, classify))
        done += len(chunk)
        if progress is not None:
            progress(done / len(entries))
    return concatenate(parts)


def concatenate(parts: Sequence[Effects]) -> Effects:
    """Effects of one entry after another as one; all measured in the same ways."""

    def joined(name: str) -> Tensor | None:
        tensors = [getattr(part, name) for part in parts]
        return None if tensors[0] is None else torch.cat(tensors)

    fields = {name: joined(name) for name in ("by_entry", "maps", "by_score", "by_class")}
    return Effects(tuple(entry for part in parts for entry in part.entries), **fields)


def _chunks(
    spec: LatentSpec, entries: Sequence[int], values: Sequence[float] | None, vectors: int
) -> Iterator[tuple[list[int], tuple[float, ...]]]:
    """Entries that share their values, so many at a time that their pictures fit into `CHUNK`."""

    def values_of(entry: int) -> tuple[float, ...]:
        if values is not None:
            return tuple(values)
        low, _middle, high = spec.values_of(entry)
        return (low, high) if low else (high,)  # 0 is what the others are compared with

    for shared, group in groupby(entries, values_of):
        together = list(group)
        images_per_entry = vectors * (1 + len(shared))
        if images_per_entry > CHUNK:
            most = CHUNK // (1 + len(shared))
            raise LatentError(
                f"{vectors} vectors at {len(shared)} values each are too many; use at most {most} vectors"
            )
        per_chunk = CHUNK // images_per_entry
        for start in range(0, len(together), per_chunk):
            yield together[start : start + per_chunk], shared


def _measure(
    checkpoint: Checkpoint, vectors: Tensor, entries: list[int], values: tuple[float, ...], classify: Classify | None
) -> Effects:
    """The effects of so few entries that all pictures can be held at once."""
    gan = checkpoint.gan
    latent = sweep_vectors(vectors, entries, (0.0, *values))
    images = checkpoint.draw(latent.flatten(0, 2))
    by_score = by_class = None
    if gan is not None:
        scores = gan.realism_score(normalise(images), gan.latent_spec.class_weights(latent.flatten(0, 2)))
        by_score = _mean_change(scores.unflatten(0, latent.shape[:3]))
    if classify is not None:
        classes = classify(images).unflatten(0, latent.shape[:3])
        by_class = (classes[:, 1:] != classes[:, :1]).float().mean((1, 2))
    maps = _mean_change((images.float() / 255).unflatten(0, latent.shape[:3])).mean(1)
    return Effects(tuple(entries), maps.mean((1, 2)), maps, by_score, by_class)


def _mean_change(quantity: Tensor) -> Tensor:
    """(E, 1 + values, B, ...), the first value being 0 -> the mean absolute difference from it, (E, ...)."""
    return (quantity[:, 1:] - quantity[:, :1]).abs().mean((1, 2))
