"""How a run is doing, in one line, with its evidence, what to change, and how the pictures came along."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gan_core.errors import WorkshopError
from gan_core.evaluation.health import WINDOW, State, read_health
from gan_core.evaluation.health.suggestions import Suggestion
from gan_core.evaluation.health.text import format_number
from gan_core.families import family_title
from gan_core.figures import reading_curves
from gan_core.runs import Run, RunView
from pages.components.chart import live_chart
from pages.training.form import change_text
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.service import get_service
from pages.ui.text import N_, _

STARTED = "health_started"  # set for one run of the page
FAMILY = N_("Family")

ICONS = {
    State.EARLY: ("grey", ":material/hourglass_empty:"),
    State.HEALTHY: ("green", ":material/ecg_heart:"),
    State.NAN: ("red", ":material/error:"),
}
ALARM = ("orange", ":material/warning:")


def health_line(view: RunView, run: Run, *, controls: bool) -> None:
    """One line on the health of a run that has begun; opened, it gives evidence and suggestions.

    Args:
        view: The run with its data.
        run: As it is now.
        controls: Whether suggestions can be tried here.
    """
    if st.session_state.pop(STARTED, None):
        st.rerun()  # the page, not only this panel, has to go to the new run
    if run.step == 0 and not run.error:
        return
    recent = view.metrics(WINDOW, first_step=run.step - WINDOW + 1)
    health = read_health(run.config.at(run.step), recent, view.readings(), run.error)
    colour, icon = ICONS.get(health.state, ALARM)
    with st.expander(f":{colour}[{icon}] {health.headline.render(_)}", key=f"health_{run.id}"):
        for place, finding in enumerate(health.findings):
            if place:
                st.markdown(_("**Also:** {finding}").format(finding=finding.headline.render(_)))
            st.markdown("\n".join(f"- {_plain(evidence.render(_))}" for evidence in finding.evidence))
        for place, suggestion in enumerate(health.suggestions):
            _suggestion(suggestion, run, f"suggestion_{place}_{run.id}", controls, first=place == 0)


def readings_chart(view: RunView, run: Run) -> None:
    """What the pictures were worth at each step, where that is known."""
    readings = view.readings()
    if len(readings) < 2:
        return
    last = readings[-1]
    st.markdown(_("**What the pictures are worth**"), help=_(READINGS_HELP).format(n=last.samples))
    told = READINGS_ALT if last.class_share else READINGS_ALT_WITHOUT_CLASSES
    live_chart(
        reading_curves(readings, text=_),
        key=f"readings_{run.id}",
        height=300,
        alt=_(told).format(
            frechet=format_number(last.frechet),
            real=format_number(last.real_vs_real),
            covered=last.classes_covered,
            classes=len(last.class_share),
            diversity=f"{last.diversity:.0%}",
            step=f"{last.step:,}",
        ),
    )


def _plain(text: str) -> str:
    """Class names are other people's: nothing in them is Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>$#~" else letter for letter in text)


def _suggestion(suggestion: Suggestion, run: Run, key: str, controls: bool, *, first: bool) -> None:
    with st.container(border=True, gap="small"):
        st.markdown(_plain(suggestion.reason.render(_)))
        family = suggestion.config.family
        st.caption(" · ".join(_plain(_change(family, name, *pair)) for name, pair in suggestion.changes.items()))
        if controls:
            label = _("Stop this run and start again like this") if run.is_active else _("Start again like this")
            st.button(
                label,
                icon=":material/restart_alt:",
                type="primary" if first else "secondary",
                key=key,
                on_click=_start,
                args=(suggestion, run.id),
            )


def _change(family: str, name: str, before: Any, after: Any) -> str:
    if name == "family":
        return f"{_(FAMILY)} {_(family_title(before))} → {_(family_title(after))}"
    return change_text(family, name, before, after)


def _start(suggestion: Suggestion, run_id: str) -> None:
    """Submit the changed config and go to it; a run that is still training gives way."""
    service = get_service()
    try:
        run = service.submit(suggestion.config)
        if service.store.get(run_id).is_active:
            service.stop(run_id)
    except WorkshopError as error:
        st.toast(message_text(error), icon=":material/error:")
    else:
        url_state.put("run", run.id)
        st.session_state[STARTED] = True


READINGS_HELP = N_(
    "{n} pictures, always of the same latent vectors, seen through a small network. Fréchet distance to real pictures: "
    "the lower the better, dotted: that of as many real ones. Variety: 100% is as varied as real pictures. Classes, "
    "where they can be told: those with at least a quarter of an even share."
)
READINGS_ALT = N_(
    "At step {step}: Fréchet distance {frechet} (real pictures: {real}), {covered} of {classes} classes drawn, "
    "{diversity} as varied as real"
)
READINGS_ALT_WITHOUT_CLASSES = N_(
    "At step {step}: Fréchet distance {frechet} (real pictures: {real}), {diversity} as varied as real"
)
