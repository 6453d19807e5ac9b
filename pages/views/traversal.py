"""The sheet: entries at a few values, over several base vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent import (
    Traversal,
    base_vectors,
    cycle_classes,
    parse_numbers,
    traversal_npz,
    traverse,
)
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.grid import traversal_grid, traversal_png_button
from pages.ui import url_state
from pages.ui.messages import error_line
from pages.ui.sources import Source
from pages.ui.text import _
from pages.ui.url_parameters import PARAMETERS
from pages.views import state
from pages.views.fields import IN_TURN, SAME_NOISE, class_choice, range_note, seed_field

CODE_VALUES = "-1:1:5"


def traversal_view(source: Source, checkpoint: Checkpoint) -> None:
    """A table of pictures: each row sets one entry of the same vectors to one value."""
    spec = checkpoint.latent_spec
    st.caption(_explanation(spec))
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        entries = _list_field(
            source,
            "entries",
            _("Entries"),
            200,
            state.default_entries(spec),
            lambda text: spec.parse_entries(text),
        )
        values = _list_field(source, "values", _("Values"), 140, PARAMETERS["values"].default, parse_numbers)
        label = class_choice(spec, same_noise=True) if spec.choice_labels else None
        columns = url_state.slider("columns", _("Columns"), width=140)
        seed = seed_field()
    if spec.entries("code"):
        st.button(
            _("What the codes found"),
            icon=":material/auto_awesome:",
            key="codes_found",
            on_click=_show_codes,
            args=(spec,),
            help=_("A column for each category, all with the same noise, and every code from −1 to 1"),
        )
    sheet = _sweep(source, checkpoint, entries, values, _vectors(spec, columns, seed, label))
    if sheet is None:
        return
    traversal_grid(
        sheet,
        key="sheet",
        names=spec.entry_names(sheet.entries, _),
        headings=_headings(spec, len(sheet.z), label),
        on_open=lambda *place: _open(source, spec, sheet, *place),
    )
    _downloads(source, sheet)


def _explanation(spec: LatentSpec) -> str:
    what = _(
        "A generator turns a latent vector, here {n} random numbers, into a picture. Each column begins with one "
        "vector; each row sets one entry to one value and leaves all others as they are. Press a picture to open its "
        "vector."
    ).format(n=len(spec.entries("noise", "code")))
    return f"{what} {range_note(spec)}"


def _list_field(source: Source, name: str, label: str, width: int, default: str, parse: Callable[[str], list]) -> list:
    """A list as text. While it cannot be read, an error line gives the reason and the last good one stays in use."""
    text = url_state.read(name, default)
    with st.container(width=width, gap="xsmall"):
        st.text_input(label, key=url_state.widget_key(name), on_change=url_state.write_back, args=(name,))
        try:
            values = parse(text)
        except LatentError as error:
            error_line(error)
            values = _kept(source, name) or parse(default)
    return _keep(source, name, values)


def _show_codes(spec: LatentSpec) -> None:
    """Every code over every category, from one vector: what a generator without labels found by itself."""
    url_state.write("entries", "code")
    url_state.write("values", CODE_VALUES)
    url_state.write("class", SAME_NOISE)
    url_state.write("columns", min(PARAMETERS["columns"].high, len(spec.choice_labels)))


def _vectors(spec: LatentSpec, columns: int, seed: int, label: str | None) -> Tensor:
    """The base vectors, (columns, size). label: see `class_choice`; None without classes."""
    if label == SAME_NOISE:
        return cycle_classes(spec, base_vectors(spec, 1, seed).repeat(columns, 1))
    if label == IN_TURN:
        return cycle_classes(spec, base_vectors(spec, columns, seed))
    return base_vectors(spec, columns, seed, None if label is None else int(label))


def _headings(spec: LatentSpec, columns: int, label: str | None) -> list[str]:
    if label in (IN_TURN, SAME_NOISE):
        labels = spec.choice_labels
        return [_(labels[index % len(labels)]) for index in range(columns)]
    return [str(index + 1) for index in range(columns)]


def _sweep(
    source: Source, checkpoint: Checkpoint, entries: Sequence[int], values: Sequence[float], vectors: Tensor
) -> Traversal | None:
    """The sheet that is asked for, or the last good one and a line about why."""
    try:
        sheet = traverse(checkpoint, vectors, entries, values)
    except LatentError as error:
        error_line(error)
        return _kept(source, "sheet")
    return _keep(source, "sheet", sheet)


def _keep(source: Source, name: str, value: Any) -> Any:
    st.session_state[f"good_{name}"] = (source.ref, value)
    return value


def _kept(source: Source, name: str) -> Any:
    ref, value = st.session_state.get(f"good_{name}", (None, None))
    return value if ref == source.ref else None


def _open(source: Source, spec: LatentSpec, sheet: Traversal, row: int, value: int, column: int) -> None:
    entry = sheet.entries[row]
    vector = sheet.z[column].clone()
    vector[entry] = sheet.values[value]
    state.open_vector(state.history_of(source, spec), vector, entry)


def _downloads(source: Source, sheet: Traversal) -> None:
    with st.container(horizontal=True, gap="small"):
        traversal_png_button(sheet, f"{source.ref}-sheet.png", key="sheet_png")
        st.download_button(
            _("Numbers (NPZ)"),
            data=lambda: traversal_npz(sheet),
            file_name=f"{source.ref}-sheet.npz",
            mime="application/octet-stream",
            icon=":material/download:",
            on_click="ignore",
            help=_(
                "For numpy.load: images (entries, values, columns, channels, height, width), vectors (the latent "
                "vector of each image), base (those of the columns), entries, values, names"
            ),
        )
