"""Where entries act: how much each changes the picture, where, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from torch import Tensor

from gan_core.figures import effect_bars
from gan_core.images import data_uri, heat, png_bytes
from gan_core.latent import (
    Disentanglement,
    Effects,
    TraversalOverview,
    base_vectors,
    draw_overview,
    encode_vector,
    labelled_overview,
    local_effects,
    measure_disentanglement,
    measure_effects,
)
from gan_core.latent.effects import DEAD_CHANGE, Classify, concatenate_effects
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.chart import live_chart
from pages.components.gallery import EffectCard, effect_gallery
from pages.components.images import Group, image_groups
from pages.ui import url_state
from pages.ui.messages import error_line, note_line
from pages.ui.scores import d_output_of, score_name
from pages.ui.sources import Source, version
from pages.ui.text import N_, _, number_text
from pages.views import state
from pages.views.classifier import class_names, classifier_of, has_classes
from pages.views.fields import range_note, seed_field

if TYPE_CHECKING:
    from gan_core.evaluation import Classifier

MAX_MAPS = 18
MAX_ATLAS_ENTRIES = 256  # entries on the page; the file has them all
PICTURES = 768  # drawn between two movements of the progress bar
NO_MEANING = "\N{EN DASH}"
DESCRIBED = 2000  # pictures whose attributes are compared with their vectors

MANY, HERE = "many", "here"
MEANING = N_(
    "Each of 2,000 pictures is read by a classifier, and every attribute is compared with every entry. Beside an entry "
    "stands the attribute that it holds best, with their correlation: 0 is none, 1 is the very same, and below 0 "
    "raising the entry gives less of it."
)
PLACES = {MANY: N_("Over many vectors"), HERE: N_("At this vector")}


def effects_view(source: Source, checkpoint: Checkpoint) -> None:
    """Where and how much each entry changes the picture."""
    spec = checkpoint.latent_spec
    history = state.history_of(source, spec)
    explanation = st.empty()
    if error := state.link_error(source):
        error_line(error)
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        place = url_state.choice("measured", _("Measured"), {value: _(title) for value, title in PLACES.items()})
        if place == MANY:
            by = url_state.choice("by", _("What changes"), _ways(checkpoint))
            vectors = url_state.slider("vectors", _("Averaged over vectors"), width=160)
            seed = seed_field()
    meanings = None
    if place == HERE:
        measured, by = (
            _local(source.ref, version(source), encode_vector(history.vector), checkpoint, history.vector),
            None,
        )
    else:
        classifier = classifier_of(checkpoint) if by in ("class", "attribute") else None
        classify = classifier.classify if classifier is not None and by == "class" else None
        measured = _measure(source, checkpoint, vectors, seed, classify)
        if classifier is not None and by == "attribute":
            with st.spinner(_("Reading the attributes of {n} pictures").format(n=f"{DESCRIBED:,}")):
                meanings = _meanings(source.ref, version(source), seed, checkpoint, classifier)
            measured = replace(measured, correlation=meanings.strengths.float())
    by = by if by in measured.measures else "pixels"
    explanation.caption(_(MEANING) if by == "attribute" else _explanation(spec, place))
    notes = _notes(measured, by, meanings)

    _bars(checkpoint, measured, by, notes)
    note_line(_gap(meanings) if meanings else _dead(spec, measured))
    _atlas_part(source, checkpoint, measured, by, notes)
    _maps_part(source, checkpoint, measured, by, notes)


def _explanation(spec: LatentSpec, place: str) -> str:
    if place == HERE:
        return _(
            "The Jacobian: how fast the picture of the vector in hand changes when one entry moves a little, as the "
            "mean absolute change for each 1 that it moves. Elsewhere in latent space other entries may matter."
        )
    what = _(
        "Each entry is set to −3 and to 3, and the picture is compared with the one at 0. Its effect is the mean "
        "absolute difference: 0 is no change, 1 turns black into white. Maps show where in the picture it acts."
    )
    codes = _("Codes are set to −1 and to 1.") if spec.entries("code") else ""
    weights = _("The weight of a class goes from 0 to 1.") if spec.choice_labels else ""
    return " ".join(filter(None, [what, codes, weights, range_note(spec)]))


def _ways(checkpoint: Checkpoint) -> dict[str, str]:
    """What changes of a picture can be measured, and what the reader sees of it."""
    ways = {"pixels": _("Pixels")}
    if checkpoint.discriminator is not None:
        ways["score"] = score_name(d_output_of(checkpoint.family))
    if has_classes(checkpoint):
        ways["class"] = _("Classes")
        ways["attribute"] = _("Attributes")
    return ways


# Measuring


def _measure(
    source: Source, checkpoint: Checkpoint, vectors: int, seed: int, classify: Classify | None = None
) -> Effects:
    """The effects of all entries. Measured in parts, so that progress shows and nothing is measured twice."""
    size = checkpoint.latent_spec.size
    step = max(1, PICTURES // (3 * vectors))
    bar, parts = st.empty(), []
    for first in range(0, size, step):
        if first > 0:
            bar.progress(first / size, text=_("Measuring entry {n} of {size}").format(n=first, size=size))
        last = min(first + step, size)
        model = (source.ref, version(source), classify is not None)
        parts.append(_measure_part(model, vectors, seed, first, last, checkpoint, classify))
    bar.empty()
    return concatenate_effects(parts)


@st.cache_resource(max_entries=512, show_spinner=False)
def _measure_part(
    model: tuple, vectors: int, seed: int, first: int, last: int, _checkpoint: Checkpoint, _classify: Classify | None
) -> Effects:
    base = base_vectors(_checkpoint.latent_spec, vectors, seed)
    return measure_effects(_checkpoint, base, range(first, last), classify=_classify)


@st.cache_resource(max_entries=32, show_spinner=False)
def _meanings(ref: str, version: int, seed: int, _checkpoint: Checkpoint, _classifier: Classifier) -> Disentanglement:
    z = base_vectors(_checkpoint.latent_spec, DESCRIBED, seed)
    names = (*class_names(_checkpoint), *_classifier.attribute_names)
    return measure_disentanglement(_checkpoint, z, _classifier.describe, names)


@st.cache_resource(max_entries=32, show_spinner=False)
def _local(ref: str, version: int, code: str, _checkpoint: Checkpoint, _vector: Tensor) -> Effects:
    return local_effects(_checkpoint, _vector)


@st.cache_resource(max_entries=32, show_spinner=False)
def _atlas(
    ref: str, version: int, code: str, entries: tuple[int, ...], _checkpoint: Checkpoint, _vector: Tensor
) -> TraversalOverview:
    return draw_overview(_checkpoint, _vector, entries)


# Showing


def _notes(measured: Effects, by: str, meanings: Disentanglement | None) -> dict[int, str]:
    """What stands beside every entry: its strength, or the attribute that it holds. In the order of `measured`."""
    if meanings is None:
        return {entry: f"{strength:.3f}" for entry, strength in _strengths(measured, by).items()}
    held = {entry: meanings.meaning(entry) for entry in measured.entries}
    return {
        entry: f"{_attribute_name(meaning.name)} {number_text(meaning.correlation, '.2f')}" if meaning else NO_MEANING
        for entry, meaning in held.items()
    }


def _attribute_name(name: str) -> str:
    return _("class {name}").format(name=name) if name.isdigit() else _(name)


def _gap(meanings: Disentanglement) -> str:
    gaps = sorted(meanings.gaps.items(), key=lambda item: item[1], reverse=True)[:3]
    best = ", ".join(f"{_attribute_name(name)} {number_text(gap, '.2f')}" for name, gap in gaps)
    return _(
        "Mutual information gap {gap}: 1 where a single entry holds each attribute, 0 where several share it or none "
        "does. Best kept apart: {best}"
    ).format(gap=number_text(meanings.mutual_information_gap, ".2f"), best=best or NO_MEANING)


def _bars(checkpoint: Checkpoint, measured: Effects, by: str, notes: Mapping[int, str]) -> None:
    spec = checkpoint.latent_spec
    st.markdown(f"**{_('How much each entry does')}**")
    names = [*map(str, range(spec.noise_size)), *spec.entry_names(range(spec.noise_size, spec.size), _)]
    if by == "attribute":
        names = [name if notes[entry] == NO_MEANING else f"{name}: {notes[entry]}" for entry, name in enumerate(names)]
    live_chart(
        effect_bars(measured, by=by, names=names, d_output=d_output_of(checkpoint.family), text=_),
        key="effect_bars",
        height=260,
        alt=_("The effect of every entry, strongest first: {entries} …").format(
            entries=", ".join(spec.entry_names(measured.ranked(by)[:5], _))
        ),
    )


def _dead(spec: LatentSpec, measured: Effects) -> str:
    dead = measured.dead()
    if not dead:
        return _("Every entry changes the picture; none is dead.")
    named = ", ".join(spec.entry_names(dead[:20], _)) + (" …" if len(dead) > 20 else "")
    return _("{n} of {size} entries are dead (they change less than {limit} of the full range): {names}").format(
        n=len(dead), size=spec.size, limit=f"{DEAD_CHANGE:.1%}", names=named
    )


def _atlas_part(source: Source, checkpoint: Checkpoint, measured: Effects, by: str, notes: Mapping[int, str]) -> None:
    """Every entry at its values, strongest first, made from the vector that is edited."""
    spec = checkpoint.latent_spec
    history = state.history_of(source, spec)
    ranked = measured.ranked(by)
    strengths = _strengths(measured, by)
    model = (source.ref, version(source), encode_vector(history.vector))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{_('The atlas: this vector with every entry at −3, 0 and 3')}**")
        st.download_button(
            _("Atlas (PNG)"),
            data=lambda: png_bytes(
                labelled_overview(
                    _atlas(*model, tuple(ranked), checkpoint, history.vector), [strengths[entry] for entry in ranked]
                )
            ),
            file_name=f"{source.ref}-atlas.png",
            mime="image/png",
            icon=":material/download:",
            on_click="ignore",
        )
    st.caption(_("Strongest first. Press a picture to go on from it in One vector."))
    drawn = _atlas(*model, tuple(ranked[:MAX_ATLAS_ENTRIES]), checkpoint, history.vector)
    names = spec.entry_names(drawn.entries, _)

    def adopt(row: int, column: int) -> None:
        vector = history.vector.clone()
        vector[drawn.entries[row]] = drawn.values[row][column]
        state.open_vector(history, vector, drawn.entries[row])

    image_groups(
        [
            Group(
                name,
                notes[entry],
                images,
                [f"{name} = {number_text(value, 'g')}" for value in values],
            )
            for name, entry, images, values in zip(names, drawn.entries, drawn.images, drawn.values, strict=True)
        ],
        key="atlas",
        label=_("Atlas"),
        columns=3,
        cell=56,
        narrow_cell=28,
        on_open=adopt,
        vector=history.vector,
    )
    if spec.size > MAX_ATLAS_ENTRIES:
        note_line(_("These are the {n} strongest; the file has all of them.").format(n=MAX_ATLAS_ENTRIES))


def _maps_part(source: Source, checkpoint: Checkpoint, measured: Effects, by: str, notes: Mapping[int, str]) -> None:
    spec = checkpoint.latent_spec
    history = state.history_of(source, spec)
    ranked = measured.ranked(by)

    def show_strongest() -> None:
        url_state.write("entries", state.entries_text(ranked[:5]))
        url_state.write("view", "sheet")

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{_('Where the strongest act')}**")
        st.button(
            _("The five strongest as a sheet"), icon=":material/grid_on:", key="strongest", on_click=show_strongest
        )
    effect_gallery(
        _cards(checkpoint, measured, ranked[:MAX_MAPS], notes),
        key="gallery",
        on_open=lambda entry: state.open_vector(history, history.vector, entry),
        on_toggle=lambda entry: state.toggle_on_sheet(spec, entry),
    )


def _cards(checkpoint: Checkpoint, measured: Effects, entries: list[int], notes: Mapping[int, str]) -> list[EffectCard]:
    on_sheet = state.sheet_entries(checkpoint.latent_spec)
    names = checkpoint.latent_spec.entry_names(entries, _)
    maximum = float(measured.maps.max())  # one scale, so that maps can be compared
    return [
        EffectCard(
            entry=entry,
            name=name,
            strength=notes[entry],
            picture=data_uri(png_bytes(heat(measured.map_of(entry), maximum))),
            on_sheet=entry in on_sheet,
        )
        for entry, name in zip(entries, names, strict=True)
    ]


def _strengths(measured: Effects, by: str) -> dict[int, float]:
    """The measure of every entry. Entries may have been measured in any order."""
    return dict(zip(measured.entries, measured.measures[by].tolist(), strict=True))
