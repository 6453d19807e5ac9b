"""Losses and scores, one row per step, kept on the device until somebody reads them.

Reading a number from a GPU waits for all work queued before it. So a step only writes into a buffer on the device,
and the reader takes many rows at once, a few times a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

CAPACITY = 512


@dataclass(frozen=True)
class Rows:
    """Consecutive steps. values: float32 (len(steps), len(names)); steps: int64, the first step of a run is 1."""

    names: tuple[str, ...]
    steps: np.ndarray
    values: np.ndarray

    def first_bad_step(self) -> int | None:
        """The first step with a value that is not finite."""
        bad = ~np.isfinite(self.values).all(axis=1)
        return int(self.steps[bad.argmax()]) if bad.any() else None


class Statistics:
    """A device buffer of rows. `record` never waits for the device; `drain` does, once."""

    def __init__(self, device: torch.device):
        self.device = device
        self.names: tuple[str, ...] = ()
        self._buffer: Tensor | None = None
        self._filled = 0
        self._last_step = 0
        self._read: list[np.ndarray] = []

    def record(self, step: int, values: dict[str, Tensor]) -> None:
        """Append the scalar tensors of one step. The names must be the same at every step."""
        if self._buffer is None:
            self.names = tuple(values)
            self._buffer = torch.empty(CAPACITY, len(values), device=self.device)
        if self._filled == CAPACITY:
            self._unload()
        torch.stack(tuple(values.values()), out=self._buffer[self._filled])
        self._filled += 1
        self._last_step = step

    def drain(self) -> Rows:
        """All rows since the last call."""
        self._unload()
        values = np.concatenate(self._read) if self._read else np.empty((0, len(self.names)), np.float32)
        self._read.clear()
        steps = np.arange(self._last_step - len(values) + 1, self._last_step + 1)
        return Rows(self.names, steps, values)

    def _unload(self) -> None:
        if self._filled:
            self._read.append(self._buffer[: self._filled].cpu().numpy().copy())
            self._filled = 0
