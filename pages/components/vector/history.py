"""The vector that a reader edits, with undo and redo. One per model and session; no Streamlit in here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from gan_core.latent.text import MAX_MAGNITUDE

DEPTH = 200  # steps that can be undone


@dataclass
class VectorHistory:
    """A vector float32 (size,) that the server and the browser change in turn.

    The browser sends whole vectors while a slider moves. Two numbers keep a slow answer from undoing a newer change:

    Attributes:
        revision: Counts the changes made here. The browser takes over a vector only when this has risen, and an edit
            that was made on top of an older revision comes too late to count.
        received: The number of the last edit that arrived; the browser waits for it before it sends the next.
    """

    vector: Tensor
    revision: int = 0
    received: int = 0
    past: list[Tensor] = field(default_factory=list)
    future: list[Tensor] = field(default_factory=list)
    gesture: Any = None  # edits of one gesture, such as one drag, are undone together
    start: Tensor = field(init=False)

    def __post_init__(self):
        self.start = self.vector

    def replace(self, vector: Tensor) -> None:
        """Change the vector on the server, as a step that can be undone."""
        if not torch.equal(vector, self.vector):
            self._remember()
            self.vector = vector
        self._changed_here()

    def edit(self, message: Mapping[str, Any]) -> None:
        """Take an edit from the browser: "vector", "revision", "gesture", "count". Whatever does not fit is ignored."""
        count, vector = message.get("count"), _vector(message.get("vector"), len(self.vector))
        if isinstance(count, int):
            self.received = count
        if vector is None or message.get("revision") != self.revision:
            return
        gesture = (self.revision, message.get("gesture"))
        if gesture != self.gesture:
            self._remember()
            self.gesture = gesture
        self.vector = vector

    def undo(self) -> None:
        """Go back by one gesture."""
        if self.past:
            self.future.append(self.vector)
            self.vector = self.past.pop()
            self._changed_here()

    def redo(self) -> None:
        """Take the last `undo` back."""
        if self.future:
            self.past.append(self.vector)
            self.vector = self.future.pop()
            self._changed_here()

    def _remember(self) -> None:
        self.past = [*self.past, self.vector][-DEPTH:]
        self.future = []

    def _changed_here(self) -> None:
        self.revision += 1
        self.gesture = None


def _vector(numbers: Any, size: int) -> Tensor | None:
    """The numbers of a browser's message as a vector float32 (size,), clamped; None if they are none."""
    if not isinstance(numbers, list) or len(numbers) != size:
        return None
    if not all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers):
        return None
    return torch.tensor(numbers, dtype=torch.float32).clamp(-MAX_MAGNITUDE, MAX_MAGNITUDE)
