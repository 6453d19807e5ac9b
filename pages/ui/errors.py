"""What a visitor sees when a page fails: one plain line. Streamlit has logged the traceback by then."""

from __future__ import annotations

import streamlit as st

from gan_core.errors import WorkshopError
from pages.ui.error_text import error_text
from pages.ui.text import _


def show_error(error: Exception) -> bool:
    """Show `error` on the page that raised it. Returns True: Streamlit need not show it again."""
    if isinstance(error, WorkshopError):
        message = error_text(error)
    else:
        message = _("Something went wrong on this page. Reload it; if that does not help, see the server's log.")
    st.error(message, icon=":material/error:")
    return True
