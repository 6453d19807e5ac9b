"""The process-wide training service and its store, as the pages see them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gan_core.models import recorded_name, shipped_recordings
from gan_core.runs import Recording, RunView, StoredRun, load_recording
from gan_core.runs.service import get_service

__all__ = ["default_run", "get_service", "recordings", "view_of"]


def view_of(run_id: str) -> RunView:
    """A run of this workshop. Raises `RunError` when there is none of that id."""
    store = get_service().store
    store.get(run_id)
    return StoredRun(store, run_id)


def default_run() -> str:
    """What to show a visitor who has not chosen: the run in training, else the newest, else the first recording."""
    runs = get_service().store.list()
    chosen = next((run for run in runs if run.is_active), runs[0] if runs else None)
    return chosen.id if chosen else next(iter(recordings()))


def recordings() -> dict[str, Recording]:
    """The recordings that come with the workshop, by the name of their model."""
    return {recorded_name(path): _recording(path, path.stat().st_mtime_ns) for path in shipped_recordings()}


@st.cache_resource(show_spinner=False, max_entries=32)
def _recording(path: Path, stamp: int) -> Recording:
    return load_recording(path)
