"""Importing a generator: choose a file, look at what it draws, change what the file does not say, keep it."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from gan_core.errors import WorkshopError
from gan_core.exchange import LONGEST_TITLE, UPLOAD_SUFFIXES, add_imported, open_upload
from gan_core.runs.checkpoint import Checkpoint
from pages.parts.error_text import error_text
from pages.parts.lines import error_line
from pages.parts.models.cards import STYLE, sheet_picture, sheet_uri
from pages.parts.text import _

MAX_UPLOAD = 200  # MB
AUTOMATIC = "automatic"
COUNT = "imports_done"  # part of the widgets' keys: after an import they start afresh


@st.fragment
def import_panel() -> None:
    """The whole way from a file to a model among the imported ones."""
    st.html(STYLE)
    number = st.session_state.setdefault(COUNT, 0)
    upload = st.file_uploader(
        _("A generator that another script trained, or a checkpoint of this workshop"),
        type=[suffix.removeprefix(".") for suffix in UPLOAD_SUFFIXES],
        max_upload_size=MAX_UPLOAD,
        key=f"import_file_{number}",
        help=_("Only weights are read; nothing in the file is ever run."),
    )
    if upload is None:
        return
    try:
        checkpoint = open_upload(upload.getvalue(), upload.name, **_options(number))
    except WorkshopError as error:
        error_line(error_text(error))
        return
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="model__preview"):
        sheet_picture(sheet_uri(checkpoint), checkpoint.title)
    with right:
        st.markdown(f"**{_('Is this what you expected?')}**")
        _recognised(checkpoint)
        if "recognised" in checkpoint.card:
            _option_widgets(number, conditional=bool(checkpoint.latent.class_names))
        _save(checkpoint, number)


def _options(number: int) -> dict[str, Any]:
    """What was chosen in the widgets below; the picture above them must know it first."""
    names = ("activation", "norm_eps", "noise", "label_first")
    chosen = {name: st.session_state.get(f"import_{name}_{number}") for name in names}
    return {name: None if value == AUTOMATIC else value for name, value in chosen.items()}


def _recognised(checkpoint: Checkpoint) -> None:
    card = checkpoint.card
    lines = [card["recognised"]] if "recognised" in card else [_("A checkpoint of GAN Workshop.")]
    assumptions = "".join(f"<li>{escape(str(line))}</li>" for line in card.get("assumptions", ())[:20])
    text = "".join(f"<p>{escape(str(line))}</p>" for line in lines)
    st.html(f'<div class="model-text">{text}<ul>{assumptions}</ul></div>')


def _option_widgets(number: int, *, conditional: bool) -> None:
    with st.expander(_("It looks wrong: try other options"), key=f"import_options_{number}"):
        _choice(_("Activation"), f"import_activation_{number}", {"relu": "ReLU", "leaky": "LeakyReLU 0.2"})
        _choice(_("Noise"), f"import_noise_{number}", {"normal": _("normal"), "uniform": _("uniform")})
        if conditional:
            order = {False: _("noise, then label"), True: _("label, then noise")}
            _choice(_("Order of the input"), f"import_label_first_{number}", order)
        st.number_input(
            _("Epsilon of BatchNorm"),
            min_value=1e-8,
            max_value=10.0,
            value=None,
            step=0.1,
            format="%g",
            placeholder=_("automatic"),
            key=f"import_norm_eps_{number}",
            help=_("Many scripts write BatchNorm1d(n, 0.8), which sets epsilon to 0.8. Then try 0.8."),
        )


def _choice(label: str, key: str, choices: dict[Any, str]) -> None:
    names = {AUTOMATIC: _("automatic"), **choices}
    st.segmented_control(label, list(names), format_func=names.get, default=AUTOMATIC, required=True, key=key)


def _save(checkpoint: Checkpoint, number: int) -> None:
    title = st.text_input(
        _("Name"), value=checkpoint.title, max_chars=LONGEST_TITLE, key=f"import_title_{number}_{checkpoint.title}"
    )
    if not st.button(_("Keep this model"), type="primary", icon=":material/save:", key=f"import_save_{number}"):
        return
    try:
        add_imported(checkpoint, title)
    except WorkshopError as error:
        error_line(error_text(error))
        return
    st.session_state[COUNT] = number + 1
    st.toast(_("Imported."), icon=":material/check:")
    st.rerun()
