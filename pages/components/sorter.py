"""A person's pictures in their classes: picked, dragged or moved by keys from class to class, and removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import streamlit as st

from gan_core.data.collection import UNSORTED, Pictures
from gan_core.images import data_uri, png_bytes
from pages.components.component import component
from pages.ui.text import _

SPRITE_COLUMNS = 32

_component = component(
    __file__,
    """
<div class="sorter">
  <div class="bar"><span class="chosen" role="status"></span><button type="button" class="remove"></button></div>
  <div class="classes"></div>
</div>
""",
    "shared/sprite.css",
    "shared/controls.css",
)


def picture_sorter(
    pictures: Pictures,
    pixels: np.ndarray,
    *,
    key: str,
    on_sort: Callable[[Collection[str], str], None],
    on_remove: Callable[[Collection[str]], None],
    on_remove_class: Callable[[str], None],
) -> None:
    """Draw the pictures.

    Args:
        pictures: What there is, one picture at least.
        pixels: The pictures, uint8 (N, side, side, 3).
        key: Unique key of the component, as in Streamlit.
        on_sort: Called with names of pictures and the class that they are moved to, "" for none.
        on_remove: Called with names of pictures.
        on_remove_class: Called with the name of a class.
    """
    names = {picture.name for picture in pictures.pictures}

    def done() -> None:
        message = st.session_state[key].get("done")
        chosen, label = (message.get("names"), message.get("label")) if isinstance(message, dict) else (None, None)
        if not isinstance(chosen, list) or not all(isinstance(name, str) and name in names for name in chosen):
            return
        if message.get("act") == "remove" and chosen:
            on_remove(chosen)
        elif message.get("act") == "sort" and chosen and label in (UNSORTED, *pictures.classes):
            on_sort(chosen, label)
        elif message.get("act") == "remove class" and label in pictures.classes:
            on_remove_class(label)

    _component(
        key=key,
        on_done_change=done,
        data={
            # One picture for all: hundreds of small files would take longer to read than to draw.
            "sprite": data_uri(png_bytes(_sheet(pixels))),
            "columns": min(SPRITE_COLUMNS, len(pixels)),
            "side": pixels.shape[1],
            "pictures": [{"name": picture.name, "label": picture.label} for picture in pictures.pictures],
            "classes": [UNSORTED, *pictures.classes],
            "words": {
                "unsorted": _("Without a class"),
                "picture": _("Picture {n}, {label}"),
                "move": _("Move here"),
                "remove": _("Remove"),
                "removeClass": _("Remove the class {label}; its pictures stay"),
                "chosen": _("{n} chosen"),
                "hint": _("Drag pictures into a class, or tap some and then the class."),
            },
        },
    )


def _sheet(pixels: np.ndarray) -> np.ndarray:
    """All pictures in one, (rows * side, columns * side, 3)."""
    columns = min(SPRITE_COLUMNS, len(pixels))
    rows = -(-len(pixels) // columns)
    blank: Sequence[int] = (rows * columns - len(pixels), *pixels.shape[1:])
    cells = np.concatenate([pixels, np.zeros(blank, np.uint8)]).reshape(rows, columns, *pixels.shape[1:])
    return cells.swapaxes(1, 2).reshape(rows * pixels.shape[1], columns * pixels.shape[2], 3)
