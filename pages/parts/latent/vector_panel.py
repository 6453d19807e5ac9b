"""A control for every entry of a latent vector: name, slider, number, and the values -3, 0, 3 at one press.

One component for all entries. It reports while a slider moves, and never loses the slider that is being moved.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from gan_core.families import Latent
from gan_core.latent import encode_vector, entry_names
from pages.parts.latent.vector_history import VectorHistory
from pages.parts.text import _

LOW, HIGH, STEP = -4.0, 4.0, 0.05
MARKS = (-3.0, 0.0, 3.0)
WEIGHT_MARKS = (0.0, 0.5, 1.0)

_HERE = Path(__file__)
_component = st.components.v2.component(
    "latent_panel",
    html='<div class="panel">\n</div>',
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


def latent_panel(history: VectorHistory, latent: Latent, *, key: str, focus: tuple[int, int] | None = None) -> None:
    """Draw the controls of `history.vector`; what the reader does there goes to `history.edit`.

    The component also writes the vector into the URL as `z`: there a drag can be told from its end, and the browser's
    history need not hear of it.

    focus: an entry to scroll to, and a number that is new each time this is asked for
    """

    def edited() -> None:
        message = st.session_state[key].get("edit")
        if isinstance(message, dict):
            history.edit(message)

    _component(
        key=key,
        on_edit_change=edited,
        data={
            "vector": history.vector.tolist(),
            "revision": history.revision,
            "received": history.received,
            "code": encode_vector(history.vector),
            "names": entry_names(latent, range(latent.size), _),
            "groups": _groups(latent),
            "focus": {"entry": focus[0], "number": focus[1]} if focus else None,
            "words": {
                "find": _("Find an entry"),
                "none": _("There is no such entry"),
                "class": _("Class"),
                "weights": _("Class weights: mix classes"),
                "value": _("value of {name}"),
            },
        },
    )


def _groups(latent: Latent) -> list[dict]:
    """The sections as the browser needs them: where they lie and how their entries are set."""
    groups, first = [], 0
    for section in latent.sections:
        one_hot = section.kind == "one_hot"
        groups.append(
            {
                "first": first,
                "size": section.size,
                "labels": list(section.labels) if one_hot else [],
                "low": -1.0 if one_hot else LOW,
                "high": 2.0 if one_hot else HIGH,
                "step": STEP,
                "marks": WEIGHT_MARKS if one_hot else MARKS,
            }
        )
        first += section.size
    return groups
