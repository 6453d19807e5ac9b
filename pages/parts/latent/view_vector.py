"""One vector: a control for every entry, and the picture beside it that follows."""

from __future__ import annotations

import random

import streamlit as st
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.families import Latent
from gan_core.images import to_array
from gan_core.latent import base_vectors, format_vector, parse_vector
from gan_core.runs.checkpoint import Checkpoint
from pages.parts.latent import session
from pages.parts.latent.vector_history import VectorHistory
from pages.parts.latent.vector_panel import latent_panel
from pages.parts.latent.view_sheet import range_note
from pages.parts.lines import error_line
from pages.parts.models.picker import Source
from pages.parts.pictures import picture
from pages.parts.text import _

SIDE = 336  # CSS pixels of the picture on a wide screen

# On a narrow screen the picture stays in sight while the reader is at the controls below it.
STYLE = """<style>
@media (max-width: 640px) {
  [data-testid="stColumn"]:has(.st-key-vector_picture) {
    position: sticky;
    top: 3.75rem;
    padding-top: 0.5rem;
    z-index: 50;
    padding-bottom: 0.5rem;
    background: var(--st-background-color, light-dark(#fff, #10141b));
  }
  .st-key-vector_picture { align-items: center; }
  .st-key-vector_picture img { width: 168px !important; }
}
</style>"""


@st.fragment
def vector_view(source: Source, checkpoint: Checkpoint) -> None:
    latent = checkpoint.latent
    history = session.history_of(source, latent)
    st.html(STYLE)
    st.caption(_("Move any entry and watch the picture follow. The address bar always holds a link to this vector."))
    if error := session.link_error(source):
        error_line(error)
    left, right = st.columns([4, 9], gap="medium")
    # The picture comes before the panel: once the panel has its answer, it sends the next edit and ends this run.
    with left:
        _picture(checkpoint, history.vector)
    with right:
        _buttons(history, latent)
        latent_panel(history, latent, key=f"panel_{source.ref}", focus=session.focus(latent))
        _text(history, latent)


def _picture(checkpoint: Checkpoint, vector: Tensor) -> None:
    image = to_array(checkpoint.draw(vector[None])[0])
    with st.container(key="vector_picture", gap="xsmall"):
        picture(image, alt=_("The picture of this vector"), scale=max(1, SIDE // checkpoint.image_size))
        st.caption(_facts(checkpoint, vector), help=_facts_help(checkpoint.latent))


def _facts(checkpoint: Checkpoint, vector: Tensor) -> str:
    noise = vector[checkpoint.latent.slice("noise")]
    facts = [_("length of z: {n}").format(n=f"{noise.norm():.2f}")]
    score = checkpoint.score(vector[None])
    if score is not None:
        facts.insert(0, f"D(G(z)) = {score.item():.3f}")
    return " · ".join(facts)


def _facts_help(latent: Latent) -> str:
    variance = 1 / 3 if latent.section("noise").kind == "uniform" else 1.0
    length = (latent.noise_size * variance) ** 0.5
    typical = _("The noise of training has a length of about {n}.").format(n=f"{length:.1f}")
    return f"{_('D(G(z)): how real the discriminator finds this picture.')} {typical} {range_note(latent)}"


def _buttons(history: VectorHistory, latent: Latent) -> None:
    def new() -> None:
        drawn = base_vectors(latent, 1, random.randrange(2**31))[0]
        drawn[latent.noise_size :] = history.vector[latent.noise_size :]  # the class stays
        history.replace(drawn)

    def zero() -> None:
        vector = history.vector.clone()
        vector[latent.slice("noise")] = 0
        history.replace(vector)

    with st.container(horizontal=True, gap="xsmall"):
        st.button(_("New"), icon=":material/casino:", key="vector_new", on_click=new, help=_("Another random vector"))
        st.button(_("Zero"), key="vector_zero", on_click=zero, help=_("Every entry of the noise at 0"))
        st.button(
            _("Reset"),
            key="vector_reset",
            on_click=lambda: history.replace(history.start),
            disabled=torch.equal(history.vector, history.start),
            help=_("Back to the vector that this began with"),
        )
        for icon, action, steps, label in (
            ("undo", history.undo, history.past, _("Undo")),
            ("redo", history.redo, history.future, _("Redo")),
        ):
            st.button(
                "", icon=f":material/{icon}:", key=f"vector_{icon}", on_click=action, disabled=not steps, help=label
            )


def _text(history: VectorHistory, latent: Latent) -> None:
    def paste() -> None:
        classes = latent.classes(history.vector[None])
        label = 0 if classes is None else int(classes.argmax())
        st.session_state["paste_error"] = None
        try:
            history.replace(parse_vector(st.session_state["paste"], latent, label))
        except LatentError as error:
            st.session_state["paste_error"] = str(error)

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
