"""Snapshots: the pictures that the same latent vectors give at different steps of a run."""

from __future__ import annotations

import io
import sqlite3
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import one_hot

from gan_core.errors import RunError
from gan_core.latent_spec import LatentSpec

KEPT = 200
ROWS = 8
COLUMNS = 8
MOST_CLASSES = 10

SCHEMA = """
CREATE TABLE IF NOT EXISTS snapshots (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    count INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    sheet BLOB NOT NULL,  -- PNG
    PRIMARY KEY (run_id, step)
)"""


@dataclass(frozen=True)
class Snapshot:
    """images: uint8 (N, C, H, W), meant to be laid out in rows of `columns`."""

    step: int
    images: Tensor
    columns: int


def fixed_latents(latent_spec: LatentSpec, seed: int) -> tuple[Tensor, int]:
    """The latent vectors (N, latent_spec.size) of a run's snapshots, and the number of columns to lay them out in.

    Unconditional: 64 random vectors. Conditional: the same noise for each class in turn, along a row, so that a class
    runs down a column; with a few classes two or more such groups stand side by side.
    """
    generator = torch.Generator().manual_seed(seed)
    if not latent_spec.class_names:
        return latent_spec.sample(ROWS * COLUMNS, generator=generator), COLUMNS
    classes = len(latent_spec.class_names)
    columns = min(classes, MOST_CLASSES)
    groups = max(1, COLUMNS // columns)
    count = ROWS * groups
    noise = latent_spec.sample(count, labels=torch.zeros(count, dtype=torch.int64), generator=generator)
    vectors = noise.repeat_interleave(columns, dim=0)
    vectors[:, latent_spec.slice_of("class")] = one_hot(torch.arange(columns).repeat(count), classes).float()
    return vectors, columns * groups


def add(connection: sqlite3.Connection, run_id: str, snapshot: Snapshot) -> None:
    """Keep a snapshot; when there are more than `KEPT`, the one that is missed least goes."""
    connection.execute(
        "INSERT OR REPLACE INTO snapshots (run_id, step, count, columns, sheet) VALUES (?, ?, ?, ?, ?)",
        (run_id, snapshot.step, len(snapshot.images), snapshot.columns, encode(snapshot.images, snapshot.columns)),
    )
    kept = np.array(steps(connection, run_id))
    if len(kept) > KEPT:
        connection.execute("DELETE FROM snapshots WHERE run_id = ? AND step = ?", (run_id, least_missed(kept)))


def least_missed(steps: np.ndarray) -> int:
    """The step (N,), increasing, that is neither first nor last and whose neighbours are closest together.

    Without it the others are spread evenly.
    """
    gaps = steps[2:] - steps[:-2]
    return int(steps[1 + gaps.argmin()])


def steps(connection: sqlite3.Connection, run_id: str) -> list[int]:
    """The steps of all snapshots, increasing."""
    found = connection.execute("SELECT step FROM snapshots WHERE run_id = ? ORDER BY step", (run_id,))
    return [row["step"] for row in found]


def read(connection: sqlite3.Connection, run_id: str, step: int | None) -> Snapshot:
    """The snapshot of a step, by default the latest. Raises `RunError` if there is none."""
    wanted, values = ("AND step = ?", (run_id, step)) if step is not None else ("", (run_id,))
    row = connection.execute(
        f"SELECT * FROM snapshots WHERE run_id = ? {wanted} ORDER BY step DESC LIMIT 1", values
    ).fetchone()
    if row is None:
        if step is None:
            raise RunError("run {run} has no snapshot", run=run_id)
        raise RunError("run {run} has no snapshot of step {step}", run=run_id, step=step)
    return Snapshot(row["step"], decode(row["sheet"], row["count"], row["columns"]), row["columns"])


def truncate(connection: sqlite3.Connection, run_id: str, step: int) -> None:
    """Forget everything after `step`."""
    connection.execute("DELETE FROM snapshots WHERE run_id = ? AND step > ?", (run_id, step))


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
