"""Losses and scores of a run in the database: blocks of consecutive steps rather than one row per step.

A GPU does thousands of steps a second, and pages ask for the curves about once a second. So a full block also keeps
a digest, the rows in which some curve has an extreme; curves over very many steps are drawn from the digests.
"""

from __future__ import annotations

import json
import sqlite3

import numpy as np

from gan_core.series import Series, downsample
from gan_core.training import MetricRows

BLOCK = 4096
DIGEST_POINTS = 32

SCHEMA = """
CREATE TABLE IF NOT EXISTS metrics (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    names TEXT NOT NULL,  -- JSON
    data BLOB NOT NULL,   -- float32 (steps, names)
    digest BLOB,          -- of full blocks: int64 steps, then float32 rows
    PRIMARY KEY (run_id, first_step)
)"""


def append(connection: sqlite3.Connection, run_id: str, rows: MetricRows) -> None:
    """Add consecutive steps; they go on in the last block while it has room."""
    if not len(rows.steps):
        return
    names = json.dumps(rows.names)
    first, values = int(rows.steps[0]), np.ascontiguousarray(rows.values, dtype=np.float32)
    open_block = connection.execute(
        "SELECT first_step, data FROM metrics WHERE run_id = ? AND last_step = ? AND names = ? AND digest IS NULL",
        (run_id, first - 1, names),
    ).fetchone()
    if open_block:
        first = open_block["first_step"]
        values = np.concatenate([_rows(open_block["data"], len(rows.names)), values])
    for start in range(0, len(values), BLOCK):
        _put(connection, run_id, first + start, names, values[start : start + BLOCK])


def truncate(connection: sqlite3.Connection, run_id: str, step: int) -> None:
    """Forget everything after `step`."""
    cut = connection.execute(
        "SELECT first_step, names, data FROM metrics WHERE run_id = ? AND first_step <= ? AND last_step > ?",
        (run_id, step, step),
    ).fetchone()
    connection.execute("DELETE FROM metrics WHERE run_id = ? AND last_step > ?", (run_id, step))
    if cut:
        kept = _rows(cut["data"], len(json.loads(cut["names"])))[: step - cut["first_step"] + 1]
        _put(connection, run_id, cut["first_step"], cut["names"], kept)


def read(connection: sqlite3.Connection, run_id: str, max_points: int, first_step: int | None) -> dict[str, Series]:
    """`{name: curve}` from a step on, by default all, at most `max_points` each."""
    where = "run_id = ? AND last_step >= ?"
    asked = (run_id, first_step or 0)
    first, last = connection.execute(
        f"SELECT MIN(first_step), MAX(last_step) FROM metrics WHERE {where}", asked
    ).fetchone()
    if first is None:
        return {}
    # With this many steps a bucket of the final curve is wider than one of the digest.
    from_digest = last - first > max_points * BLOCK // DIGEST_POINTS
    what = "digest" if from_digest else "NULL AS digest"
    data = "CASE WHEN digest IS NULL THEN data END AS data" if from_digest else "data"
    blocks = connection.execute(
        f"SELECT first_step, names, {data}, {what} FROM metrics WHERE {where} ORDER BY first_step", asked
    )

    parts: dict[str, list[Series]] = {}
    for block in blocks:
        names = json.loads(block["names"])
        steps, values = _points(block, len(names))
        for column, name in enumerate(names):
            parts.setdefault(name, []).append(Series(steps, values[:, column]).since(asked[1]))
    return {name: _thin(series, max_points) for name, series in parts.items()}


def _put(connection: sqlite3.Connection, run_id: str, first: int, names: str, values: np.ndarray) -> None:
    digest = _digest(first, values) if len(values) == BLOCK else None
    connection.execute(
        "INSERT OR REPLACE INTO metrics (run_id, first_step, last_step, names, data, digest) VALUES (?, ?, ?, ?, ?, ?)",
        (run_id, first, first + len(values) - 1, names, values.tobytes(), digest),
    )


def _digest(first: int, values: np.ndarray) -> bytes:
    kept = np.unique(np.concatenate([downsample(column, DIGEST_POINTS) for column in values.T]))
    steps: np.ndarray = (first + kept).astype(np.int64)
    return bytes(steps.tobytes() + values[kept].tobytes())


def _points(block: sqlite3.Row, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """The steps int64 (N,) and values float32 (N, columns) of a block, or of its digest where that was asked for."""
    if block["digest"] is None:
        values = _rows(block["data"], columns)
        return block["first_step"] + np.arange(len(values)), values
    count = len(block["digest"]) // (8 + 4 * columns)
    steps = np.frombuffer(block["digest"], np.int64, count)
    return steps, _rows(block["digest"][8 * count :], columns)


def _rows(blob: bytes, columns: int) -> np.ndarray:
    return np.frombuffer(blob, np.float32).reshape(-1, columns)


def _thin(parts: list[Series], max_points: int) -> Series:
    steps = np.concatenate([part.steps for part in parts])
    values = np.concatenate([part.values for part in parts])
    return Series(steps, values).downsampled(max_points)
