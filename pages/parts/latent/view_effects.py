"""Where entries act: how much each changes the picture, and where."""

from __future__ import annotations

import streamlit as st
import torch

from gan_core.families import Latent
from gan_core.figures import effect_bars
from gan_core.images import data_uri, heat, png_bytes
from gan_core.latent import Effects, base_vectors, effects, entry_names
from gan_core.latent.effects import DEAD
from gan_core.runs.checkpoint import Checkpoint
from pages.parts import url_state
from pages.parts.latent import session
from pages.parts.latent.effect_gallery import EffectCard, effect_gallery
from pages.parts.latent.view_sheet import range_note, seed_field
from pages.parts.lines import note_line
from pages.parts.live_chart import live_chart
from pages.parts.models.picker import Source, version
from pages.parts.text import _

GALLERY = 18
MOST_VECTORS = 32
PICTURES = 768  # drawn between two movements of the progress bar


def effects_view(source: Source, checkpoint: Checkpoint) -> None:
    latent = checkpoint.latent
    st.caption(
        _(
            "Each entry is set to −3 and to 3, and the picture is compared with the one at 0. Its effect is the mean "
            "absolute difference: 0 is no change, 1 turns black into white. Maps show where in the picture it acts."
        )
        + " "
        + range_note(latent)
    )
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        vectors = _vectors_field()
        seed = seed_field()
    measured = _measure(source, checkpoint, vectors, seed)

    st.markdown(f"**{_('How much each entry does')}**")
    ranked = measured.ranked()
    live_chart(
        effect_bars(measured, names=_short_names(checkpoint), text=_),
        key="effect_bars",
        height=260,
        alt=_("The effect of every entry, strongest first: {entries} …").format(
            entries=", ".join(entry_names(latent, ranked[:5], _))
        ),
    )
    note_line(_dead(latent, measured))

    def show_strongest() -> None:
        url_state.write("entries", session.entries_text(ranked[:5]))
        url_state.write("view", "sheet")

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{_('Where the strongest act')}**")
        st.button(
            _("The five strongest as a sheet"), icon=":material/grid_on:", key="strongest", on_click=show_strongest
        )
    history = session.history_of(source, latent)
    effect_gallery(
        _cards(checkpoint, measured, ranked[:GALLERY]),
        key="gallery",
        on_open=lambda entry: session.open_vector(history, history.vector, entry),
        on_toggle=lambda entry: session.toggle_on_sheet(latent, entry),
    )


def _vectors_field() -> int:
    vectors = url_state.read_int("vectors", 8, 1, MOST_VECTORS)
    st.slider(
        _("Averaged over vectors"),
        1,
        MOST_VECTORS,
        key=url_state.widget_key("vectors"),
        on_change=url_state.write_back,
        args=("vectors",),
        width=220,
    )
    return vectors


def _measure(source: Source, checkpoint: Checkpoint, vectors: int, seed: int) -> Effects:
    """The effects of all entries. Measured in parts, so that progress shows and nothing is measured twice."""
    size = checkpoint.latent.size
    step = max(1, PICTURES // (3 * vectors))
    bar, parts = st.empty(), []
    for first in range(0, size, step):
        if first > 0:
            bar.progress(first / size, text=_("Measuring entry {n} of {size}").format(n=first, size=size))
        last = min(first + step, size)
        parts.append(_measure_part(source.ref, version(source), vectors, seed, first, last, checkpoint))
    bar.empty()
    scores = [part.by_score for part in parts]
    return Effects(
        entries=tuple(range(size)),
        by_entry=torch.cat([part.by_entry for part in parts]),
        maps=torch.cat([part.maps for part in parts]),
        by_score=None if None in scores else torch.cat(scores),
    )


@st.cache_resource(max_entries=512, show_spinner=False)
def _measure_part(
    ref: str, version: int, vectors: int, seed: int, first: int, last: int, _checkpoint: Checkpoint
) -> Effects:
    return effects(_checkpoint, base_vectors(_checkpoint.latent, vectors, seed), range(first, last))


def _short_names(checkpoint: Checkpoint) -> list[str]:
    latent = checkpoint.latent
    return [*map(str, range(latent.noise_size)), *entry_names(latent, range(latent.noise_size, latent.size), _)]


def _dead(latent: Latent, measured: Effects) -> str:
    dead = measured.dead()
    if not dead:
        return _("Every entry changes the picture; none is dead.")
    named = ", ".join(entry_names(latent, dead[:20], _)) + (" …" if len(dead) > 20 else "")
    return _("{n} of {size} entries are dead (they change less than {limit} of the full range): {names}").format(
        n=len(dead), size=latent.size, limit=f"{DEAD:.1%}", names=named
    )


def _cards(checkpoint: Checkpoint, measured: Effects, entries: list[int]) -> list[EffectCard]:
    on_sheet = session.sheet_entries(checkpoint.latent)
    names = entry_names(checkpoint.latent, entries, _)
    maximum = float(measured.maps.max())  # one scale, so that maps can be compared
    return [
        EffectCard(
            entry=entry,
            name=name,
            strength=f"{measured.by_entry[entry]:.3f}",
            picture=data_uri(png_bytes(heat(measured.map_of(entry), maximum))),
            on_sheet=entry in on_sheet,
        )
        for entry, name in zip(entries, names, strict=True)
    ]
