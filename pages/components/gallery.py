"""Maps of where entries act, side by side. Each opens its entry, or puts it on the sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from pages.components.component import component
from pages.ui.text import _

_component = component(
    __file__,
    '<ul class="gallery">\n</ul>',
)


@dataclass(frozen=True)
class EffectCard:
    """The effect map of one entry.

    Attributes:
        entry: Index of the entry in z.
        name: Translated name of the entry.
        strength: Strength of its effect as text.
        picture: Map of its effect as a data URI.
        on_sheet: Whether the entry is in the traversal.
    """

    entry: int
    name: str
    strength: str
    picture: str
    on_sheet: bool


def effect_gallery(
    cards: Sequence[EffectCard], *, key: str, on_open: Callable[[int], None], on_toggle: Callable[[int], None]
) -> None:
    """Draw the cards.

    Args:
        cards: In order.
        key: Unique key of the component, as in Streamlit.
        on_open: Called with the entry to open.
        on_toggle: Called with the entry to add to the sheet or to remove from it.
    """
    entries = {card.entry for card in cards}

    def chosen() -> None:
        message = st.session_state[key].get("chosen")
        if isinstance(message, dict) and message.get("entry") in entries:
            (on_open if message.get("action") == "open" else on_toggle)(message["entry"])

    _component(
        key=key,
        on_chosen_change=chosen,
        data={
            "cards": [asdict(card) for card in cards],
            "words": {
                "open": _("Open {name} in One vector"),
                "add": _("Add to the sheet"),
                "remove": _("On the sheet"),
            },
        },
    )
