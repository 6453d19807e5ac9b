"""Messages of the core, translated: as text, as one line beside a widget, or in place of a page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from gan_core.errors import Message, WorkshopError
from pages.ui.text import _

_STYLE = "margin: 0; font-size: 0.875rem; overflow-wrap: anywhere;"


def message_text(message: WorkshopError | Message) -> str:
    """The message, or that of an error; English where there is no translation."""
    return (message.message if isinstance(message, WorkshopError) else message).render(_)


def attempt(action: Callable[..., object], *arguments: object) -> None:
    """Do something; where that is not possible, a passing message says why."""
    try:
        action(*arguments)
    except WorkshopError as error:
        st.toast(message_text(error), icon=":material/error:")


def error_line(message: WorkshopError | str) -> None:
    """Show in one red line what is wrong with the input above; nothing in it is taken for Markdown or HTML."""
    _line(message, "color: var(--st-red-text-color, light-dark(#b3261e, #ff8a80));", "alert")


def note_line(message: WorkshopError | str) -> None:
    """Show a remark in one faint line; nothing in it is taken for Markdown or HTML."""
    _line(message, "color: inherit; opacity: 0.75;", "status")


def show_error(error: Exception) -> bool:
    """Show an error on the page that raised it, as one plain line; Streamlit has logged the traceback by then.

    Returns:
        True: Streamlit need not show it again.
    """
    if isinstance(error, WorkshopError):
        message = message_text(error)
    else:
        message = _("Something went wrong on this page. Reload it; if that does not help, see the server's log.")
    st.error(message, icon=":material/error:")
    return True


def _line(message: WorkshopError | str, color: str, role: str) -> None:
    text = message_text(message) if isinstance(message, WorkshopError | Message) else message
    st.html(f'<p role="{role}" style="{_STYLE} {color}">{escape(text)}</p>')
