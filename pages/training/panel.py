"""One run on one screen: progress, controls, pictures through time, losses and scores. Follows a live run by itself."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gan_core.families import FAMILIES
from gan_core.figures import run_curves
from gan_core.images import grid
from gan_core.runs import Run, RunView, Status
from gan_core.series import Series
from pages.components.chart import live_chart
from pages.training.copies import copies
from pages.training.guide import SCORES_HELP
from pages.training.health import health_line, readings_chart
from pages.training.studio import change_lines, studio
from pages.ui import url_state
from pages.ui.messages import attempt, message_text, note_line
from pages.ui.numbers import duration
from pages.ui.pictures import picture
from pages.ui.routes import INSIDE, LATENT
from pages.ui.runs import STATUS
from pages.ui.service import get_service
from pages.ui.text import N_, _

TICK = 1.0  # seconds between two looks at a live run
POINTS = 300  # per curve and update
PLAIN = 4  # curves of a run whose losses have no parts


def live_panel(view: RunView, *, controls: bool = True) -> None:
    """Show a run; while it is active the panel looks again every second.

    Args:
        view: The run with its data.
        controls: False for a recording, which cannot be continued.
    """
    run = view.run

    @st.fragment(run_every=TICK if run.is_active else None)
    def panel() -> None:
        now = view.run
        if now.status is not run.status:
            st.rerun()  # the selector names the status, and only an active run is looked at every second
        _header(now)
        if controls:
            _controls(now)
            studio(now)
        health_line(view, now, controls=controls)
        _notes(view, now)
        left, right = st.columns([5, 6], gap="medium")
        with left:
            step = _pictures(view, now)
            if step is not None:
                copies(view, now, step)
        with right:
            _curves(view, now)
            readings_chart(view, now)

    panel()


def _notes(view: RunView, run: Run) -> None:
    """What was left out of its data and why, what was changed: one line, which opens."""
    notes = view.notes()
    if not notes:
        return
    with st.expander(_("Notes on this run: {n}").format(n=len(notes)), icon=":material/info:", key=f"notes_{run.id}"):
        for note in notes:
            note_line(note)


def _header(run: Run) -> None:
    label, colour, icon = STATUS[run.status]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(_(label), color=colour, icon=icon)
        st.caption(_facts(run))
    st.progress(run.progress, text=_progress_text(run))
    if run.error:
        st.error(message_text(run.error), icon=":material/error:")
    if run.status is Status.INTERRUPTED:
        st.warning(_("The server stopped while this run was training. Resume goes on from its last checkpoint."))


def _facts(run: Run) -> str:
    config = run.config
    facts = [
        _("{n} px").format(n=config.image_size),
        _("batch {n}").format(n=config.batch_size),
        _("seed {n}").format(n=config.seed),
    ]
    return " · ".join([*facts, run.device or _("automatic")])


def _progress_text(run: Run) -> str:
    if run.status is Status.QUEUED:
        position = get_service().queue_position(run.id)
        return _("Waiting, number {n} in the queue").format(n=position) if position else _("Starting")
    if run.status is Status.PREPARING:
        return _(run.message or "loading the dataset")
    parts = [_("Step {step} of {steps}").format(step=f"{run.step:,}", steps=f"{run.config.steps:,}")]
    if run.images_per_second:
        parts.append(_("{n} images per second").format(n=f"{run.images_per_second:,.0f}"))
        if run.status is Status.RUNNING:
            parts.append(_("{time} left").format(time=duration(run.seconds_left)))
    if not run.is_active:
        parts.append(_("trained for {time}").format(time=duration(run.seconds)))
    return " · ".join(parts)


def _controls(run: Run) -> None:
    service = get_service()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if run.can_pause:
            _button(_("Pause"), "pause", service.pause, run)
        if run.can_resume:
            _button(_("Resume"), "play_arrow", service.resume, run, type="primary")
        if run.status is Status.PAUSED:
            _button(_("One step"), "skip_next", service.step, run)
        if run.can_stop:
            _button(_("Stop"), "stop", service.stop, run)
        if run.status in (Status.FINISHED, Status.STOPPED):
            more = run.config.steps // 2 or 1
            _button(
                _("{n} more steps").format(n=f"{more:,}"),
                "more_time",
                lambda run_id: service.extend(run_id, more),
                run,
            )
        st.page_link(
            INSIDE,
            label=_("Slow motion"),
            icon=":material/slow_motion_video:",
            query_params=url_state.link(run=run.id),
        )
        st.page_link(
            LATENT,
            label=_("Explore its latent space"),
            icon=":material/tune:",
            query_params=url_state.link(model=run.id),
            disabled=not get_service().store.checkpoint_path(run.id).is_file(),
        )


def _button(label: str, icon: str, action: Callable[[str], object], run: Run, **options) -> None:
    st.button(label, icon=f":material/{icon}:", key=f"run_{icon}", on_click=attempt, args=(action, run.id), **options)


def _pictures(view: RunView, run: Run) -> int | None:
    """Show the pictures of a step; returns it, None where there is none yet."""
    steps = view.snapshot_steps()
    if not steps:
        st.skeleton(height=360)
        return None
    step = _choose_step(steps, run)
    snapshot = view.snapshot(step)
    sheet = grid(snapshot.images, snapshot.columns, background=128)
    alt = _("{n} images that the generator draws at step {step}").format(n=len(snapshot.images), step=step)
    picture(sheet, alt=alt, width="stretch", scale=2)
    return step


def _choose_step(steps: list[int], run: Run) -> int:
    """A slider over the snapshots. It follows the newest until the reader moves it, and again when moved to the end.

    A page that refreshes itself tells the slider's place before it has heard of the newest snapshot. `ahead` holds the
    places that the slider was put to since the page last agreed: to hear one of them is no move of the reader's.
    """
    if len(steps) == 1:
        return steps[0]
    key, pinned = f"snapshot_{run.id}", f"pinned_{run.id}"
    ahead: list[int] = st.session_state.setdefault(f"ahead_{run.id}", [])
    if ahead and st.session_state.get(key) == ahead[-1]:
        del ahead[:-1]
    if st.session_state.get(pinned) not in steps:
        st.session_state[pinned] = None
    place = st.session_state[pinned] if st.session_state[pinned] is not None else steps[-1]
    st.session_state[key] = place
    if place not in ahead:
        ahead.append(place)

    def moved() -> None:
        chosen = st.session_state[key]
        if chosen not in ahead[:-1]:
            ahead[:] = [chosen]
            st.session_state[pinned] = None if chosen == steps[-1] else chosen

    return st.select_slider(
        _("The same latent vectors at step"),
        steps,
        key=key,
        on_change=moved,
        help=_("Every picture keeps its own latent vector, so you can watch one picture through the training."),
    )


def _curves(view: RunView, run: Run) -> None:
    series = view.metrics(POINTS)
    family = FAMILIES[run.config.family]
    losses, scores = run_curves(family, series, changes=change_lines(run.config), text=_)
    st.markdown(_("**Losses**"), help=_(family.healthy_loss))
    live_chart(
        losses,
        key=f"losses_{run.id}",
        height=230 if len(series) <= PLAIN else 290,  # more curves have a longer legend
        alt=_alt(series, LOSSES_ALT),
    )
    st.markdown(_("**What D thinks**"), help=_(SCORES_HELP[family.d_output]))
    live_chart(scores, key=f"scores_{run.id}", height=230, alt=_alt(series, SCORES_ALT))


LOSSES_ALT = N_("Losses: D {d_loss}, G {g_loss} at step {step}")
SCORES_ALT = N_("Scores: D(x) {d_real}, D(G(z)) {d_fake} at step {step}")


def _alt(series: dict[str, Series], sentence: str) -> str:
    """The last values in words, for those who cannot see the chart."""
    if not series or not all(len(s.steps) for s in series.values()):
        return _("Nothing to plot yet")
    last = {name: f"{s.values[-1]:.2f}" for name, s in series.items()}
    return _(sentence).format(**last, step=next(iter(series.values())).steps[-1])
