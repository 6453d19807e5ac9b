"""Sweeps: what happens to pictures when one entry of the latent vector changes and all others stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.images import png_bytes
from gan_core.latent.arguments import python_arguments
from gan_core.models.checkpoint import Checkpoint

MAX_IMAGES = 4096


@dataclass(frozen=True)
class Sheet:
    """The pictures of a sweep. A row is one entry at one value, a column one base vector.

    images:  uint8 (entries, values, B, C, H, W)
    vectors: the base vectors, float32 (B, size)
    names:   what the entries are called, see `entry_names`

    A notebook shows it with its labels, see `labelled_sheet`.
    """

    images: Tensor
    entries: tuple[int, ...]
    values: tuple[float, ...]
    vectors: Tensor
    names: tuple[str, ...]

    def __repr__(self) -> str:
        rows, columns = len(self.entries) * len(self.values), len(self.vectors)
        return f"<sheet of {rows} rows and {columns} columns, entries {', '.join(map(str, self.entries))}>"

    def _repr_png_(self) -> bytes:
        from gan_core.latent.sheet_picture import labelled_sheet  # which draws sheets

        return png_bytes(labelled_sheet(self))


@python_arguments
def sweep_vectors(vectors: Tensor, entries: Sequence[int], values: Sequence[float]) -> Tensor:
    """Base vectors (B, size) with each entry set to each value in turn, (entries, values, B, size)."""
    swept = vectors.repeat(len(entries), len(values), 1, 1)
    for row, entry in enumerate(entries):
        swept[row, :, :, entry] = torch.as_tensor(values, dtype=vectors.dtype)[:, None]
    return swept


@python_arguments
def sweep(checkpoint: Checkpoint, vectors: Tensor, entries: Sequence[int], values: Sequence[float]) -> Sheet:
    """Draw every base vector (B, size) with each entry set to each value.

    Class weights are entries too. Raises `LatentError` for entries that are not there, vectors of the wrong length,
    and more than `MAX_IMAGES` pictures.
    """
    checkpoint.latent_spec.check(vectors)
    checkpoint.latent_spec.check_entries(entries)
    if not values:
        raise LatentError("no value is given; a sweep needs at least one, such as 0")
    count = len(entries) * len(values) * len(vectors)
    if count > MAX_IMAGES:
        sizes = f"{len(entries)} entries x {len(values)} values x {len(vectors)} columns"
        raise LatentError(f"{sizes} are {count} pictures; choose fewer, at most {MAX_IMAGES}")
    swept = sweep_vectors(vectors, entries, values)
    images = checkpoint.draw(swept.flatten(0, 2)).unflatten(0, swept.shape[:3])
    names = checkpoint.latent_spec.entry_names(entries)
    return Sheet(images, tuple(entries), tuple(values), vectors, tuple(names))
