"""Through training: what the same vectors became, step by step, and how the entries came to matter."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from gan_core.errors import CheckpointError
from gan_core.figures import effect_history
from gan_core.latent import base_vectors, decode_vector, encode_vector, measure_effects
from gan_core.models.checkpoint import Checkpoint
from gan_core.paths import gan_home
from gan_core.runs import RunView, history
from pages.components.chart import live_chart
from pages.components.timeline import as_rows, timeline_strip
from pages.ui import url_state
from pages.ui.messages import note_line
from pages.ui.routes import TRAIN
from pages.ui.runs import title_text
from pages.ui.service import get_service, recordings, view_of
from pages.ui.sources import Source, sources, version
from pages.ui.text import _
from pages.views import state

TICK = 2.0  # seconds between two looks at a run that trains
MEASURING_SECONDS = 0.4  # seconds of measuring after which the page may answer the reader
EIGHT = 8
EFFECT_VECTORS = 4


def timeline_view(source: Source, checkpoint: Checkpoint) -> None:
    """What the same vectors became, step by step of the training."""
    steps = _steps(source, checkpoint)
    if len(steps) < 2:
        _without_history(source)
        return
    st.caption(
        _(
            "The same vector, drawn by the generator as it was at each step of its training. Move the slider: noise "
            "turns into a picture, and long after the shape is settled the details still wander."
        )
    )
    which = url_state.choice(
        "time", _("Vectors"), {"one": _("This vector"), "eight": _("Eight vectors")}, hide_label=True
    )
    active = source.run.is_active

    @st.fragment(run_every=TICK if active else None)
    def strip() -> None:
        _strip(source, checkpoint, which)
        if active and not get_service().store.get(source.ref).is_active:
            st.rerun()  # stop looking

    strip()
    _birth(source, checkpoint)


# The strip


def _strip(source: Source, checkpoint: Checkpoint, which: str) -> None:
    if which == "eight":
        vectors = base_vectors(checkpoint.latent_spec, EIGHT, state.seed())
    else:
        vectors = state.history_of(source, checkpoint.latent_spec).vector[None]
    codes = tuple(encode_vector(vector) for vector in vectors)
    drawn: dict[int, Tensor] = {}
    bar = st.empty()
    steps = _steps(source, checkpoint)
    for number, step in enumerate(steps):
        began = time.monotonic()
        try:
            drawn[step] = torch.from_numpy(_draw(*_key(source, step), codes, checkpoint))
        except CheckpointError:
            continue  # thinned or deleted meanwhile
        if time.monotonic() - began > 0.05:
            bar.progress(number / len(steps), text=_("Drawing step {n}").format(n=f"{step:,}"))
    bar.empty()
    if not drawn:
        note_line(_("The history of this run is gone."))
        return
    timeline_strip(as_rows(list(drawn.values())), list(drawn), _chosen_step(), key=f"time_{which}", on_step=_go_to)


def _chosen_step() -> int | None:
    text = url_state.linked("at") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _go_to(step: int | None) -> None:
    if step is None:
        url_state.forget("at")
    else:
        url_state.write("at", step)


def _steps(source: Source, checkpoint: Checkpoint) -> list[int]:
    """The steps of which there is a generator, the present checkpoint included."""
    if source.run is None:
        return []
    kept = get_service().store.history_steps(source.ref)
    present = checkpoint.card.get("steps")
    return [*kept, present] if kept and isinstance(present, int) and present > kept[-1] else kept


def _key(source: Source, step: int) -> tuple[str, str, int, int]:
    """What identifies a generator. Its file counts, since a run may have gone on from an earlier step."""
    path = history.FILES.path_of(get_service().store.folder(source.ref), step)
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        stamp = version(source)
    return source.ref, str(gan_home()), step, stamp


@st.cache_data(max_entries=2048, show_spinner=False)
def _draw(ref: str, home: str, step: int, stamp: int, codes: tuple[str, ...], _present: Checkpoint) -> np.ndarray:
    """What the vectors looked like at a step, uint8 (V, C, H, W)."""
    then = _generator(ref, step, _present)
    return then.draw(torch.stack([decode_vector(code, then.latent_spec) for code in codes])).numpy()


def _generator(ref: str, step: int, present: Checkpoint) -> Checkpoint:
    """The generator of a step. Not kept in memory: all of a run would take hundreds of megabytes."""
    if step == present.card.get("steps"):
        return present
    return get_service().store.load_history(ref, step)


# How the entries came to matter


def _birth(source: Source, checkpoint: Checkpoint) -> None:
    st.markdown(f"**{_('The birth of entries')}**")
    st.caption(
        _(
            "How much each entry changes the picture, at each step of the training; the strongest at the end come "
            "first. Look for the step at which they part: some grow, others fade away."
        )
    )
    steps = _steps(source, checkpoint)
    measured = _measured(source)

    waiting = bool(set(steps) - measured.keys())

    @st.fragment(run_every=0.1 if waiting else None)
    def birth() -> None:
        # A slice at a time, the newest first: between two slices the page answers the reader.
        missing = [step for step in reversed(steps) if step not in measured]
        deadline = time.monotonic() + MEASURING_SECONDS
        while missing and time.monotonic() < deadline:
            _measure_into(measured, source, checkpoint, missing.pop(0))
        if missing:
            done = len(steps) - len(missing)
            st.progress(done / len(steps), text=_("Measured {n} of {total} steps").format(n=done, total=len(steps)))
        _show_birth(checkpoint, measured)
        if waiting and not missing:
            st.rerun()  # stop measuring

    birth()


def _measured(source: Source) -> dict[int, np.ndarray | None]:
    """The effect of every entry, (E,), at the steps measured so far; None at a step whose generator is gone."""
    return st.session_state.setdefault("birth", {}).setdefault((source.ref, state.seed()), {})


def _measure_into(measured: dict[int, np.ndarray | None], source: Source, checkpoint: Checkpoint, step: int) -> None:
    try:
        measured[step] = _effects(*_key(source, step), state.seed(), checkpoint)
    except CheckpointError:
        measured[step] = None


@st.cache_data(max_entries=512, show_spinner=False)
def _effects(ref: str, home: str, step: int, stamp: int, seed: int, _present: Checkpoint) -> np.ndarray:
    then = dataclasses.replace(_generator(ref, step, _present), discriminator=None)
    return measure_effects(then, base_vectors(then.latent_spec, EFFECT_VECTORS, seed)).pixel_change.numpy()


def _show_birth(checkpoint: Checkpoint, measured: dict[int, np.ndarray | None]) -> None:
    found = {step: strengths for step, strengths in sorted(measured.items()) if strengths is not None}
    if not found:
        return
    spec = checkpoint.latent_spec
    strengths = np.stack(list(found.values()), axis=1)
    strongest = np.argsort(-strengths[:, -1], kind="stable")[:5]
    live_chart(
        effect_history(list(found), strengths, spec.entry_names(range(spec.size), _), text=_),
        key="birth",
        height=480,
        alt=_("The effect of every entry at every step. The strongest at the end: {entries} …").format(
            entries=", ".join(spec.entry_names(strongest.tolist(), _))
        ),
    )


# Models without a history


def _without_history(source: Source) -> None:
    note_line(
        _(
            "Only a run that was trained here keeps its generators of all steps; for this model you see the pictures "
            "that were recorded while it was trained, of vectors that cannot be changed."
        )
        if _is_recorded(source)
        else _("Only a run that was trained here keeps its generators of all steps.")
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        newest = _newest_with_history()
        if newest is not None:
            st.button(
                _("Open the newest run"),
                icon=":material/history:",
                key="newest_run",
                on_click=lambda: url_state.write("model", newest.ref),
            )
        st.page_link(TRAIN, label=_("Train one"), icon=":material/model_training:")
    view = _recorded(source)
    if view is None:
        return
    if not _is_recorded(source):
        st.caption(_("This is another run, which was recorded: {name}").format(name=title_text(view.run.name)))
    steps = view.snapshot_steps()
    images = [view.snapshot(step).images[:EIGHT] for step in steps]
    timeline_strip(as_rows(images), steps, _chosen_step(), key="time_recorded", on_step=_go_to)


def _newest_with_history() -> Source | None:
    store = get_service().store
    runs = (source for source in sources().values() if source.run is not None)  # the newest first
    return next((source for source in runs if len(store.history_steps(source.ref)) > 1), None)


def _is_recorded(source: Source) -> bool:
    return source.run is not None or source.ref in recordings()


def _recorded(source: Source) -> RunView | None:
    """The pictures kept of a run or of a shipped model, else those of a shipped one, if there are any."""
    if source.run is not None:
        return view_of(source.ref)
    known = recordings()
    return known.get(source.ref) or next(iter(known.values()), None)
