"""Moves: a few steps in which D alone learns, or G alone, or both; the last one can be undone.

In the folder of a run `move/` holds what the run was before its last move, and D's verdict on the same images before
and after it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from gan_core.errors import RunError
from gan_core.families import RunConfig
from gan_core.files import atomic_path, remove_folder
from gan_core.runs.errors import storage_errors
from gan_core.runs.run import Run, Status
from gan_core.runs.store import RunStore
from gan_core.training.verdict import Verdict

FOLDER = "move"
START = "start.json"
VERDICTS = "verdicts.npz"


@dataclass(frozen=True)
class Start:
    """The record of a run before a move.

    Attributes:
        players: Who learns in the move, see `RunConfig.players`.
        step: The steps done before it.
        seconds: Of training before it.
        config: JSON of the config before it.
    """

    players: str
    step: int
    seconds: float
    config: str


@dataclass(frozen=True)
class Move:
    """The last move of a run.

    Attributes:
        players: Who learned.
        first_step: The steps done before it.
        last_step: The steps done after it.
        before: What D thought before it.
        after: What it thought after it, of the same real images and latent vectors.
    """

    players: str
    first_step: int
    last_step: int
    before: Verdict
    after: Verdict


def begin(store: RunStore, run: Run, players: str) -> None:
    """Keep what a run is that has just been saved, in place of what an earlier move kept.

    Raises:
        StorageError: It cannot be written.
    """
    folder = _folder(store, run.id)
    start = Start(players, run.step, run.seconds, run.config.to_json())
    with storage_errors():
        remove_folder(folder)
        folder.mkdir(parents=True)
        for path in _state_files(store, run.id):
            shutil.copyfile(path, folder / path.name)
        _write_json(folder / START, start)


def finish(store: RunStore, run_id: str, last_step: int, before: Verdict, after: Verdict) -> None:
    """Keep D's verdicts before and after the move that `begin` has begun.

    Raises:
        StorageError: They cannot be written.
    """
    arrays = {
        f"{when}_{name}": value.numpy()
        for when, verdict in (("before", before), ("after", after))
        for name, value in vars(verdict).items()
    }
    with storage_errors(), atomic_path(_folder(store, run_id) / VERDICTS) as temporary, temporary.open("wb") as file:
        np.savez(file, last_step=last_step, **arrays)


def last(store: RunStore, run_id: str) -> Move | None:
    """The last move of a run; None where there was none, or where the run went on after it."""
    folder = _folder(store, run_id)
    try:
        start = _read_start(folder)
        with np.load(folder / VERDICTS, allow_pickle=False) as file:
            before, after = (
                Verdict(**{name: torch.from_numpy(file[f"{when}_{name}"]) for name in Verdict.__dataclass_fields__})
                for when in ("before", "after")
            )
            return Move(start.players, start.step, int(file["last_step"]), before, after)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def can_undo(store: RunStore, run: Run) -> bool:
    """Whether the last move of a run can be undone now."""
    return not run.is_active and (_folder(store, run.id) / START).is_file()


def forget(store: RunStore, run_id: str) -> None:
    """The run goes on from where it is: its last move stays."""
    remove_folder(_folder(store, run_id))


def undo(store: RunStore, run_id: str) -> Run:
    """Make a run what it was before its last move, paused. Nobody may have it in memory.

    Raises:
        RunError: There is no move to be undone, or another process has the run.
    """
    folder = _folder(store, run_id)
    try:
        start = _read_start(folder)
    except (OSError, ValueError, TypeError):
        raise RunError("run {run_id} has no move that can be undone", run_id=run_id) from None
    with store.lock(run_id):
        with storage_errors():
            for path in _state_files(store, run_id):  # the state to go on from is the last, because it decides
                with atomic_path(path) as temporary:
                    shutil.copyfile(folder / path.name, temporary)
            store.truncate(run_id, start.step)
            run = store.update(
                run_id,
                config=RunConfig.from_json(start.config),
                step=start.step,
                seconds=start.seconds,
                status=Status.PAUSED,
                finished_at=None,
                error=None,
            )
        forget(store, run_id)
        return run


def _folder(store: RunStore, run_id: str) -> Path:
    return store.folder(run_id) / FOLDER


def _state_files(store: RunStore, run_id: str) -> list[Path]:
    checkpoint = store.checkpoint_path(run_id)
    return [checkpoint.with_suffix(".json"), checkpoint, store.resume_path(run_id)]


def _read_start(folder: Path) -> Start:
    return Start(**json.loads((folder / START).read_text(encoding="utf-8")))


def _write_json(path: Path, start: Start) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(start)), encoding="utf-8")
