"""What is kept of the images of a run at different steps: sheets of them, and measurements of their quality."""

from __future__ import annotations

import io
import json
import sqlite3
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import one_hot

from gan_core.errors import RunError
from gan_core.evaluation import QualitySample
from gan_core.evaluation.copies import is_copy
from gan_core.latent_spec import LatentSpec
from gan_core.series import Series

MAX_SNAPSHOTS = 200
MAX_READINGS = 400
ROWS = 8
COLUMNS = 8
MAX_CLASSES = 10

TABLES = ("snapshots", "readings", "neighbors")
SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshots (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    count INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    sheet BLOB NOT NULL,  -- PNG
    PRIMARY KEY (run_id, step)
);
CREATE TABLE IF NOT EXISTS readings (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    reading TEXT NOT NULL,  -- JSON
    PRIMARY KEY (run_id, step)
);
CREATE TABLE IF NOT EXISTS neighbors (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    ratios TEXT NOT NULL,  -- JSON
    columns INTEGER NOT NULL,
    sheet BLOB NOT NULL,  -- PNG
    PRIMARY KEY (run_id, step)
)"""


@dataclass(frozen=True)
class Snapshot:
    """The images that the same latent vectors give at a step.

    Attributes:
        step: Of training.
        images: uint8 (N, C, H, W).
        columns: They are meant to be laid out in rows of so many.
    """

    step: int
    images: Tensor
    columns: int


@dataclass(frozen=True)
class Neighbors:
    """The training image that is nearest to each image of a snapshot.

    Attributes:
        step: Of the snapshot.
        images: uint8 (N, C, H, W).
        ratios: As in `Copies`, float64 (N,).
    """

    step: int
    images: Tensor
    ratios: Tensor

    @property
    def copied(self) -> Tensor:
        """Which images of the snapshot are copies, bool (N,)."""
        return is_copy(self.ratios)


def fixed_latents(latent_spec: LatentSpec, seed: int) -> tuple[Tensor, int]:
    """The latent vectors (N, latent_spec.size) of a run's snapshots, and the number of columns to lay them out in.

    Unconditional: 64 random vectors. Conditional: the same noise for each class in turn, along a row, so that a class
    runs down a column; with a few classes two or more such groups stand side by side.
    """
    generator = torch.Generator().manual_seed(seed)
    if not latent_spec.class_names:
        return latent_spec.sample(ROWS * COLUMNS, generator=generator), COLUMNS
    classes = len(latent_spec.class_names)
    columns = min(classes, MAX_CLASSES)
    groups = max(1, COLUMNS // columns)
    count = ROWS * groups
    noise = latent_spec.sample(count, labels=torch.zeros(count, dtype=torch.int64), generator=generator)
    vectors = noise.repeat_interleave(columns, dim=0)
    vectors[:, latent_spec.slice_of("class")] = one_hot(torch.arange(columns).repeat(count), classes).float()
    return vectors, columns * groups


def add_snapshot(connection: sqlite3.Connection, run_id: str, snapshot: Snapshot) -> None:
    """Keep a snapshot, and at most `MAX_SNAPSHOTS` of them."""
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (run_id, step, count, columns, sheet) VALUES (?, ?, ?, ?, ?)",
        (run_id, snapshot.step, len(snapshot.images), snapshot.columns, encode(snapshot.images, snapshot.columns)),
    )
    _thin(connection, "snapshots", run_id, MAX_SNAPSHOTS)


def snapshot_steps(connection: sqlite3.Connection, run_id: str) -> list[int]:
    """The steps of all snapshots, increasing."""
    return _steps(connection, "snapshots", run_id)


def read_snapshot(connection: sqlite3.Connection, run_id: str, step: int | None) -> Snapshot:
    """The snapshot of a step, by default the latest.

    Raises:
        RunError: There is none.
    """
    wanted, values = ("AND step = ?", (run_id, step)) if step is not None else ("", (run_id,))
    row = connection.execute(
        f"SELECT * FROM snapshots WHERE run_id = ? {wanted} ORDER BY step DESC LIMIT 1", values
    ).fetchone()
    if row is None and step is None:
        raise RunError("run {run_id} has no snapshot", run_id=run_id)
    if row is None:
        raise RunError("run {run_id} has no snapshot of step {step}", run_id=run_id, step=step)
    return Snapshot(row["step"], decode(row["sheet"], row["count"], row["columns"]), row["columns"])


def add_reading(connection: sqlite3.Connection, run_id: str, reading: QualitySample) -> None:
    """Keep a measurement of quality, and at most `MAX_READINGS` of them."""
    connection.execute(
        "INSERT OR REPLACE INTO readings (run_id, step, reading) VALUES (?, ?, ?)",
        (run_id, reading.step, json.dumps(reading.to_dict())),
    )
    _thin(connection, "readings", run_id, MAX_READINGS)


def read_readings(connection: sqlite3.Connection, run_id: str) -> list[QualitySample]:
    """All measurements of quality, increasing in step."""
    found = connection.execute("SELECT reading FROM readings WHERE run_id = ? ORDER BY step", (run_id,))
    return [QualitySample.from_dict(json.loads(row["reading"])) for row in found]


def add_neighbors(connection: sqlite3.Connection, run_id: str, neighbors: Neighbors) -> None:
    """Keep the neighbors of a snapshot, for as long as snapshots are kept."""
    connection.execute(
        "INSERT OR REPLACE INTO neighbors (run_id, step, ratios, columns, sheet) VALUES (?, ?, ?, ?, ?)",
        (
            run_id,
            neighbors.step,
            json.dumps([round(ratio, 4) for ratio in neighbors.ratios.tolist()]),
            COLUMNS,
            encode(neighbors.images, COLUMNS),
        ),
    )
    _thin(connection, "neighbors", run_id, MAX_SNAPSHOTS)


def read_neighbors(connection: sqlite3.Connection, run_id: str, step: int) -> Neighbors | None:
    """The neighbors of the snapshot of a step; None where they were not looked for."""
    row = connection.execute("SELECT * FROM neighbors WHERE run_id = ? AND step = ?", (run_id, step)).fetchone()
    if row is None:
        return None
    ratios = torch.tensor(json.loads(row["ratios"]), dtype=torch.float64)
    return Neighbors(step, decode(row["sheet"], len(ratios), row["columns"]), ratios)


def read_copy_rates(connection: sqlite3.Connection, run_id: str) -> Series:
    """The share of copies in each snapshot that was compared with the training images."""
    found = connection.execute("SELECT step, ratios FROM neighbors WHERE run_id = ? ORDER BY step", (run_id,))
    rates = {row["step"]: is_copy(torch.tensor(json.loads(row["ratios"]))).float().mean() for row in found}
    return Series(np.array(list(rates), dtype=np.int64), np.array(list(rates.values()), dtype=np.float32))


def truncate(connection: sqlite3.Connection, run_id: str, step: int) -> None:
    """Forget everything after `step`."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {table} WHERE run_id = ? AND step > ?", (run_id, step))


def most_crowded(steps: np.ndarray) -> int:
    """The step (N,), increasing, that is neither first nor last and whose neighbors are closest together.

    Without it the others are spread evenly.
    """
    gaps = steps[2:] - steps[:-2]
    return int(steps[1 + gaps.argmin()])


def _steps(connection: sqlite3.Connection, table: str, run_id: str) -> list[int]:
    found = connection.execute(f"SELECT step FROM {table} WHERE run_id = ? ORDER BY step", (run_id,))
    return [row["step"] for row in found]


def _thin(connection: sqlite3.Connection, table: str, run_id: str, limit: int) -> None:
    steps = _steps(connection, table, run_id)
    if len(steps) > limit:
        values = (run_id, most_crowded(np.array(steps)))
        connection.execute(f"DELETE FROM {table} WHERE run_id = ? AND step = ?", values)


def encode(images: Tensor, columns: int) -> bytes:
    """Images uint8 (N, C, H, W) as one PNG without borders; `decode` gives back the very same values."""
    count, channels, height, width = images.shape
    rows = -(-count // columns)
    sheet = torch.zeros(rows * columns, channels, height, width, dtype=torch.uint8)
    sheet[:count] = images
    sheet = sheet.view(rows, columns, channels, height, width).permute(0, 3, 1, 4, 2)
    pixels = sheet.reshape(rows * height, columns * width, channels).numpy()
    buffer = io.BytesIO()
    Image.fromarray(pixels.squeeze(2) if channels == 1 else pixels).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def decode(png: bytes, count: int, columns: int) -> Tensor:
    """Inverse of `encode`."""
    pixels = np.array(Image.open(io.BytesIO(png)))
    size = pixels.shape[1] // columns
    sheet = torch.from_numpy(pixels).view(-1, size, columns, size, 3 if pixels.ndim == 3 else 1)
    return sheet.permute(0, 2, 4, 1, 3).reshape(-1, sheet.shape[-1], size, size)[:count].contiguous()
