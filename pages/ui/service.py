"""The process-wide training service and its store, as the pages see them."""

from __future__ import annotations

from gan_core.models import shipped_recordings
from gan_core.runs import Recording, RunView, StoredRun, load_recording
from gan_core.runs.service import get_service

__all__ = ["default_view", "get_service", "view_of"]


def view_of(run_id: str) -> RunView:
    """A run of this workshop. Raises `RunError` when there is none of that id."""
    store = get_service().store
    store.get(run_id)
    return StoredRun(store, run_id)


def default_view() -> RunView:
    """What to show a visitor who has not chosen: the run in training, else the newest, else a recording."""
    runs = get_service().store.list()
    chosen = next((run for run in runs if run.is_active), runs[0] if runs else None)
    return view_of(chosen.id) if chosen else recording()


def recording() -> Recording:
    """The recording that is shown while there is no run."""
    return load_recording(shipped_recordings()[0])
