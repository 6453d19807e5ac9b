"""Long curves as few points, without losing their spikes."""

from __future__ import annotations

import numpy as np


def downsample(values: np.ndarray, max_points: int) -> np.ndarray:
    """Indices, int64 and increasing, of at most `max_points` values that draw the same curve.

    values: float (N,); NaN are passed over wherever there is something else to show

    The curve is cut into equal buckets; the smallest and the largest value of each are kept, and the first and the
    last value of all. A curve that is short enough is kept whole.
    """
    if max_points < 4:
        raise ValueError("max_points must be at least 4: two ends and one bucket")
    n = len(values)
    if n <= max_points:
        return np.arange(n)
    inner = np.asarray(values[1:-1], dtype=np.float64)
    width = -(-len(inner) // ((max_points - 2) // 2))
    count = -(-len(inner) // width)
    buckets = np.full(count * width, np.nan)
    buckets[: len(inner)] = inner
    buckets = buckets.reshape(count, width)
    missing = np.isnan(buckets)
    lowest = np.where(missing, np.inf, buckets).argmin(axis=1)
    highest = np.where(missing, -np.inf, buckets).argmax(axis=1)
    starts = 1 + width * np.arange(count)
    return np.unique(np.concatenate([[0], starts + lowest, starts + highest, [n - 1]]))
