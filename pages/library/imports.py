"""Importing a generator: choose a file, look at what it draws, answer what it leaves open, keep it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from gan_core.errors import WorkshopError
from gan_core.exchange import MAX_TITLE_LENGTH, Reading, Upload, add_imported, change_imported, read_again, read_upload
from gan_core.runs import load_checkpoint
from pages.library.actions import menu_button
from pages.library.cards import STYLE, sheet_picture, sheet_uri, title_of
from pages.library.reading import forget_answers, reading_view
from pages.ui.messages import error_line, note_line
from pages.ui.service import get_service
from pages.ui.sources import Source
from pages.ui.text import N_, _

MAX_UPLOAD = 200  # MB
COUNT = "imports_done"  # part of the widgets' keys: after an import they start afresh
READING = N_("Reading the weights; for a large network without layer numbers this takes half a minute")
READ = "import_read"  # the last file or model that was read, by a key: looking at candidates must not read it again


@st.fragment
def import_panel() -> None:
    """The whole way from a file to a model among the imported ones."""
    st.html(STYLE)
    number = st.session_state.setdefault(COUNT, 0)
    file = st.file_uploader(
        _("A generator that another script trained, or a checkpoint of this workshop"),
        max_upload_size=MAX_UPLOAD,
        key=f"import_file_{number}",
        help=_("Only weights are read, whatever the file is called; nothing in it is ever run."),
    )
    if file is None:
        return
    try:
        upload = _once(file.file_id, lambda: read_upload(file.getvalue(), file.name))
        if upload.reading is None:
            _own(upload)
        else:
            reading = reading_view(upload.reading, f"import_{file.file_id}", upload.title)
            upload = replace(upload, model=reading)
    except WorkshopError as error:
        error_line(error)
        return
    _save(upload, number)


def change_reading_button(source: Source) -> None:
    """Opens the same view for a model that was imported before."""
    if menu_button(source.ref, _("Change how it is read"), ":material/tune:", "reread"):
        forget_answers(f"again_{source.ref}")
        st.session_state.pop(READ, None)
        st.dialog(_("How this model is read"), width="large")(_change_reading)(source)


def _change_reading(source: Source) -> None:
    title = title_of(source)
    st.html(STYLE)
    try:
        store = get_service().store
        reading = _once(f"again_{source.ref}", lambda: read_again(load_checkpoint(source.ref, store=store)))
        reading = reading_view(reading, f"again_{source.ref}", title)
        if st.button(
            _("Keep this reading"),
            type="primary",
            icon=":material/save:",
            disabled=bool(reading.open),
            key="reread_keep",
        ):
            change_imported(source.ref, reading)
            forget_answers(f"again_{source.ref}")
            st.session_state.pop(READ, None)
            st.rerun()
    except WorkshopError as error:
        error_line(error)


def _once(key: str, read: Callable[[], Upload | Reading]) -> Upload | Reading:
    """What `read` gives, kept for this session until something else is read."""
    known = st.session_state.get(READ)
    if known is None or known[0] != key:
        with st.spinner(_(READING)):
            known = st.session_state[READ] = (key, read())
    return known[1]


def _own(upload: Upload) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="model__preview"):
        sheet_picture(sheet_uri(upload.checkpoint()), upload.title)
    with right:
        st.markdown(f"**{_('Is this what you expected?')}**")
        st.html(f'<div class="model-text"><p>{_("A checkpoint of GAN Workshop.")}</p></div>')


def _must_answer(reading: Reading | None) -> bool:
    return reading is not None and bool(reading.open)


def _save(upload: Upload, number: int) -> None:
    title = st.text_input(
        _("Name"), value=upload.title, max_chars=MAX_TITLE_LENGTH, key=f"import_title_{number}_{upload.title}"
    )
    if _must_answer(upload.reading):
        note_line(_("First choose how the label enters: the file does not tell, and nothing is usual."))
    if not st.button(
        _("Keep this model"),
        type="primary",
        icon=":material/save:",
        disabled=_must_answer(upload.reading),
        key=f"import_save_{number}",
    ):
        return
    try:
        add_imported(upload.checkpoint(), title)
    except WorkshopError as error:
        error_line(error)
        return
    st.session_state[COUNT] = number + 1
    st.session_state.pop(READ, None)
    st.toast(_("Imported."), icon=":material/check:")
    st.rerun()
