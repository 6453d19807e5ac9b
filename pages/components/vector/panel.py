"""The panel of one vector: its picture, and the controls of every entry.

An entry has a name, a slider, a number, the values -3, 0, 3 at one press, and a lock. Codes come first, since each of
them means something; classes and categories are buttons, with their weights below.

It is one component, so that the picture can follow a slider without asking the server: the browser has the frames of
the entry that moves, and sends only the value at which it is released.
"""

from __future__ import annotations

import streamlit as st
from torch import Tensor

from gan_core.images import data_uri, png_bytes, to_image_array
from gan_core.latent import draw_and_score, encode_vector
from gan_core.latent_spec import LatentSpec, Role, Section
from gan_core.models.checkpoint import Checkpoint
from pages.components.component import component
from pages.components.vector.facts import facts_help, vector_facts
from pages.components.vector.history import VectorHistory
from pages.components.vector.prefetch import FramePrefetch
from pages.ui.scores import d_output_of
from pages.ui.text import _

# Of the sliders, by the role of an entry.
LIMITS: dict[Role, tuple[float, float]] = {
    "noise": (-4.0, 4.0),
    "code": (-2.0, 2.0),
    "class": (-1.0, 2.0),
    "category": (-1.0, 2.0),
}
STEP = 0.05
SIDE = 336  # CSS pixels of the picture on a wide screen

HTML = '<div class="lab">\n<figure class="view"></figure><div class="panel"></div></div>'
_component = component(__file__, HTML, "vector/picture.css")


def latent_panel(
    history: VectorHistory,
    checkpoint: Checkpoint,
    *,
    key: str,
    prefetch: FramePrefetch,
    locks: list[int],
    focus: tuple[int, int] | None = None,
) -> None:
    """Draw the picture and the controls of `history.vector`; changes by the reader go to `history.edit`.

    The browser also writes the vector into the URL as `z`, and the locked entries as `locked`: only there is it known
    whether a drag has ended, and it can do so without a new entry in its history.

    Args:
        history: The vector (size,) with undo and redo.
        checkpoint: The generator, and the discriminator if there is one.
        key: Unique key of the component, as in Streamlit.
        prefetch: Makes the frames that the browser asks for.
        locks: The locked entries, changed in place.
        focus: (entry to scroll to, number of the request); a request is carried out once. None for no request.
    """
    spec = checkpoint.latent_spec

    def edited() -> None:
        if isinstance(message := st.session_state[key].get("edit"), dict):
            history.edit(message)

    def asked() -> None:
        if isinstance(message := st.session_state[key].get("look"), dict):
            prefetch.ask(message, spec.size)

    def locked() -> None:
        locks[:] = _lockable(st.session_state[key].get("locked"), spec)

    _component(
        key=key,
        on_edit_change=edited,
        on_look_change=asked,
        on_locked_change=locked,
        data=panel_data(history.vector, spec, d_output_of(checkpoint.family))
        | {
            "revision": history.revision,
            "received": history.received,
            "picture": _picture(checkpoint, history.vector),
            "frames": prefetch.frames(checkpoint, history.vector, *_limits(spec, prefetch.entry)),
            "locked": locks,
            "focus": {"entry": focus[0], "number": focus[1]} if focus else None,
        },
    )


def panel_data(vector: Tensor, spec: LatentSpec, d_output: str = "logit") -> dict:
    """The data from which the browser draws the controls of a vector (size,). d_output: see `d_output_of`."""
    return {
        "vector": vector.tolist(),
        "code": encode_vector(vector),
        "names": spec.entry_names(range(spec.size), _),
        "groups": _groups(spec),
        "words": {
            "find": _("Find an entry"),
            "none": _("There is no such entry"),
            "class": _("Class") if spec.class_names else _("Category"),
            "weights": _("Class weights: mix classes") if spec.class_names else _("Category weights: mix categories"),
            "value": _("value of {name}"),
            "lock": _("lock {name}"),
            "facts": _("What do these numbers say?"),
            "help": facts_help(spec, d_output),
        },
    }


def _picture(checkpoint: Checkpoint, vector: Tensor) -> dict:
    images, scores = draw_and_score(checkpoint, vector[None])
    size = checkpoint.image_size
    scale = max(1, SIDE // size)
    return {
        "src": data_uri(png_bytes(to_image_array(images[0]), scale)),  # large, for whoever saves it
        "alt": _("The picture of this vector"),
        "size": size,
        "side": size * scale,
        "facts": vector_facts(checkpoint.latent_spec, vector[None], scores, d_output_of(checkpoint.family))[0],
    }


def _groups(spec: LatentSpec) -> list[dict]:
    """The sections for the browser: their entries, and the range, step and round values of their controls."""
    groups = []
    for section, place in spec.layout:
        low, high = LIMITS[section.role]
        groups.append(
            {
                "first": place.start,
                "size": section.size,
                "role": section.role,
                "title": _title(spec, section),
                "labels": [_(label) for label in spec.choice_labels] if section.is_choice else [],
                "low": low,
                "high": high,
                "step": STEP,
                "marks": section.values,
                "lockable": not section.is_choice,
            }
        )
    return groups


def _title(spec: LatentSpec, section: Section) -> str:
    """The heading of a section; "" where no other section needs to be distinguished from it."""
    levels = [other.level for other in spec.sections if other.level is not None]
    if section.role == "code":
        return _("Codes")
    if not levels or section.is_choice:
        return ""
    if section.level is None:
        return _("The coarsest picture, {n} px").format(n=levels[0] // 2)
    return _("Detail of {n} px").format(n=section.level)


def _limits(spec: LatentSpec, entry: int) -> tuple[float, float]:
    """Where the slider of an entry begins and ends."""
    return LIMITS[spec.role_of(entry)]


def _lockable(message: object, spec: LatentSpec) -> list[int]:
    """The entries of a browser's message that exist and can be locked."""
    entries = message if isinstance(message, list) else []
    lockable = set(spec.entries("noise", "code"))
    return sorted({entry for entry in entries if type(entry) is int and entry in lockable})
