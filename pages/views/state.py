"""State of the latent page in a session: the vector that is edited, locks, and the entries of the sheet."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, decode_vector
from gan_core.latent_spec import LatentSpec
from pages.components.vector.history import VectorHistory
from pages.components.vector.prefetch import FramePrefetch
from pages.ui import url_state
from pages.ui.messages import message_text
from pages.ui.sources import Source

_HISTORIES, _FOCUS = "latent_histories", "latent_focus"
_PREFETCHES, _LOCKS = "latent_prefetches", "latent_locks"
_LINK_READ, _LINK_ERROR = "latent_link_read", "latent_link_error"


def history_of(source: Source, spec: LatentSpec) -> VectorHistory:
    """The vector that is edited; at first the one in the link (`z`), else the first column of the sheet."""
    histories = st.session_state.setdefault(_HISTORIES, {})
    history = histories.get(source.ref)
    if history is None or len(history.vector) != spec.size:
        history = histories[source.ref] = VectorHistory(_first_vector(source, spec))
    return history


def link_error(source: Source) -> str | None:
    """Why the vector in the link could not be used, until the reader goes on with another one."""
    ref, message = st.session_state.get(_LINK_ERROR, (None, None))
    history = st.session_state[_HISTORIES].get(source.ref)
    return message if ref == source.ref and history and not (history.past or history.future) else None


def open_vector(history: VectorHistory, vector: Tensor, entry: int) -> None:
    """Go to the view of one vector, and scroll to the control of `entry`."""
    history.replace(vector)
    number = st.session_state.get(_FOCUS, (0, 0))[1] + 1
    st.session_state[_FOCUS] = (entry, number)
    url_state.write("view", "vector")


def focus(spec: LatentSpec) -> tuple[int, int] | None:
    """The entry that was last asked for, and how many were asked for so far; None before the first."""
    wanted = st.session_state.get(_FOCUS)
    return wanted if wanted and wanted[0] < spec.size else None


def prefetch_of(source: Source) -> FramePrefetch:
    """The frames that the browser asked for, of one model and session."""
    return st.session_state.setdefault(_PREFETCHES, {}).setdefault(source.ref, FramePrefetch())


def locks_of(source: Source, spec: LatentSpec) -> list[int]:
    """The entries that no button may change, as a list to change; at first those in the link (`locked`)."""
    locks = st.session_state.setdefault(_LOCKS, {})
    if source.ref not in locks:
        linked = "" if locks else url_state.linked("locked") or ""  # the link is about the first model opened
        try:
            lockable = set(spec.entries("noise", "code"))
            locks[source.ref] = [entry for entry in spec.parse_entries(linked) if entry in lockable]
        except LatentError:
            locks[source.ref] = []
    return locks[source.ref]


def default_entries(spec: LatentSpec) -> str:
    """Five entries to begin with: codes, which mean something, then some spread over the noise and its levels."""
    n = spec.noise_size
    noise = [5, 25, 45, 65, 85] if n > 85 else sorted({n * share // 100 for share in (5, 25, 45, 65, 85)})
    finer = [place for section, place in spec.layout if section.level is not None]
    middles = [(place.start + place.stop) // 2 for place in finer]
    codes = spec.entry_names(spec.entries("code")[:2])
    return ", ".join([*codes, *map(str, [*noise[: 5 - len(codes) - len(middles)], *middles])])


def entries_text(entries: Sequence[int]) -> str:
    """Entries as the field of the traversal has them."""
    return ", ".join(map(str, entries))


def sheet_entries(spec: LatentSpec) -> list[int]:
    """The entries on the sheet, as far as they can be read."""
    text = url_state.linked("entries")
    try:
        return spec.parse_entries(default_entries(spec) if text is None else text)
    except LatentError:
        return []


def toggle_on_sheet(spec: LatentSpec, entry: int) -> None:
    """Add an entry to the traversal, or take it away."""
    entries = sheet_entries(spec)
    entries = [other for other in entries if other != entry] if entry in entries else [*entries, entry]
    url_state.write("entries", entries_text(entries))


def seed() -> int:
    """The seed of the base vectors, which all views share."""
    return url_state.read_int("seed")


def model_changed(spec: LatentSpec) -> None:
    """Entries of another model that this one does not have would only be an error."""
    try:
        spec.parse_entries(url_state.linked("entries") or "0")
    except LatentError:
        url_state.forget("entries")


def _first_vector(source: Source, spec: LatentSpec) -> Tensor:
    if (code := url_state.linked("z")) is not None and not st.session_state.get(_LINK_READ):
        st.session_state[_LINK_READ] = True  # from now on the browser keeps it up to date
        try:
            return decode_vector(code, spec)
        except LatentError as error:
            st.session_state[_LINK_ERROR] = (source.ref, message_text(error))
    return base_vectors(spec, 1, seed())[0]
