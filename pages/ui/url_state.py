"""Choices of a page that live in its URL, so that a link, a reload and the back button all bring them back.

The URL is the truth, and `url_parameters` the table of what can stand in it, with types, bounds and defaults. A widget
that shows a choice has the key `widget_key(name)`, takes no default of its own, and writes back with
`on_change=write_back, args=(name,)`; `choice`, `select`, `slider` and `number` draw such widgets.
Widgets bound by Streamlit itself would put translated labels into the URL, which readers of another language could not
open.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from pages.ui.url_parameters import MOVED, PARAMETERS, Number, Text

REMEMBERED = "url_remembered"
MAX_DIGITS = 18


def widget_key(name: str) -> str:
    """The key of the widget that shows the choice `name`."""
    return f"url_{name}"


def follow_old_link() -> None:
    """Rewrite the URL of an old link to present parameters, see `MOVED`; to be called before anything is read."""
    for old, (name, value) in MOVED.items():
        if (old[0], st.query_params.get(old[0])) == old:
            del st.query_params[old[0]]
            st.query_params[name] = value


def link(**parameters: object) -> dict[str, str]:
    """The query parameters of a link to another page, as text. Raises `KeyError` for a name outside of the table."""
    for name in parameters:
        _parameter(name)
    return {name: str(value) for name, value in parameters.items()}


def linked(name: str) -> str | None:
    """The value in the URL itself, if any; a choice made on an earlier visit of the page does not count."""
    _parameter(name)
    return st.query_params.get(name)


def put(name: str, value: str | None) -> None:
    """Set a parameter of the URL, or remove it (None), without remembering it for the next visit of the page."""
    _parameter(name)
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def read(name: str, default: str | None = None) -> str:
    """The choice `name`, which its widget will show too.

    Args:
        name: In the table of parameters.
        default: In place of the one in the table, where that depends on what is shown.
    """
    value = read_unshown(name, default)
    _show(name, value)
    return value


def read_offered(name: str, offered: Collection[str], default: str | None = None) -> str:
    """A choice out of those that are offered; anything else in the URL counts as the default."""
    default = _default(name, default)
    value = _value(name, default)
    value = value if value in offered else default
    _show(name, value)
    return value


def read_int(name: str, *, default: int | None = None, high: int | None = None) -> int:
    """A whole number within its bounds; anything else in the URL counts as the default.

    Args:
        name: In the table of parameters.
        default: In place of the one in the table, where that depends on what is shown.
        high: Greatest value, in place of the one in the table.
    """
    parameter = _number(name)
    default = parameter.default if default is None else default
    text = _value(name, str(default))
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else default
    value = value if parameter.low <= value <= _high(name, high) else default
    _show(name, value)
    return value


def read_unshown(name: str, default: str | None = None) -> str:
    """A choice as the URL has it, offered or not; no widget shows it yet."""
    return _value(name, _default(name, default))


def choice(
    name: str, label: str, titles: dict[str, str], default: str | None = None, *, hide_label: bool = False
) -> str:
    """A segmented control for the choice `name`, read with `read_offered`.

    Args:
        name: In the table of parameters.
        label: Label of the control, translated.
        titles: Title of each value, translated.
        default: In place of the one in the table.
        hide_label: Whether only screen readers get the label.
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


def select(
    name: str, label: str, titles: dict[str, str], default: str | None = None, *, width: int | str = "stretch"
) -> str:
    """A select box, where there are more titles than a segmented control has room for."""
    chosen = read_offered(name, titles, default)
    st.selectbox(label, list(titles), format_func=titles.get, width=width, **_bound(name))
    return chosen


def slider(
    name: str, label: str, *, width: int, default: int | None = None, high: int | None = None, **options: Any
) -> int:
    """A slider for a whole number, read with `read_int`; options: see `st.slider`."""
    value = read_int(name, default=default, high=high)
    st.slider(label, _number(name).low, _high(name, high), width=width, **options, **_bound(name))
    return value


def number(name: str, label: str, *, width: int, default: int | None = None, high: int | None = None) -> int:
    """A field for a whole number, read with `read_int`."""
    value = read_int(name, default=default, high=high)
    st.number_input(
        label, min_value=_number(name).low, max_value=_high(name, high), step=1, width=width, **_bound(name)
    )
    return value


def write(name: str, value: object) -> None:
    """Make a choice in place of the reader: in a callback, or before the widget is drawn."""
    _parameter(name)
    value = str(value)
    _remembered()[name] = value
    put(name, value)


def forget(name: str) -> None:
    """Go back to the default."""
    _remembered().pop(name, None)
    st.session_state.pop(widget_key(name), None)
    put(name, None)


def write_back(name: str) -> None:
    """For `on_change`: what the reader chose in the widget goes into the URL."""
    value = st.session_state[widget_key(name)]
    if value is None:  # a number field that was emptied
        forget(name)
    else:
        write(name, value)


def _bound(name: str) -> dict[str, Any]:
    """The arguments that bind a widget to the choice `name`."""
    return {"key": widget_key(name), "on_change": write_back, "args": (name,)}


def _parameter(name: str) -> Text | Number:
    """The entry of the table. Raises `KeyError` where there is none."""
    if name not in PARAMETERS:
        raise KeyError(f"{name} is not in the table of parameters")
    return PARAMETERS[name]


def _number(name: str) -> Number:
    parameter = _parameter(name)
    if not isinstance(parameter, Number):
        raise KeyError(f"{name} is no number in the table of parameters")
    return parameter


def _default(name: str, default: str | None) -> str:
    default = _parameter(name).default if default is None else default
    if default is None:
        raise KeyError(f"{name} has no default in the table of parameters")
    return str(default)


def _high(name: str, high: int | None) -> int:
    high = _number(name).high if high is None else high
    if high is None:
        raise KeyError(f"{name} has no upper bound in the table of parameters")
    return high


def _value(name: str, default: str) -> str:
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
