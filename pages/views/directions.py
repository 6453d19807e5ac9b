"""Directions: straight lines through latent space along which pictures change in one way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor
from torch.nn.functional import normalize

from gan_core.errors import LatentError
from gan_core.latent import Traversal, base_vectors, mean_changes, move_along, traverse_directions
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.grid import traversal_grid, traversal_png_button
from pages.ui import url_state
from pages.ui.messages import error_line, note_line
from pages.ui.sources import Source
from pages.ui.text import _
from pages.views import saved_directions, state
from pages.views.direction_finders import (
    DirectionSet,
    by_activations,
    by_classes,
    by_groups,
    by_weights,
    can_find_classes,
)
from pages.views.fields import IN_TURN, class_choice, seed_field

COLUMNS = 8
STRENGTHS_OF_ONE = 7
MAX_STRENGTH = 12
RANDOM_DIRECTIONS = 8

Finder = Callable[[Source, Checkpoint, DeltaGenerator], DirectionSet]


def directions_view(source: Source, checkpoint: Checkpoint) -> None:
    """Directions through latent space, found in several ways, as a traversal."""
    spec = checkpoint.latent_spec
    st.caption(
        _(
            "One entry seldom means one thing. A direction moves all entries at once, and a good one changes a single "
            "thing in every picture: its slant, its weight, its class. Each column begins with one vector; each row "
            "goes a step along the direction. Press a picture to open its vector."
        )
    )
    saved_directions.save_linked(spec)
    finders = _finders(checkpoint)
    finder = finders[_method_choice(list(finders))]
    above, row = st.container(), st.container(horizontal=True, vertical_alignment="top", gap="small")
    try:
        with above:
            found = finder(source, checkpoint, row)
    except LatentError as error:
        error_line(error)
        return
    with row:
        vectors, strength = _settings(spec, found)
    sheet = traverse_directions(checkpoint, vectors, found.directions, _strengths(found, strength), found.names)
    traversal_grid(
        sheet,
        key="directions",
        names=found.names,
        headings=[str(column + 1) for column in range(len(vectors))],
        on_open=lambda *place: _open(source, spec, sheet, found, *place),
    )
    note_line(_comparison(checkpoint, sheet, found))
    traversal_png_button(sheet, f"{source.ref}-directions.png", key="directions_png")
    saved_directions.saved_panel(source, spec, found)


def _finders(checkpoint: Checkpoint) -> dict[str, Finder]:
    finders: dict[str, Finder] = {"pca": by_activations, "sefa": by_weights, "groups": by_groups}
    if can_find_classes(checkpoint):
        finders["classes"] = by_classes
    if saved_directions.any_saved(checkpoint.latent_spec):
        finders["kept"] = saved_directions.by_name
    return finders


def _method_choice(methods: list[str]) -> str:
    titles = {
        "pca": _("Activations (GANSpace)"),
        "sefa": _("Weights (SeFa)"),
        "groups": _("Your two groups"),
        "classes": _("Classes"),
        "kept": _("Kept"),
    }
    if url_state.read_unshown("found", methods[0]) == "classes" and "classes" not in methods:
        note_line(_("This model has no classes, and no classifier of its pictures was trained here yet."))
    return url_state.choice("found", _("Found by"), {method: titles[method] for method in methods}, methods[0])


def _settings(spec: LatentSpec, found: DirectionSet) -> tuple[Tensor, int]:
    """The base vectors (COLUMNS, size), and the strength of the outer rows, 1 .. `MAX_STRENGTH`."""
    most = 3 if found.between_classes else MAX_STRENGTH
    strength = url_state.slider(
        "strength",
        _("Strength"),
        width=190,
        default=1 if found.between_classes else None,
        high=most,
        help=_("How far the outer rows go. Directions of noise have length 1, so 3 is as far as one entry set to 3."),
    )
    label = found.start
    if spec.choice_labels and label is None:
        chosen = class_choice(spec, _("all, at random"))
        label = None if chosen == IN_TURN else int(chosen)
    seed = seed_field()
    return base_vectors(spec, COLUMNS, seed, label), strength


def _strengths(found: DirectionSet, strength: int) -> list[float]:
    rows = STRENGTHS_OF_ONE if len(found.directions) == 1 else 3
    return np.linspace(-strength, strength, rows).round(2).tolist()


def _comparison(checkpoint: Checkpoint, sheet: Traversal, found: DirectionSet) -> str:
    """How much the directions do, beside what random ones of the same length do."""
    shown = " · ".join(
        f"{name} {change:.3f}" for name, change in zip(found.names, mean_changes(sheet).tolist(), strict=True)
    )
    if found.between_classes:
        return _("Mean change of the pictures: {changes}.").format(changes=shown)
    by_chance = mean_changes(
        traverse_directions(
            checkpoint,
            sheet.z,
            _random_directions(checkpoint.latent_spec),
            sheet.values,
            [""] * RANDOM_DIRECTIONS,
        )
    )
    return _("Mean change of the pictures: {changes}. Random directions of the same length: {chance}.").format(
        changes=shown, chance=f"{by_chance.mean():.3f}"
    )


def _random_directions(spec: LatentSpec) -> Tensor:
    noise = torch.randn(RANDOM_DIRECTIONS, spec.noise_size, generator=torch.Generator().manual_seed(0))
    directions = torch.zeros(RANDOM_DIRECTIONS, spec.size)
    directions[:, spec.slice_of("noise")] = normalize(noise, dim=1)
    return directions


def _open(
    source: Source, spec: LatentSpec, sheet: Traversal, found: DirectionSet, row: int, value: int, column: int
) -> None:
    direction = found.directions[row]
    vector = move_along(sheet.z[column : column + 1], direction[None], [sheet.values[value]])[0, 0, 0]
    state.open_vector(state.history_of(source, spec), vector, int(direction.abs().argmax()))
