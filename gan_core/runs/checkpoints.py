"""Checkpoints by any reference: a name in the library of models, the id of a run, or the path of a file."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError, Message, RunError
from gan_core.models.checkpoint import Checkpoint, load_checkpoint_file
from gan_core.models.library import SUFFIX, find_model, imported, shipped
from gan_core.runs.run import Run
from gan_core.runs.store import RunStore


def load_checkpoint(ref: str | os.PathLike[str] | Run, *, store: RunStore | None = None) -> Checkpoint:
    """A shipped or imported checkpoint by name, that of a run by its id or itself, or a file by its path.

    Args:
        ref: Name, id, run or path.
        store: Where runs are recorded, by default in `gan_home()`.

    Raises:
        CheckpointError: There is no such thing, or it cannot be read.
    """
    if isinstance(ref, Run):
        ref = ref.id
    if not isinstance(ref, str) or ref.endswith(SUFFIX) or "/" in ref or "\\" in ref:
        return load_checkpoint_file(as_path(ref, Message("the checkpoint")))
    return dataclasses.replace(load_checkpoint_file(checkpoint_file(ref, store=store)), name=ref)


def data_path_of(ref: str | Path, *, store: RunStore | None = None) -> str | None:
    """Where the images lie that a run was trained on, by its id; None for other checkpoints, which do not tell."""
    try:
        return (store or RunStore()).get(str(ref)).config.data_path
    except RunError:
        return None


def checkpoint_file(ref: str, *, store: RunStore | None = None) -> Path:
    """The file that `load_checkpoint` reads for a name or the id of a run; it changes as the run trains.

    Raises:
        CheckpointError: There is no such thing.
    """
    return find_model(ref) or _run_file(ref, store or RunStore())


def _run_file(ref: str, store: RunStore) -> Path:
    try:
        run = store.get(ref)
    except RunError:
        known = [*shipped(), *imported(), *(run.id for run in store.list())][:5]
        hint = (
            Message("some that there are: {known}", known=known) if known else Message("there are none yet, train one")
        )
        raise CheckpointError("there is no checkpoint or run {name!r}; {hint}", name=ref[:80], hint=hint) from None
    path = store.checkpoint_path(run.id)
    if not path.is_file():
        first = min(run.config.checkpoint_every, run.config.steps)
        raise CheckpointError(
            "run {run_id} has no checkpoint yet; it gets the first at step {first}, or when paused",
            run_id=run.id,
            first=first,
        )
    return path
