"""Frames for dragging: the pictures of one entry at every value, made before a slider moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_core.images import data_uri, grid, png_bytes
from gan_core.latent import draw_frames, restore
from gan_core.models.checkpoint import Checkpoint
from pages.components.vector.facts import vector_facts
from pages.ui.scores import d_output_of

COLUMNS = 9  # of the sprite; a single long row would be wider than some browsers can draw
FINE, COARSE = 0.1, 0.25  # from one frame to the next
MAX_FINE_BYTES = 4096  # bytes of a picture; larger ones are drawn at fewer values


@dataclass
class FramePrefetch:
    """The entry that the browser last asked frames for, and the frames last made. One per model and session.

    They are sent along with every answer, so none that the browser misses is lost, but made anew only when it asks.
    """

    entry: int = 0
    asked: int = 0  # the number of the last request
    made: int = 0  # the request that the frames answer; those of 0 are none
    checkpoint: Checkpoint | None = None
    vector: Tensor | None = None
    answer: dict[str, Any] | None = None

    def ask(self, message: Mapping[str, Any], size: int) -> None:
        """Take a request from the browser: "entry", "count". Whatever does not fit a vector of `size` is ignored."""
        entry, count = message.get("entry"), message.get("count")
        if type(entry) is int and type(count) is int and 0 <= entry < size:
            self.entry, self.asked = entry, count

    def frames(self, checkpoint: Checkpoint, vector: Tensor, low: float, high: float) -> dict[str, Any] | None:
        """The frames of `vector` (size,) from `low` to `high` as the browser needs them; None if it has no use for any.

        `vector` is what they were made for; the value at the entry itself does not matter.
        """
        if not self._fits(checkpoint, vector):
            if self.asked == self.made:
                return None
            self.answer = _answer(checkpoint, vector, self.entry, low, high)
            self.checkpoint, self.vector = checkpoint, vector
        self.made = self.asked
        return self.answer

    def _fits(self, checkpoint: Checkpoint, vector: Tensor) -> bool:
        return (
            self.answer is not None
            and self.checkpoint is checkpoint
            and self.answer["entry"] == self.entry
            and torch.equal(restore(vector, self.vector, [self.entry]), self.vector)
        )


def _answer(checkpoint: Checkpoint, vector: Tensor, entry: int, low: float, high: float) -> dict[str, Any]:
    step = FINE if checkpoint.channels * checkpoint.image_size**2 <= MAX_FINE_BYTES else COARSE
    values = torch.linspace(low, high, math.floor((high - low) / step + 0.5) + 1).tolist()
    made = draw_frames(checkpoint, vector, entry, values)
    return {
        "entry": entry,
        "vector": vector.tolist(),
        "low": low,
        "high": high,
        "sprite": data_uri(png_bytes(grid(made.images, COLUMNS, pad=0))),
        "columns": COLUMNS,
        "facts": vector_facts(checkpoint.latent_spec, made.z, made.scores, d_output_of(checkpoint.family)),
    }
