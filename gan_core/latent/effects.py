"""How much each entry of z matters, and where in the image it acts.

`measure_effects` asks what becomes of many images when an entry goes from one end to the other: it is set to a few
values, all others unchanged, and the image is compared with the one where it is 0. What changes is measured three ways,
averaged over the values and the base vectors:

- pixels: the mean absolute difference; 0 is no change, 1 turns black images white
- score: the mean absolute difference of D's score
- class: the share of images that a classifier puts in another class

`local_effects` asks what becomes of one image when an entry moves a little: the generator's Jacobian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor
from torch.func import jvp, vmap

from gan_core.data.image_data import normalize
from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent.traversal import set_entries
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint

DEAD_CHANGE = 0.001  # a thousandth of the full range: a quarter of one grey level of 255 per pixel
MAX_CHUNK = 1024  # images held at a time, and the most that one entry may need
MAX_DERIVATIVES = 128  # computed at a time

Classify = Callable[[Tensor], Tensor]
"""Images uint8 (N, C, H, W) -> class indices int64 (N,)."""


@dataclass(frozen=True)
class Effects:
    """The effect of entries, in the order of `entries`.

    Attributes:
        entries: Indices into z.
        pixel_change: Float32 (E,), 0 .. 1, change of the pixels, the mean over the image.
        maps: Float32 (E, H, W), 0 .. 1, the same for each pixel, averaged over the colours.
        score_change: Float32 (E,), from 0 up, change of D's score; None without a discriminator.
        class_change: Float32 (E,), 0 .. 1, share of the images whose class changes; None without a classifier.
        correlation: Float32 (E,), 0 .. 1, with the attribute that the entry holds best, see `Disentanglement`; None
            where that was not measured.
    """

    entries: tuple[int, ...]
    pixel_change: Tensor
    maps: Tensor
    score_change: Tensor | None = None
    class_change: Tensor | None = None
    correlation: Tensor | None = None

    @property
    def measures(self) -> dict[str, Tensor]:
        """Float32 (E,) of "pixels" and, where they were measured, "score", "class" and "attribute"."""
        every = {
            "pixels": self.pixel_change,
            "score": self.score_change,
            "class": self.class_change,
            "attribute": self.correlation,
        }
        return {name: strengths for name, strengths in every.items() if strengths is not None}

    def ranked(self, by: str = "pixels") -> list[int]:
        """The entries, strongest first.

        Args:
            by: One of `measures`.

        Raises:
            LatentError: For any other.
        """
        if by not in self.measures:
            raise LatentError(
                "the effect on {by!r} was not measured; choose {known}", by=by, known=" or ".join(self.measures)
            )
        return self._entries_at(self.measures[by].argsort(descending=True, stable=True))

    def dead(self) -> list[int]:
        """The entries that change the image by less than `DEAD_CHANGE`."""
        return self._entries_at((self.pixel_change < DEAD_CHANGE).nonzero().flatten())

    def map_of(self, entry: int) -> Tensor:
        """Where `entry` acts, (H, W).

        Raises:
            LatentError: For an entry that was not measured.
        """
        if entry not in self.entries:
            raise LatentError("the effect of entry {entry} was not measured", entry=entry)
        return self.maps[self.entries.index(entry)]

    def _entries_at(self, rows: Tensor) -> list[int]:
        return [self.entries[row] for row in rows.tolist()]


@python_arguments
def measure_effects(
    checkpoint: Checkpoint,
    z: Tensor,
    entries: Sequence[int] | None = None,
    values: Sequence[float] | None = None,
    progress: Callable[[float], None] | None = None,
    classify: Classify | None = None,
) -> Effects:
    """Measure the effect of `entries`, by default all of them, class weights included.

    Args:
        checkpoint: The generator.
        z: Base vectors (B, size).
        entries: Indices into z.
        values: What each entry is set to; by default -3 and 3, -1 and 1 for codes, and 1 for class weights.
        progress: Called with the fraction done after each chunk.
        classify: A classifier, where class changes are to be measured too.

    Raises:
        LatentError: For entries that are not there, no values, or vectors of the wrong length or too many.
    """
    spec = checkpoint.latent_spec
    entries = range(spec.size) if entries is None else entries
    spec.check(z)
    spec.check_entries(entries)
    if values is not None and len(values) == 0:
        raise LatentError("no value is given; effects need at least one, such as 3")

    parts, done = [], 0
    for chunk, shared in _chunks(spec, entries, values, len(z)):
        parts.append(_measure(checkpoint, z, chunk, shared, classify))
        done += len(chunk)
        if progress is not None:
            progress(done / len(entries))
    return concatenate_effects(parts)


def concatenate_effects(parts: Sequence[Effects]) -> Effects:
    """Effects of one entry after another as one; all measured in the same ways."""
    first = parts[0]
    return Effects(
        entries=tuple(entry for part in parts for entry in part.entries),
        pixel_change=torch.cat([part.pixel_change for part in parts]),
        maps=torch.cat([part.maps for part in parts]),
        score_change=None if first.score_change is None else torch.cat([part.measures["score"] for part in parts]),
        class_change=None if first.class_change is None else torch.cat([part.measures["class"] for part in parts]),
    )


@python_arguments
def jacobian(checkpoint: Checkpoint, vector: Tensor, entries: Sequence[int] | None = None) -> Tensor:
    """The derivative of the image by each entry at `vector` (size,): float (E, C, H, W), above 0 where it brightens.

    Images go from 0 to 1: at a pixel of 0.1 each 1 that the entry rises adds a tenth of the full range. Computed by
    forward-mode differentiation, one pass for an entry, however many pixels there are.

    Raises:
        LatentError: For entries that are not there or a vector of the wrong length.
    """
    spec = checkpoint.latent_spec
    entries = range(spec.size) if entries is None else entries
    spec.check(vector[None])
    spec.check_entries(entries)

    def image_of(z: Tensor) -> Tensor:
        image: Tensor = checkpoint.generator(z[None])[0]
        return (image + 1) / 2

    def derivative(direction: Tensor) -> Tensor:
        along: Tensor = jvp(image_of, (vector,), (direction,))[1]
        return along

    directions = torch.eye(spec.size, dtype=vector.dtype)[list(entries)]
    derivatives: Tensor = vmap(derivative, chunk_size=MAX_DERIVATIVES)(directions)
    return derivatives


@python_arguments
def local_effects(checkpoint: Checkpoint, vector: Tensor, entries: Sequence[int] | None = None) -> Effects:
    """The Jacobian at `vector` (size,) as effects: mean absolute change of the pixels for each 1 an entry moves."""
    entries = range(checkpoint.latent_spec.size) if entries is None else entries
    maps = jacobian(checkpoint, vector, entries).abs().mean(1)
    return Effects(tuple(entries), maps.mean((1, 2)), maps)


def _chunks(
    spec: LatentSpec, entries: Sequence[int], values: Sequence[float] | None, vectors: int
) -> Iterator[tuple[list[int], tuple[float, ...]]]:
    """Entries that share their values, so many at a time that their images fit into `MAX_CHUNK`."""

    def values_of(entry: int) -> tuple[float, ...]:
        if values is not None:
            return tuple(values)
        low, _middle, high = spec.values_of(entry)
        return (low, high) if low else (high,)  # 0 is what the others are compared with

    for shared, group in groupby(entries, values_of):
        together = list(group)
        images_per_entry = vectors * (1 + len(shared))
        if images_per_entry > MAX_CHUNK:
            raise LatentError(
                "{vectors} vectors at {values} values each are too many; use at most {most} vectors",
                vectors=vectors,
                values=len(shared),
                most=MAX_CHUNK // (1 + len(shared)),
            )
        per_chunk = MAX_CHUNK // images_per_entry
        for start in range(0, len(together), per_chunk):
            yield together[start : start + per_chunk], shared


def _measure(
    checkpoint: Checkpoint, z: Tensor, entries: list[int], values: tuple[float, ...], classify: Classify | None
) -> Effects:
    """The effects of so few entries that all images can be held at once."""
    gan = checkpoint.gan
    moved = set_entries(z, entries, (0.0, *values))
    shape = moved.shape[:3]
    images = checkpoint.draw(moved.flatten(0, 2))
    score_change = class_change = None
    if gan is not None:
        scores = gan.realism_score(normalize(images), checkpoint.latent_spec.class_weights(moved.flatten(0, 2)))
        score_change = _mean_change(torch.unflatten(scores, 0, shape))
    if classify is not None:
        classes = torch.unflatten(classify(images), 0, shape)
        class_change = (classes[:, 1:] != classes[:, :1]).float().mean((1, 2))
    maps = _mean_change(torch.unflatten(images.float() / 255, 0, shape)).mean(1)
    return Effects(tuple(entries), maps.mean((1, 2)), maps, score_change, class_change)


def _mean_change(quantity: Tensor) -> Tensor:
    """(E, 1 + values, B, ...), the first value being 0 -> the mean absolute difference from it, (E, ...)."""
    return (quantity[:, 1:] - quantity[:, :1]).abs().mean((1, 2))
