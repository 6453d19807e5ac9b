"""One vector under the reader's hands: its picture, and for every entry a name, a slider, a number, the values -3, 0, 3
at one press, and a lock.

One component for all of it, so that the picture can follow a slider without asking the server: the frames of the entry
under the hand lie ready in the browser, and only the value at which the reader lets go is reported.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from torch import Tensor

from gan_core.families import Latent
from gan_core.images import data_uri, png_bytes, to_array
from gan_core.latent import draw_and_judge, encode_vector, entry_names
from gan_core.runs.checkpoint import Checkpoint
from pages.parts.latent.scrub import Scrub
from pages.parts.latent.vector_facts import facts_help, vector_facts
from pages.parts.latent.vector_history import VectorHistory
from pages.parts.text import _

LOW, HIGH, STEP = -4.0, 4.0, 0.05
MARKS = (-3.0, 0.0, 3.0)
WEIGHT_LOW, WEIGHT_HIGH = -1.0, 2.0
WEIGHT_MARKS = (0.0, 0.5, 1.0)
SIDE = 336  # CSS pixels of the picture on a wide screen

_HERE = Path(__file__)


def _read(suffix: str) -> str:
    files = (_HERE.with_name(f"{name}{suffix}") for name in ("vector_picture", "vector_panel"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


HTML = '<div class="lab">\n<figure class="view"></figure><div class="panel"></div></div>'
SCRIPT = _read(".js")
_component = st.components.v2.component("latent_panel", html=HTML, css=_read(".css"), js=SCRIPT)


def latent_panel(
    history: VectorHistory,
    checkpoint: Checkpoint,
    *,
    key: str,
    scrub: Scrub,
    locks: list[int],
    focus: tuple[int, int] | None = None,
) -> None:
    """Draw the picture and the controls of `history.vector`; what the reader does there goes to `history.edit`.

    The component also writes the vector into the URL as `z`, and the locked entries as `locked`: there a drag can be
    told from its end, and the browser's history need not hear of it.

    scrub: makes the frames that the browser asks for
    locks: the locked entries, changed in place
    focus: an entry to scroll to, and a number that is new each time this is asked for
    """
    latent = checkpoint.latent

    def edited() -> None:
        if isinstance(message := st.session_state[key].get("edit"), dict):
            history.edit(message)

    def asked() -> None:
        if isinstance(message := st.session_state[key].get("look"), dict):
            scrub.ask(message, latent.size)

    def locked() -> None:
        locks[:] = _entries_of_noise(st.session_state[key].get("locked"), latent)

    _component(
        key=key,
        on_edit_change=edited,
        on_look_change=asked,
        on_locked_change=locked,
        data=panel_data(history.vector, latent)
        | {
            "revision": history.revision,
            "received": history.received,
            "picture": _picture(checkpoint, history.vector),
            "frames": scrub.frames(checkpoint, history.vector, *_limits(latent, scrub.entry)),
            "locked": locks,
            "focus": {"entry": focus[0], "number": focus[1]} if focus else None,
        },
    )


def panel_data(vector: Tensor, latent: Latent) -> dict:
    """What the browser needs to draw the controls of a vector."""
    return {
        "vector": vector.tolist(),
        "code": encode_vector(vector),
        "names": entry_names(latent, range(latent.size), _),
        "groups": _groups(latent),
        "words": {
            "find": _("Find an entry"),
            "none": _("There is no such entry"),
            "class": _("Class"),
            "weights": _("Class weights: mix classes"),
            "value": _("value of {name}"),
            "lock": _("lock {name}"),
            "facts": _("What do these numbers say?"),
            "help": facts_help(latent),
        },
    }


def _picture(checkpoint: Checkpoint, vector: Tensor) -> dict:
    images, scores = draw_and_judge(checkpoint, vector[None])
    size = checkpoint.image_size
    scale = max(1, SIDE // size)
    return {
        "src": data_uri(png_bytes(to_array(images[0]), scale)),  # large, for whoever saves it
        "alt": _("The picture of this vector"),
        "size": size,
        "side": size * scale,
        "facts": vector_facts(checkpoint.latent, vector[None], scores)[0],
    }


def _groups(latent: Latent) -> list[dict]:
    """The sections as the browser needs them: where they lie and how their entries are set."""
    groups, first = [], 0
    for section in latent.sections:
        one_hot = section.kind == "one_hot"
        low, high = _limits(latent, first)
        groups.append(
            {
                "first": first,
                "size": section.size,
                "labels": list(section.labels) if one_hot else [],
                "low": low,
                "high": high,
                "step": STEP,
                "marks": WEIGHT_MARKS if one_hot else MARKS,
                "lockable": not one_hot,
            }
        )
        first += section.size
    return groups


def _limits(latent: Latent, entry: int) -> tuple[float, float]:
    """Where the slider of an entry begins and ends."""
    return (LOW, HIGH) if entry < latent.noise_size else (WEIGHT_LOW, WEIGHT_HIGH)


def _entries_of_noise(message: object, latent: Latent) -> list[int]:
    """What came from a browser as entries of the noise; whatever is none is left out."""
    entries = message if isinstance(message, list) else []
    return sorted({entry for entry in entries if type(entry) is int and 0 <= entry < latent.noise_size})
