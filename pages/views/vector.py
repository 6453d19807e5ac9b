"""One vector: a control for every entry, and the picture beside it that follows."""

from __future__ import annotations

import secrets

import streamlit as st
import torch

from gan_core.errors import LatentError
from gan_core.latent import format_vector, parse_vector, perturb, zero_noise
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.vector.history import VectorHistory
from pages.components.vector.panel import latent_panel
from pages.ui import url_state
from pages.ui.messages import error_line, message_text
from pages.ui.sources import Source
from pages.ui.text import _
from pages.views import state
from pages.views.family_outputs import show_family_outputs
from pages.views.fields import range_note


@st.fragment
def vector_view(source: Source, checkpoint: Checkpoint) -> None:
    """One vector with a control for each entry."""
    spec = checkpoint.latent_spec
    history, locks = state.history_of(source, spec), state.locks_of(source, spec)
    explanation = _(
        "Drag any entry and watch the picture follow: some entries change everything, some nothing. Lock what you like "
        "and vary the rest. The address bar always holds a link to this vector."
    )
    st.caption(f"{explanation} {range_note(spec)}")
    if error := state.link_error(source):
        error_line(error)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _draw_buttons(history, spec, locks)
        _step_buttons(history, locks)
    latent_panel(
        history,
        checkpoint,
        key=f"panel_{source.ref}",
        prefetch=state.prefetch_of(source),
        locks=locks,
        focus=state.focus(spec),
    )
    show_family_outputs(checkpoint, history.vector)
    _text(history, spec)


def _draw_buttons(history: VectorHistory, spec: LatentSpec, locks: list[int]) -> None:
    """Other noise: wholly new, varied, or none."""
    percent = url_state.read_int("vary")

    def vary_by(amount: float) -> None:
        history.replace(perturb(spec, history.vector, amount, seed=secrets.randbelow(2**31), locked=locks))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content"):
        st.button(
            _("New"),
            icon=":material/casino:",
            key="vector_new",
            on_click=vary_by,
            args=(1.0,),
            help=_("Another random vector; locked entries and the class stay"),
        )
        st.button(
            _("Zero"),
            key="vector_zero",
            on_click=lambda: history.replace(zero_noise(spec, history.vector, locks)),
            help=_("All noise and codes at 0; locked entries stay"),
        )
        st.button(
            _("Vary"),
            icon=":material/shuffle:",
            key="vector_vary",
            on_click=vary_by,
            args=(percent / 100,),
            help=_("Mix fresh noise into this vector, so that it stays about as long; locked entries stay"),
        )
        st.slider(
            _("How much it varies, in percent"),
            1,
            100,
            format="%d%%",
            key=url_state.widget_key("vary"),
            on_change=url_state.write_back,
            args=("vary",),
            width=150,
            label_visibility="collapsed",
        )


def _step_buttons(history: VectorHistory, locks: list[int]) -> None:
    """Back, forwards, back to the start; and all locks open."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width="content"):
        for icon, action, steps, label in (
            ("undo", history.undo, history.past, _("Undo")),
            ("redo", history.redo, history.future, _("Redo")),
        ):
            st.button(
                "", icon=f":material/{icon}:", key=f"vector_{icon}", on_click=action, disabled=not steps, help=label
            )
        st.button(
            _("Reset"),
            key="vector_reset",
            on_click=lambda: history.replace(history.start),
            disabled=torch.equal(history.vector, history.start),
            help=_("Back to the vector that this began with"),
        )
        st.button(
            _("Unlock all ({n})").format(n=len(locks)),
            icon=":material/lock_open:",
            key="vector_unlock",
            on_click=locks.clear,
            disabled=not locks,
        )


def _text(history: VectorHistory, spec: LatentSpec) -> None:
    def paste() -> None:
        label = spec.chosen(history.vector[None])
        st.session_state["paste_error"] = None
        try:
            history.replace(parse_vector(st.session_state["paste"], spec, 0 if label is None else int(label)))
        except LatentError as error:
            st.session_state["paste_error"] = message_text(error)

    with st.expander(_("Paste or copy the vector"), icon=":material/content_paste:"):
        st.text_area(
            _("Numbers with commas, spaces or line breaks between them"),
            key="paste",
            height=90,
            placeholder="0.12, -1.5, 0.7, …",
        )
        st.button(_("Use these numbers"), key="paste_use", on_click=paste)
        if error := st.session_state.get("paste_error"):
            error_line(error)
        st.caption(_("This vector, to copy:"))
        st.code(format_vector(history.vector), language=None, wrap_lines=True, height=110)
