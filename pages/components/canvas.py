"""A canvas to draw on with mouse, finger or pen. It sends the drawing whenever a stroke ends, or when it is kept."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.component import component
from pages.ui.text import _

MAX_DRAWING_LENGTH = 3_000_000  # characters of a drawing that are looked at; a canvas full of scribble has a tenth
PREFIX = "data:image/png;base64,"

_component = component(
    __file__,
    """
<div class="drawing">
  <canvas width="280" height="280" role="img"></canvas>
  <button type="button" class="keep" hidden></button>
  <div class="tools">
    <label>
      <span class="size-label"></span><input class="size" type="range" min="8" max="60" step="1" value="24">
    </label>
    <label class="color-row">
      <span class="color-label"></span><input class="color" type="color" value="#ffffff">
    </label>
    <button type="button" class="invert"></button>
    <button type="button" class="clear"></button>
  </div>
</div>
""",
    "shared/controls.css",
)


def drawing_canvas(
    picture: str,
    revision: str,
    *,
    colors: bool,
    key: str,
    on_drawn: Callable[[str], None],
    keep: str | None = None,
) -> None:
    """Draw the canvas.

    Args:
        picture: URL of a picture to begin with; a data URI will do.
        revision: The canvas takes `picture` over when this has changed, but not when it becomes "drawn".
        colors: Whether there is a choice of colours.
        key: Unique key of the component, as in Streamlit.
        on_drawn: Called with the drawing after each stroke: base64 of what should be a PNG file, yet to be checked.
        keep: Label of a button that sends the drawing and clears the canvas; no stroke is sent then.
    """

    def drawn() -> None:
        message = st.session_state[key].get("drawn")
        png = message.get("png") if isinstance(message, dict) else None
        if isinstance(png, str) and png.startswith(PREFIX) and len(png) <= MAX_DRAWING_LENGTH:
            on_drawn(png.removeprefix(PREFIX))

    _component(
        key=key,
        on_drawn_change=drawn,
        data={
            "picture": picture,
            "revision": revision,
            "colors": colors,
            "words": {
                "canvas": _("Canvas: draw with mouse, finger or pen"),
                "size": _("Thickness"),
                "color": _("Colour"),
                "invert": _("Invert"),
                "clear": _("Clear"),
                "keep": keep,
            },
        },
    )
