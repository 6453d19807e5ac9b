"""Directions with names: kept for the session, saved to a file and loaded from one."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gan_core.errors import LatentError
from gan_core.latent import Direction, decode_vector, directions_from_json, directions_to_json, encode_vector
from gan_core.latent.directions import MAX_DIRECTIONS, MAX_NAME_LENGTH
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.ui import url_state
from pages.ui.messages import error_line, message_text, note_line
from pages.ui.sources import Source
from pages.ui.text import _
from pages.views.direction_finders import DirectionSet

_SAVED, _ERROR, _NOTE = "directions_kept", "directions_error", "directions_note"


def save_linked(spec: LatentSpec) -> None:
    """Save the direction that the URL holds, or say in one line why that cannot be."""
    code = url_state.linked("d")
    if code is None or any(code in kept for kept in st.session_state.get(_SAVED, {}).values()):
        return
    try:
        vector = decode_vector(code, spec)
        if not vector.any():
            raise LatentError("the direction in this link is all zero; copy the whole link again")
    except LatentError as error:
        error_line(error)
    else:
        _saved(spec)[code] = Direction(_("from the link"), vector)


def any_saved(spec: LatentSpec) -> bool:
    """Whether a direction was saved for vectors of this size."""
    return bool(_saved(spec))


def by_name(_source: Source, checkpoint: Checkpoint, row: DeltaGenerator) -> DirectionSet:
    """The saved direction that the reader chooses."""
    spec, kept = checkpoint.latent_spec, _saved(checkpoint.latent_spec)
    names = {code: direction.name for code, direction in kept.items()}
    with row:
        # One that belongs to a model of another size is not offered.
        code = url_state.select("d", _("Direction"), names, next(iter(kept)), width=260)
    direction = kept[code]
    between_classes = bool(spec.class_names) and bool(direction.vector[spec.slice_of("class")].any())
    return DirectionSet(direction.vector[None], [direction.name], direction.found_by, between_classes=between_classes)


def saved_panel(source: Source, spec: LatentSpec, found: DirectionSet) -> None:
    """Controls to name and keep what was found, to save what was kept, and to load a file."""
    with st.expander(_("Keep, save and load directions"), icon=":material/bookmark:"):
        _keep_form(spec, found)
        kept = _saved(spec)
        st.download_button(
            _("Save the kept directions (JSON)"),
            data=lambda: directions_to_json(source.ref, spec, list(kept.values())),
            file_name=f"{source.ref}-directions.json",
            mime="application/json",
            icon=":material/download:",
            key="directions_save",
            disabled=not kept,
            on_click="ignore",
        )
        st.file_uploader(
            _("Load directions (JSON)"),
            type="json",
            key="directions_file",
            max_upload_size=4,
            on_change=lambda: _load(source, spec),
        )
        if message := st.session_state.get(_ERROR):
            error_line(message)
        if message := st.session_state.get(_NOTE):
            note_line(message)


def _keep_form(spec: LatentSpec, found: DirectionSet) -> None:
    def keep() -> None:
        numbers = range(len(found.directions))
        name = st.session_state["direction_name"].strip()[:MAX_NAME_LENGTH]
        for number in numbers:
            default = found.names[number]
            title = (
                default if not name else name if len(numbers) == 1 else f"{name[: MAX_NAME_LENGTH - 4]} {number + 1}"
            )
            _add(spec, Direction(title[:MAX_NAME_LENGTH], found.directions[number], found.found_by))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(_("Name"), key="direction_name", max_chars=MAX_NAME_LENGTH, placeholder=found.names[0], width=260)
        st.button(_("Keep"), icon=":material/bookmark_add:", key="direction_keep", on_click=keep)


def _add(spec: LatentSpec, direction: Direction) -> None:
    """Save a direction, and show it."""
    kept = _saved(spec)
    code = encode_vector(direction.vector)
    if code not in kept and len(kept) >= MAX_DIRECTIONS:
        st.session_state[_ERROR] = _("No more than {n} directions can be kept.").format(n=MAX_DIRECTIONS)
        return
    kept[code] = direction
    st.session_state[_ERROR] = st.session_state[_NOTE] = None
    url_state.write("found", "kept")
    url_state.write("d", code)


def _load(source: Source, spec: LatentSpec) -> None:
    file = st.session_state["directions_file"]
    if file is None:
        return
    try:
        model, directions = directions_from_json(file.getvalue(), spec)
    except LatentError as error:
        st.session_state[_ERROR], st.session_state[_NOTE] = message_text(error), None
        return
    for direction in reversed(directions):  # the first of the file is then the one that shows
        _add(spec, direction)
    if model != source.ref and not st.session_state.get(_ERROR):
        st.session_state[_NOTE] = _(
            "These directions were found in “{model}”; in another model they need not mean anything."
        ).format(model=model[:80])


def _saved(spec: LatentSpec) -> dict[str, Direction]:
    """Those saved for generators with this size of latent vector, by the code of the vector."""
    return st.session_state.setdefault(_SAVED, {}).setdefault(spec.size, {})
