"""Finding checkpoints: those that ship with the workshop, those that were imported, and those of runs."""

from __future__ import annotations

import dataclasses
import os
import re
from functools import partial
from pathlib import Path

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError, RunError
from gan_core.families import FAMILIES
from gan_core.files import files_in, patiently
from gan_core.paths import SHIPPED, gan_home
from gan_core.runs.checkpoint import Checkpoint, load_checkpoint_file, read_card
from gan_core.runs.run import Run
from gan_core.runs.store import RunStore

SUFFIX = ".safetensors"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,79}")


def imported_folder() -> Path:
    """Where imported checkpoints live: NAME.safetensors and NAME.json each."""
    return gan_home() / "imported"


def shipped() -> list[str]:
    """Names of the checkpoints that come with the workshop, in the order of their families, then alphabetical."""
    return sorted(_names(SHIPPED), key=_place_of_family)


def shipped_recordings() -> list[Path]:
    """The recordings of finished runs that come with the workshop, see `gan_core.runs.recording`."""
    return sorted(SHIPPED.glob("*.recording.npz"))


def imported() -> list[str]:
    """Names of the imported checkpoints, in alphabetical order."""
    return _names(imported_folder())


def delete_imported(name: str) -> None:
    """Remove an imported checkpoint and its card.

    Raises `CheckpointError` if there is none of that name, or it cannot be removed.
    """
    if name not in imported():
        raise CheckpointError(f"there is no imported checkpoint {name!r}")
    try:
        for suffix in (SUFFIX, ".json"):
            patiently(partial((imported_folder() / f"{name}{suffix}").unlink, missing_ok=True))
    except OSError as error:
        raise CheckpointError(f"could not remove {name}: {error.strerror or error}") from None


def load_checkpoint(ref: str | os.PathLike | Run, *, store: RunStore | None = None) -> Checkpoint:
    """A shipped or imported checkpoint by name, that of a run by its id or itself, or a file by its path.

    Raises `CheckpointError` if there is no such thing, or it cannot be read.
    """
    if isinstance(ref, Run):
        ref = ref.id
    if not isinstance(ref, str) or ref.endswith(SUFFIX) or "/" in ref or "\\" in ref:
        return load_checkpoint_file(as_path(ref, "the checkpoint"))
    return dataclasses.replace(load_checkpoint_file(checkpoint_file(ref, store=store)), name=ref)


def data_path_of(ref: str | Path, *, store: RunStore | None = None) -> str | None:
    """Where the images lie that a run was trained on, by its id; None for other checkpoints, which do not tell."""
    try:
        return (store or RunStore()).get(str(ref)).config.data_path
    except RunError:
        return None


def checkpoint_file(ref: str, *, store: RunStore | None = None) -> Path:
    """The file that `load_checkpoint` reads for a name or the id of a run; it changes as the run trains.

    Raises `CheckpointError` if there is no such thing.
    """
    for names, folder in ((shipped(), SHIPPED), (imported(), imported_folder())):
        if ref in names:
            return folder / f"{ref}{SUFFIX}"
    return _run_file(ref, store or RunStore())


def _run_file(ref: str, store: RunStore) -> Path:
    try:
        run = store.get(ref)
    except RunError:
        known = [*shipped(), *imported(), *(run.id for run in store.list())][:5]
        hint = f"some that there are: {', '.join(known)}" if known else "there are none yet, train one"
        raise CheckpointError(f"there is no checkpoint or run {ref[:80]!r}; {hint}") from None
    path = store.checkpoint_path(run.id)
    if not path.is_file():
        first = min(run.config.checkpoint_every, run.config.steps)
        raise CheckpointError(f"run {run.id} has no checkpoint yet; it gets the first at step {first}, or when paused")
    return path


def _place_of_family(name: str) -> int:
    """Where on the pages the family of a shipped checkpoint stands, by its card."""
    places = {family: place for place, family in enumerate(FAMILIES)}
    return places.get(str(read_card(SHIPPED / f"{name}.json").get("family")), len(places))


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in files_in(folder, f"*{SUFFIX}") if NAME.fullmatch(path.stem))
