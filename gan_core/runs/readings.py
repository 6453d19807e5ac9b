"""Light readings of quality, taken while a run trains, in the database."""

from __future__ import annotations

import json
import sqlite3

import numpy as np

from gan_core.evaluation import QualitySample
from gan_core.runs.snapshots import least_missed

KEPT = 400

SCHEMA = """
CREATE TABLE IF NOT EXISTS readings (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    reading TEXT NOT NULL,  -- JSON
    PRIMARY KEY (run_id, step)
)"""


def add(connection: sqlite3.Connection, run_id: str, reading: QualitySample) -> None:
    """Keep a reading; when there are more than `KEPT`, the one that is missed least goes."""
    connection.execute(
        "INSERT OR REPLACE INTO readings (run_id, step, reading) VALUES (?, ?, ?)",
        (run_id, reading.step, json.dumps(reading.to_dict())),
    )
    found = connection.execute("SELECT step FROM readings WHERE run_id = ? ORDER BY step", (run_id,))
    steps = np.array([row["step"] for row in found])
    if len(steps) > KEPT:
        connection.execute("DELETE FROM readings WHERE run_id = ? AND step = ?", (run_id, least_missed(steps)))


def read(connection: sqlite3.Connection, run_id: str) -> list[QualitySample]:
    """All readings, increasing in step."""
    found = connection.execute("SELECT reading FROM readings WHERE run_id = ? ORDER BY step", (run_id,))
    return [QualitySample.from_dict(json.loads(row["reading"])) for row in found]


def truncate(connection: sqlite3.Connection, run_id: str, step: int) -> None:
    """Forget everything after `step`."""
    connection.execute("DELETE FROM readings WHERE run_id = ? AND step > ?", (run_id, step))
