"""`Series`: a curve over training steps, and how a long one is drawn with few points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Series:
    """A curve.

    Attributes:
        steps: int64 (N,), increasing.
        values: float32 (N,), of which some may not be finite.
    """

    steps: np.ndarray
    values: np.ndarray

    def since(self, first_step: int) -> Series:
        """The part from a step on."""
        inside = self.steps >= first_step
        return Series(self.steps[inside], self.values[inside])

    def downsampled(self, max_points: int) -> Series:
        """The same curve in at most so many points, spikes kept; see `downsample`."""
        kept = downsample(self.values, max_points)
        return Series(self.steps[kept], self.values[kept])


def downsample(values: np.ndarray, max_points: int) -> np.ndarray:
    """Indices of few values that draw the same curve.

    The curve is cut into equal buckets; the smallest and the largest value of each are kept, and the first and the
    last value of all. A curve that is short enough is kept whole.

    Args:
        values: float (N,); NaN are passed over wherever there is something else to show.
        max_points: At least 4.

    Returns:
        int64, increasing, at most `max_points` of them.
    """
    if max_points < 4:
        raise ValueError("max_points must be at least 4: two ends and one bucket")
    n = len(values)
    if n <= max_points:
        return np.arange(n)
    inner = np.asarray(values[1:-1], dtype=np.float64)
    width = -(-len(inner) // ((max_points - 2) // 2))
    count = -(-len(inner) // width)
    padded = np.full(count * width, np.nan)
    padded[: len(inner)] = inner
    buckets = padded.reshape(count, width)
    missing = np.isnan(buckets)
    lowest = np.where(missing, np.inf, buckets).argmin(axis=1)
    highest = np.where(missing, -np.inf, buckets).argmax(axis=1)
    starts = 1 + width * np.arange(count)
    return np.unique(np.concatenate([[0], starts + lowest, starts + highest, [n - 1]]))
