"""Many pictures, some of which a reader sorts into two groups: with something and without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from gan_core.images import data_uri, grid, png_bytes
from pages.components.component import component
from pages.ui.text import _

SPRITE_COLUMNS = 16
_component = component(
    __file__,
    '<div class="pictures" role="group">\n</div>',
    "shared/sprite.css",
)


@dataclass(frozen=True)
class Groups:
    """Indices of the pictures with and without something, increasing; none is in both."""

    positives: tuple[int, ...]
    negatives: tuple[int, ...]


def group_picker(images: Tensor, groups: Groups, *, key: str, on_change: Callable[[Groups], None]) -> None:
    """Draw the pictures; a press moves one to the next group: none, positives, negatives.

    Args:
        images: Uint8 (N, C, H, W).
        groups: Present groups, indices of `images`.
        key: Unique key of the component, as in Streamlit.
        on_change: Called with the new groups after a press.
    """

    def changed() -> None:
        marks = st.session_state[key].get("marks")
        if isinstance(marks, list) and len(marks) <= len(images) and all(mark in (0, 1, 2) for mark in marks):
            on_change(Groups(*(tuple(i for i, mark in enumerate(marks) if mark == group) for group in (1, 2))))

    marks = [1 if index in groups.positives else 2 if index in groups.negatives else 0 for index in range(len(images))]
    _component(
        key=key,
        on_marks_change=changed,
        data={
            "sprite": data_uri(png_bytes(grid(images, SPRITE_COLUMNS, pad=0))),
            "columns": min(SPRITE_COLUMNS, len(images)),
            "width": images.shape[3],
            "height": images.shape[2],
            "marks": marks,
            "words": {
                "all": _("Pictures to sort"),
                "picture": _("picture {n}"),
                "marks": [_("in no group"), _("with"), _("without")],
            },
        },
    )
