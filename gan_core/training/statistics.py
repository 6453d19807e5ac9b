"""Losses and scores, one row per step, kept on the device until somebody reads them.

Reading a number from a GPU waits for all work queued before it. So a step only writes into a buffer on the device,
and many rows are read at once, a few times a second.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

CAPACITY = 512


@dataclass(frozen=True)
class MetricRows:
    """The metrics of consecutive steps.

    Attributes:
        names: Names of the columns.
        steps: int64 (N,); the first step of a run is 1.
        values: float32 (N, len(names)).
    """

    names: tuple[str, ...]
    steps: np.ndarray
    values: np.ndarray

    def first_bad_step(self) -> int | None:
        """The first step with a value that is not finite."""
        bad = ~np.isfinite(self.values).all(axis=1)
        return int(self.steps[bad.argmax()]) if bad.any() else None


class Statistics:
    """A buffer of rows on the device. `record` never waits for the device; `flush` does, once.

    Around each `record`, which may be part of a captured CUDA graph, the host calls `prepare` and `mark_step`.
    """

    def __init__(self, device: torch.device):
        self.device = device
        self.names: tuple[str, ...] = ()
        self._buffer: Tensor | None = None
        self._row = torch.zeros(1, dtype=torch.int64, device=device)
        self._filled = 0
        self._last_step = 0
        self._read: list[np.ndarray] = []
        self._earlier: deque[MetricRows] = deque()  # of other names

    def prepare(self) -> None:
        """Make room for a row."""
        if self._filled == CAPACITY:
            self._unload()

    def record(self, values: dict[str, Tensor]) -> None:
        """Append the scalar tensors of one step. Other names than before begin a new buffer."""
        if self._buffer is None or tuple(values) != self.names:
            if self._filled or self._read:
                self._earlier.append(self._take())
            self.names = tuple(values)
            self._buffer = torch.empty(CAPACITY, len(values), device=self.device)
        self._buffer.index_copy_(0, self._row, torch.stack(tuple(values.values())).float().unsqueeze(0))
        self._row.add_(1)

    def mark_step(self, step: int) -> None:
        """Note on the host that the row of that step was appended."""
        self._filled += 1
        self._last_step = step

    def flush(self) -> MetricRows:
        """The rows since the last call; where their names change, those before, and the others at the next call."""
        return self._earlier.popleft() if self._earlier else self._take()

    def _take(self) -> MetricRows:
        self._unload()
        values = np.concatenate(self._read) if self._read else np.empty((0, len(self.names)), np.float32)
        self._read.clear()
        steps = np.arange(self._last_step - len(values) + 1, self._last_step + 1)
        return MetricRows(self.names, steps, values)

    def last_metrics(self) -> Tensor:
        """The row that `record` wrote last, (1, len(names))."""
        return self._rows().index_select(0, (self._row - 1) % CAPACITY)

    def mutable_tensors(self) -> list[Tensor]:
        """The tensors that a step changes; the buffer once there is one."""
        return [self._row] if self._buffer is None else [self._row, self._buffer]

    def _unload(self) -> None:
        if self._filled:
            self._read.append(self._rows()[: self._filled].cpu().numpy().copy())
            self._filled = 0
            self._row.zero_()

    def _rows(self) -> Tensor:
        assert self._buffer is not None, "nothing was recorded"
        return self._buffer
