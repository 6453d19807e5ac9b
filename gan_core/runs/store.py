"""`RunStore`: the durable record of training runs, a SQLite file and one folder of checkpoints per run."""

from __future__ import annotations

import builtins
import dataclasses
import secrets
import sqlite3
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch import Tensor

from gan_core.data import DATASETS
from gan_core.data.uploads import shown_name
from gan_core.errors import ConfigError, Message, RunError
from gan_core.evaluation import QualitySample
from gan_core.families import RunConfig, get_family
from gan_core.files import free_bytes, remove_folder, why_not_writable
from gan_core.models.checkpoint import Checkpoint
from gan_core.paths import absolute, gan_home
from gan_core.runs import history, metrics, snapshots
from gan_core.runs.database import Database
from gan_core.runs.run import ACTIVE, LOST, Event, Level, Run, Status, check_run_id
from gan_core.runs.snapshots import Neighbors, Snapshot
from gan_core.runs.step_files import STATES
from gan_core.series import Series
from gan_core.training import MetricRows

CHECKPOINT = "checkpoint.safetensors"
RESUME = "resume.pt"
RESERVE = "reserve"
RESERVE_BYTES = 1 << 19
MAX_NAME_LENGTH = 80
LOCK_SECONDS = 1.0

RUNS_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    config TEXT NOT NULL,  -- JSON
    status TEXT NOT NULL,
    step INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    seconds REAL NOT NULL DEFAULT 0,
    images_per_second REAL,
    device TEXT,
    message TEXT,
    fraction REAL,
    error TEXT
)"""

EVENTS_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    time REAL NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    detail TEXT
);
CREATE INDEX IF NOT EXISTS events_of_run ON events (run_id, time)"""

SCHEMA = ";".join([RUNS_SCHEMA, EVENTS_SCHEMA, metrics.SCHEMA, snapshots.SCHEMA])

MUTABLE = frozenset(Run.__dataclass_fields__) - {"id", "name", "created_at", "updated_at"}


class RunStore:
    """Runs by id. Any number of threads and processes may use stores on the same folder.

    A process holds the lock of a run for as long as it owns the run, and gives it an active status only while it holds
    the lock. The operating system frees the lock when the process dies. So a run that claims to be active
    and whose lock is free has lost its process.

    Methods that take a run id raise `RunError` if there is no such run.

    Args:
        root: By default `runs` under `gan_home()`. It is made when something is first written; to look, none is needed.
    """

    def __init__(self, root: Path | None = None):
        self.root = Path(root) if root is not None else gan_home() / "runs"
        self._database = Database(self.root / "runs.sqlite", SCHEMA)

    # Runs

    def create(self, config: RunConfig, *, name: str | None = None) -> Run:
        """Record a new run. It is paused at step 0 until somebody trains it.

        A path of images is kept absolute: the run may go on in another working directory.
        """
        name = _check_name(name) if name is not None else _default_name(config)
        if config.data_path:
            config = config.replace(data_path=str(absolute(config.data_path)))
        now = time.time()
        run_id = f"{config.family}-{config.dataset}-{secrets.token_hex(3)}"
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO runs (id, name, config, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
                (run_id, name, config.to_json(), Status.PAUSED, now, now),
            )
        self.reserve_disk_space()
        return self.get(run_id)

    def get(self, run_id: str) -> Run:
        """The run of that id."""
        check_run_id(run_id)
        with self._database.reading() as connection:
            row = connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise _unknown(run_id)
        return _run(row)

    def list(self, status: Status | Iterable[Status] | None = None) -> builtins.list[Run]:
        """All runs, or those with one of the given statuses, the newest first.

        Runs of a family that is not loaded now are left out; `get` says so of one of them.
        """
        self.mark_interrupted()
        return self._list(status)

    def update(self, run_id: str, **fields: Any) -> Run:
        """Change fields of a run, by the names of `Run`, and return the run as it is then."""
        if unknown := fields.keys() - MUTABLE:
            raise TypeError(f"cannot update {', '.join(sorted(unknown))}")
        return self._set(run_id, **fields)

    def rename(self, run_id: str, name: str) -> Run:
        """Give a run another name. Raises `RunError` if it is empty, too long, or more than one line."""
        return self._set(run_id, name=_check_name(name))

    def delete(self, run_id: str) -> None:
        """Forget a run and remove its files. Raises `RunError` while it is active."""
        self.mark_interrupted()
        folder = self.folder(run_id)
        with self._database.writing() as connection:
            row = connection.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None:
                raise _unknown(run_id)
            if Status(row["status"]).is_active:
                raise RunError(
                    "run {run_id} is {status}; stop it before deleting it", run_id=run_id, status=Status(row["status"])
                )
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        remove_folder(folder)

    # Files

    def folder(self, run_id: str) -> Path:
        """Where the files of a run lie; it need not exist yet. Raises `RunError` for text that is no run id."""
        return self.root / check_run_id(run_id)

    def checkpoint_path(self, run_id: str) -> Path:
        """Where its checkpoint lies, once there is one."""
        return self.folder(run_id) / CHECKPOINT

    def resume_path(self, run_id: str) -> Path:
        """Where the state to go on from lies, once there is one."""
        return self.folder(run_id) / RESUME

    def why_not_writable(self) -> str | None:
        """Why no run can be kept here, in a few words; None if one can."""
        return why_not_writable(self.root)

    def free_bytes(self) -> int | None:
        """The room that is left on the disk, or None if that cannot be told."""
        return free_bytes(self.root)

    def reserve_disk_space(self) -> None:
        """Hold a little of the disk back, so that when it is full there is room to record why a run stopped."""
        reserve = self.root / RESERVE
        with suppress(OSError):
            if not reserve.exists():
                reserve.write_bytes(bytes(RESERVE_BYTES))

    def release_reserve(self) -> None:
        """Give back what `reserve_disk_space` held."""
        with suppress(OSError):
            (self.root / RESERVE).unlink(missing_ok=True)

    # Curves

    def append_metrics(self, run_id: str, rows: MetricRows) -> None:
        """Add the statistics of consecutive steps."""
        with self._database.writing() as connection:
            metrics.append(connection, run_id, rows)

    def metrics(self, run_id: str, max_points: int = 2000, first_step: int | None = None) -> dict[str, Series]:
        """`{name: curve}` of all steps, or from a step on; at most `max_points` (>= 4) each, spikes kept."""
        self.get(run_id)
        with self._database.reading() as connection:
            return metrics.read(connection, run_id, max_points, first_step)

    # Snapshots

    def add_snapshot(self, run_id: str, step: int, images: Tensor, columns: int) -> None:
        """Keep a sheet of images uint8 (N, C, H, W), to be laid out in rows of `columns`."""
        with self._database.writing() as connection:
            snapshots.add_snapshot(connection, run_id, Snapshot(step, torch.as_tensor(images), columns))

    def snapshot_steps(self, run_id: str) -> builtins.list[int]:
        """The steps of which there is a snapshot, increasing."""
        with self._database.reading() as connection:
            return snapshots.snapshot_steps(connection, check_run_id(run_id))

    def snapshot(self, run_id: str, step: int | None = None) -> Snapshot:
        """The snapshot of a step, by default the latest. Raises `RunError` if there is none."""
        with self._database.reading() as connection:
            return snapshots.read_snapshot(connection, check_run_id(run_id), step)

    def add_neighbors(self, run_id: str, neighbors: Neighbors) -> None:
        """Keep the training images that are nearest to those of a snapshot."""
        with self._database.writing() as connection:
            snapshots.add_neighbors(connection, run_id, neighbors)

    def neighbors(self, run_id: str, step: int) -> Neighbors | None:
        """The nearest training images of a snapshot; None where they were not looked for."""
        with self._database.reading() as connection:
            return snapshots.read_neighbors(connection, check_run_id(run_id), step)

    def copy_rates(self, run_id: str) -> Series:
        """The share of copies of training images in each snapshot; empty where they were not looked for."""
        with self._database.reading() as connection:
            return snapshots.read_copy_rates(connection, check_run_id(run_id))

    # Readings of quality

    def add_reading(self, run_id: str, reading: QualitySample) -> None:
        """Keep a light reading of quality."""
        with self._database.writing() as connection:
            snapshots.add_reading(connection, run_id, reading)

    def readings(self, run_id: str) -> builtins.list[QualitySample]:
        """The readings of quality, increasing in step; none where the dataset has no classifier yet."""
        self.get(run_id)
        with self._database.reading() as connection:
            return snapshots.read_readings(connection, run_id)

    # Generators through time

    def add_history(self, run_id: str, step: int, generator: Checkpoint) -> bool:
        """Keep the generator of a step, see `gan_core.runs.history`. False when the disk has hardly any room left."""
        return history.add(self.folder(run_id), step, generator)

    def history_steps(self, run_id: str) -> builtins.list[int]:
        """The steps of which there is a generator, increasing; empty for a run that is not there."""
        return history.FILES.steps(self.folder(run_id))

    def load_history(self, run_id: str, step: int) -> Checkpoint:
        """The generator of a step, without discriminator. Raises `CheckpointError` if there is none."""
        return dataclasses.replace(history.read(self.folder(run_id), step), name=run_id)

    def truncate(self, run_id: str, step: int) -> None:
        """Forget all that is kept of the steps after `step`, because training goes on from there."""
        with self._database.writing() as connection:
            metrics.truncate(connection, run_id, step)
            snapshots.truncate(connection, run_id, step)
        for files in (history.FILES, STATES):
            files.truncate(self.folder(run_id), step)

    def copy_record(self, run_id: str, other_id: str, step: int) -> None:
        """Give another run the metrics, snapshots and readings of a run until a step."""
        with self._database.writing() as connection:
            for table in ("metrics", *snapshots.TABLES):
                copied = [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]
                columns = ", ".join(copied[1:])  # all but the id of the run
                connection.execute(
                    f"INSERT INTO {table} (run_id, {columns}) SELECT ?, {columns} FROM {table} WHERE run_id = ?",
                    (other_id, run_id),
                )
            metrics.truncate(connection, other_id, step)
            snapshots.truncate(connection, other_id, step)

    # Events

    def add_event(self, run_id: str, level: Level, message: Message, detail: str | None = None) -> None:
        """Add an entry to the log of a run."""
        with self._database.writing() as connection:
            _add_event(connection, run_id, level, message, detail)

    def events(self, run_id: str) -> builtins.list[Event]:
        """What happened to a run, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT time, level, message, detail FROM events WHERE run_id = ? ORDER BY time, rowid", (run_id,)
            )
            return [
                Event(row["time"], Level(row["level"]), Message.from_json(row["message"]), row["detail"])
                for row in rows
            ]

    def notes(self, run_id: str) -> builtins.list[Message]:
        """What was left out of the data or done in another way than asked for: a line each, the oldest first."""
        return list(dict.fromkeys(event.message for event in self.events(run_id) if event.is_note))

    # Ownership

    def lock(self, run_id: str) -> FileLock:
        """Acquire the lock of a run.

        Raises:
            RunError: Another process holds it.
        """
        self.get(run_id)
        try:
            lock = self._lock(run_id)
            lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise RunError("run {run_id} is in use; pause or stop it where it was started", run_id=run_id) from None
        except OSError as error:
            raise RunError("cannot write to {folder}: {error}", folder=self.folder(run_id), error=error) from error
        return lock

    def mark_interrupted(self) -> None:
        """Mark the runs whose process has died. Cheap when there are none; anybody may call it at any time.

        Where nothing can be written they stay as they are recorded.
        """
        for run in self._list(ACTIVE):
            with suppress(OSError, RunError, Timeout), self._lock(run.id).acquire(timeout=0):
                self._mark_if_active(run.id)

    def _mark_if_active(self, run_id: str) -> None:
        with self._database.writing() as connection:
            changed = connection.execute(
                f"UPDATE runs SET status = ?, updated_at = ? WHERE id = ? AND status IN ({_marks(ACTIVE)})",
                (Status.INTERRUPTED, time.time(), run_id, *ACTIVE),
            ).rowcount
            if changed:
                _add_event(connection, run_id, Level.WARNING, LOST)

    def _lock(self, run_id: str) -> FileLock:
        folder = self.folder(run_id)
        folder.mkdir(parents=True, exist_ok=True)
        # Taken by the thread that starts a run and released by the one that trains it.
        return FileLock(folder / "lock", thread_local=False)

    def _list(self, status: Status | Iterable[Status] | None) -> builtins.list[Run]:
        wanted = tuple(Status) if status is None else (status,) if isinstance(status, str) else tuple(status)
        query = f"SELECT * FROM runs WHERE status IN ({_marks(wanted)}) ORDER BY created_at DESC, rowid DESC"
        with self._database.reading() as connection:
            rows = connection.execute(query, wanted).fetchall()
        return [run for row in rows if (run := _run_of_known_family(row)) is not None]

    def _set(self, run_id: str, **fields: Any) -> Run:
        check_run_id(run_id)
        if "config" in fields:
            fields["config"] = fields["config"].to_json()
        if fields.get("error") is not None:
            fields["error"] = Message.to_json(fields["error"])
        fields["updated_at"] = time.time()
        changes = ", ".join(f"{name} = ?" for name in fields)
        with self._database.writing() as connection:
            row = connection.execute(
                f"UPDATE runs SET {changes} WHERE id = ? RETURNING *", (*fields.values(), run_id)
            ).fetchone()
        if row is None:
            raise _unknown(run_id)
        return _run(row)

    def close(self) -> None:
        """Close the connections; the store opens new ones when it is used again."""
        self._database.close()


def _run(row: sqlite3.Row) -> Run:
    values = dict(row)
    values |= {"config": RunConfig.from_json(values["config"]), "status": Status(values["status"])}
    if values["error"] is not None:
        values["error"] = Message.from_json(values["error"])
    return Run(**values)


def _run_of_known_family(row: sqlite3.Row) -> Run | None:
    try:
        return _run(row)
    except ConfigError as error:
        if error.field != "family":
            raise
        return None


def _add_event(
    connection: sqlite3.Connection, run_id: str, level: Level, message: Message, detail: str | None = None
) -> None:
    connection.execute(
        "INSERT INTO events (run_id, time, level, message, detail) VALUES (?, ?, ?, ?, ?)",
        (run_id, time.time(), level, message.to_json(), detail),
    )


def _unknown(run_id: str) -> RunError:
    return RunError("there is no run {run_id}", run_id=run_id)


def _marks(values: Iterable[Any]) -> str:
    return ", ".join("?" for _ in values)


def _default_name(config: RunConfig) -> str:
    images = shown_name(Path(config.data_path)) if config.data_path else DATASETS[config.dataset].title
    return f"{get_family(config.family).title}, {images}"[:MAX_NAME_LENGTH]


def _check_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise RunError("the name of a run is one line of 1 to {limit} characters", limit=MAX_NAME_LENGTH)
    return name
