"""Choices of a page that live in its URL, so that a link, a reload and the back button all bring them back.

The URL is the truth, and `url_parameters` the table of what can stand in it. A widget that shows a choice has the key
`widget_key(name)`, takes no default of its own, and writes back with `on_change=write_back, args=(name,)`; `choice`,
`select`, `slider` and `number` draw such widgets.
Widgets bound by Streamlit itself would put translated labels into the URL, which readers of another language could not
open.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from pages.ui.url_parameters import MOVED, PARAMETERS

REMEMBERED = "url_remembered"


def widget_key(name: str) -> str:
    return f"url_{name}"


def follow_old_link() -> None:
    """Put what an old link says into the words of today; to be called before anything is read."""
    for old, (name, value) in MOVED.items():
        if (old[0], st.query_params.get(old[0])) == old:
            del st.query_params[old[0]]
            st.query_params[name] = value


def read(name: str, default: str) -> str:
    """The choice `name`, which its widget will show too."""
    value = _value(name, default)
    _show(name, value)
    return value


def read_offered(name: str, offered: Collection[str], default: str) -> str:
    """A choice out of those that are offered; anything else in the URL counts as the default."""
    value = _value(name, default)
    value = value if value in offered else default
    _show(name, value)
    return value


def read_int(name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`; anything else in the URL counts as the default."""
    text = _value(name, str(default))
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else default
    value = value if low <= value <= high else default
    _show(name, value)
    return value


def read_unshown(name: str, default: str) -> str:
    """A choice as the URL has it, offered or not; no widget shows it yet."""
    return _value(name, default)


def choice(name: str, label: str, titles: dict[str, str], default: str, *, hide_label: bool = False) -> str:
    """A segmented control for the choice `name`, read with `read_offered`.

    titles: what the reader sees of each value, translated
    """
    chosen = read_offered(name, titles, default)
    st.segmented_control(
        label,
        list(titles),
        format_func=titles.get,
        required=True,
        label_visibility="collapsed" if hide_label else "visible",
        **_bound(name),
    )
    return chosen


def select(name: str, label: str, titles: dict[str, str], default: str, *, width: int | str = "stretch") -> str:
    """A select box, where there are more titles than a segmented control has room for."""
    chosen = read_offered(name, titles, default)
    st.selectbox(label, list(titles), format_func=titles.get, width=width, **_bound(name))
    return chosen


def slider(name: str, label: str, default: int, low: int, high: int, *, width: int, **options: Any) -> int:
    """A slider for a whole number from `low` to `high`; options: see `st.slider`."""
    value = read_int(name, default, low, high)
    st.slider(label, low, high, width=width, **options, **_bound(name))
    return value


def number(name: str, label: str, default: int, low: int, high: int, *, width: int) -> int:
    """A field for a whole number from `low` to `high`."""
    value = read_int(name, default, low, high)
    st.number_input(label, min_value=low, max_value=high, step=1, width=width, **_bound(name))
    return value


def write(name: str, value: str) -> None:
    """Make a choice in place of the reader: in a callback, or before the widget is drawn."""
    _check(name)
    _remembered()[name] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def forget(name: str) -> None:
    """Go back to the default."""
    _remembered().pop(name, None)
    st.session_state.pop(widget_key(name), None)
    if name in st.query_params:
        del st.query_params[name]


def write_back(name: str) -> None:
    """For `on_change`: what the reader chose in the widget goes into the URL."""
    value = st.session_state[widget_key(name)]
    if value is None:  # a number field that was emptied
        forget(name)
    else:
        write(name, str(value))


def _bound(name: str) -> dict[str, Any]:
    """What ties a widget to the choice `name`."""
    return {"key": widget_key(name), "on_change": write_back, "args": (name,)}


def _check(name: str) -> None:
    """A parameter means one thing only, and the table says which."""
    if name not in PARAMETERS:
        raise KeyError(f"{name} is not in the table of parameters")


def _value(name: str, default: str) -> str:
    _check(name)
    remembered = _remembered()
    if name not in st.query_params:
        if widget_key(name) in st.session_state:
            remembered.pop(name, None)  # the reader went back to before it was chosen
        elif name in remembered:
            st.query_params[name] = remembered[name]  # back from another page, whose URL did not hold it
        else:
            return default
    if name in st.query_params:
        remembered[name] = st.query_params[name]
    return remembered.get(name, default)


def _show(name: str, value: object) -> None:
    key = widget_key(name)
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _remembered() -> dict[str, str]:
    return st.session_state.setdefault(REMEMBERED, {})
