"""Forks: new runs that begin with the state of another run at one of the steps at which it was saved."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from gan_core.errors import Message, RunError
from gan_core.files import atomic_path
from gan_core.runs.errors import storage_errors
from gan_core.runs.history import FILES as HISTORY
from gan_core.runs.history import MIN_FREE_BYTES
from gan_core.runs.run import Level, Run
from gan_core.runs.step_files import STATES
from gan_core.runs.store import RunStore


def keep_state(store: RunStore, run_id: str, step: int) -> None:
    """Keep the state that a run has just saved. It can do without: on a full disk nothing is kept."""
    folder = store.folder(run_id)
    path = STATES.path_of(folder, step)
    with suppress(OSError):
        if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
            return
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        _link(store.resume_path(run_id), path)
        STATES.thin(folder)


def fork_steps(store: RunStore, run: Run) -> list[int]:
    """The steps from which a run can be forked, increasing."""
    return [step for step in STATES.steps(store.folder(run.id)) if step < run.config.steps]


def fork(store: RunStore, run_id: str, step: int, *, name: str | None = None, **settings: Any) -> Run:
    """A new paused run that has done what another had done at a step; the other stays as it is.

    Its curves and images until then are those of the other. Its time of training is taken in proportion.

    Args:
        store: Of both.
        run_id: Of the run to fork.
        step: One of `fork_steps`.
        name: Of the new run; by default that of the other.
        **settings: New values of `RunConfig.knobs`, from that step on.

    Raises:
        RunError: Nothing is kept of that step, or it is the last.
        ConfigError: A setting is no knob, or its value is wrong.
    """
    run = store.get(run_id)
    if step >= run.config.steps:
        raise RunError("run {run_id} has no steps after {step}; fork it at an earlier one", run_id=run_id, step=step)
    state = STATES.path_of(store.folder(run_id), step)
    if not state.is_file():
        raise _gone(run_id, step)
    config = run.config.before(step + 1)
    if config.at(step).players != "both":  # a move of the other run
        settings = {"players": "both", **settings}
    if settings:
        config = config.changed(step, **settings)
    new = store.create(config, name=name or run.name)
    try:
        with storage_errors():
            with atomic_path(store.resume_path(new.id)) as temporary:
                shutil.copyfile(state, temporary)
            for kept in HISTORY.steps(store.folder(run_id)):
                if kept <= step:
                    _copy_step(HISTORY.path_of(store.folder(run_id), kept), HISTORY.path_of(store.folder(new.id), kept))
            keep_state(store, new.id, step)
            store.copy_record(run_id, new.id, step)
        seconds = run.seconds * step / max(run.step, 1)
        store.add_event(new.id, Level.INFO, Message("begins at step {step} of run {run_id}", step=step, run_id=run_id))
        return store.update(new.id, step=step, seconds=seconds)
    except BaseException as error:
        store.delete(new.id)
        if isinstance(error.__cause__, FileNotFoundError):
            raise _gone(run_id, step) from None
        raise


def _gone(run_id: str, step: int) -> RunError:
    return RunError("step {step} of run {run_id} is not kept any more; choose another step", step=step, run_id=run_id)


def _copy_step(path: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    for file, copied in ((path, copy), (path.with_suffix(".json"), copy.with_suffix(".json"))):
        with suppress(FileNotFoundError):  # thinned meanwhile
            shutil.copyfile(file, copied)


def _link(file: Path, other: Path) -> None:
    """Give a file that is never changed, only replaced, a second name; a copy where the file system has no links."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copyfile(file, other)
