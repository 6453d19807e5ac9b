"""What several views ask and say: which class, from which seed, and how far values go."""

from __future__ import annotations

import secrets

import streamlit as st

from gan_core.latent_spec import LatentSpec
from pages.ui import url_state
from pages.ui.text import _

IN_TURN, SAME_NOISE = "turn", "same"


def class_choice(spec: LatentSpec, all_classes: str | None = None, *, same_noise: bool = False) -> str:
    """`IN_TURN`, or the index of a class or category as text, or `SAME_NOISE` if that is offered.

    Args:
        spec: The layout of the vectors.
        all_classes: What the first is called, by default "each in turn".
        same_noise: Whether `SAME_NOISE` is offered.
    """
    titles = {IN_TURN: all_classes or _("each in turn")}
    if same_noise:
        titles[SAME_NOISE] = _("each in turn, same noise")
    titles |= {str(index): _(label) for index, label in enumerate(spec.choice_labels)}
    label = _("Class") if spec.class_names else _("Category")
    return url_state.select("class", label, titles, width=220 if same_noise else 160)


def seed_field() -> int:
    """The seed of the base vectors, and a button that draws another."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", width=180):
        seed = url_state.number("seed", _("Seed of the vectors"), width=128)
        st.button(
            "",
            icon=":material/casino:",
            key="other_vectors",
            help=_("Other vectors"),
            on_click=lambda: url_state.write("seed", secrets.randbelow(10_000)),
        )
    return seed


def range_note(spec: LatentSpec) -> str:
    """What the values -3 and 3 mean for this generator."""
    if spec.noise.distribution == "uniform":
        note = _("In training the noise lay between −1 and 1, so −3 and 3 lie outside of what this generator has seen.")
    else:
        note = _(
            "In training the noise had mean 0 and standard deviation 1: −3 and 3 are about as far as it ever went."
        )
    if spec.entries("code"):
        note += " " + _("The codes lay between −1 and 1.")
    return note
