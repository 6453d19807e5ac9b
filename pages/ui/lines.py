"""One line for the reader beside a widget."""

from __future__ import annotations

from html import escape

import streamlit as st

_STYLE = "margin: 0; font-size: 0.875rem; overflow-wrap: anywhere;"


def error_line(message: str) -> None:
    """What is wrong with the input above. Any text may come: nothing in it is taken for Markdown or HTML."""
    _line(message, "color: var(--st-red-text-color, light-dark(#b3261e, #ff8a80));", "alert")


def note_line(message: str) -> None:
    """A remark, in the same manner."""
    _line(message, "color: inherit; opacity: 0.75;", "status")


def _line(message: str, colour: str, role: str) -> None:
    st.html(f'<p role="{role}" style="{_STYLE} {colour}">{escape(message)}</p>')
