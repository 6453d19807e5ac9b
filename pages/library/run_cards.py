"""Training runs as cards: how far each is, what it draws, and what can be done with it."""

from __future__ import annotations

from html import escape

import streamlit as st

from gan_core.errors import WorkshopError
from gan_core.families import FAMILIES
from gan_core.paths import gan_home
from gan_core.runs.run import Run, Status
from gan_core.runs.service import TrainingService
from gan_core.runs.store import RunStore
from pages.library.actions import card_button, delete_button, download_menu, more_menu, rename_button
from pages.library.cards import (
    card_grid,
    card_text,
    dataset_title,
    explore_link,
    images_uri,
    sheet_picture,
    summary,
)
from pages.ui import url_state
from pages.ui.messages import error_line, note_line
from pages.ui.numbers import duration
from pages.ui.routes import TRAIN
from pages.ui.runs import STATUS, title_text
from pages.ui.service import get_service
from pages.ui.sources import Source, sources
from pages.ui.text import _

FIRST = 12  # runs that are shown before anybody asks for more


def run_grid(service: TrainingService, runs: list[Run]) -> None:
    """The newest runs as cards, and a button for more."""
    shown = st.session_state.setdefault("runs_shown", FIRST)
    found = sources()
    with card_grid():
        for run in runs[:shown]:
            with st.container(border=True, height="stretch", key=f"model_{run.id}"):
                _run_card(service, run, found.get(run.id))
    if len(runs) > shown and st.button(_("Show more"), icon=":material/expand_more:", key="more_runs"):
        st.session_state.runs_shown = shown + FIRST
        st.rerun()


def _run_card(service: TrainingService, run: Run, source: Source | None) -> None:
    _picture(service.store, run, source)
    label, colour, icon = STATUS[run.status]
    st.badge(_(label), color=colour, icon=icon)
    config = run.config
    steps = _("Step {step} of {steps}").format(step=f"{run.step:,}", steps=f"{config.steps:,}")
    card_text(
        title_text(run.name),
        [
            f"{_(FAMILIES[config.family].title)} · {dataset_title(config.dataset)}",
            " · ".join([steps, *([duration(run.seconds)] if run.seconds else [])]),
            run.id,
        ],
    )
    _reasons(run, source)
    st.space("stretch")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if source is not None:
            explore_link(source)
        st.page_link(TRAIN, label=_("Open"), icon=":material/monitoring:", query_params=url_state.link(run=run.id))
        if source is not None:
            download_menu(source)
        with more_menu(run.id):
            if source is not None:
                card_button(source)
            rename_button(run.id, run.name, service.store.rename)
            delete_button(run.id, title_text(run.name), service.delete, disabled=not run.can_delete)


def _picture(store: RunStore, run: Run, source: Source | None) -> None:
    """What its checkpoint draws, else the last snapshot, else a word that there is nothing yet."""
    try:
        if source is not None:
            uri = summary(source).sheet
        else:
            uri = _snapshot_uri(run.id, str(gan_home()), store.snapshot_steps(run.id)[-1])
    except (WorkshopError, IndexError):
        st.html(f'<div class="model-empty">{escape(_("No pictures yet"))}</div>')
    else:
        sheet_picture(uri, title_text(run.name))


def _reasons(run: Run, source: Source | None) -> None:
    """Why it stands where it stands."""
    if run.error:
        error_line(run.error)
    elif run.status is Status.INTERRUPTED:
        note_line(_("The server stopped while this run was training."))
    if source is not None:
        try:
            summary(source)
        except WorkshopError as error:
            error_line(error)
    elif run.status is not Status.FAILED:
        first = min(run.config.checkpoint_every, run.config.steps)
        note_line(_("No checkpoint yet; the first is saved at step {n}, or on a pause.").format(n=f"{first:,}"))


@st.cache_data(max_entries=64, show_spinner=False)
def _snapshot_uri(run_id: str, home: str, step: int) -> str:
    """Raises `RunError` when the run was deleted meanwhile."""
    snapshot = get_service().store.snapshot(run_id, step)
    return images_uri(snapshot.images[: 4 * snapshot.columns], snapshot.columns)
