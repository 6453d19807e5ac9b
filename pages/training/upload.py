"""The zip of images that a visitor chose: kept on the server, and chosen still after a look at another page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gan_core.data import keep_upload, shown_name
from gan_core.errors import DataError
from pages.ui.messages import message_text, note_line
from pages.ui.routes import PICTURES
from pages.ui.text import _

UPLOADER = "form_upload"
CHOSEN = "form_upload_chosen"  # the id of the visitor's file, and the path under which it is kept


def choose_upload() -> str | None:
    """The path under which the visitor's zip of images is kept, or None while there is none."""
    st.page_link(PICTURES, label=_("Draw, photograph and sort pictures"), icon=":material/photo_library:")
    file = st.file_uploader(
        _("A zip of images, one folder per class"),
        type="zip",
        key=UPLOADER,
        help=_("Images without folders work too, for the families that need no classes."),
        on_change=_forget,
    )
    if file is not None and _chosen()[0] != file.file_id:
        try:
            st.session_state[CHOSEN] = (file.file_id, str(keep_upload(file)))
        except DataError as error:
            st.error(message_text(error), icon=":material/error:")
    path = _chosen()[1]
    if file is None and path is not None:  # back from another page: the uploader has forgotten, the session has not
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="form_upload_kept"):
            note_line(_("Chosen: {name}").format(name=shown_name(Path(path))))
            st.button(_("Remove"), icon=":material/close:", type="tertiary", key="form_upload_remove", on_click=_forget)
    return path


def _chosen() -> tuple[str | None, str | None]:
    return st.session_state.get(CHOSEN, (None, None))


def _forget() -> None:
    """Also when another file is chosen: should that one be refused, the one before must not be taken for it."""
    st.session_state.pop(CHOSEN, None)
