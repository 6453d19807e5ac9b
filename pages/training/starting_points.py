"""Where the form starts from: a quick preset, the paper's own settings, or a run that goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from gan_core.data import DATASETS
from gan_core.families import (
    Preset,
    benchmark_image,
    failure_demo_settings,
    get_family,
    load_benchmark,
    preset_settings,
    presets_for,
)
from gan_core.images import data_uri
from pages.ui.text import _

PAPER = "paper"
BREAK = "break-"


@dataclass(frozen=True)
class StartingPoint:
    """Settings to start from.

    Attributes:
        title: Translated name.
        settings: Values of `RunConfig` and of the family's options, by name; the others keep their defaults.
        note: What it is good for, translated.
        picture: File of samples of a run that started from it, if there is one.
    """

    title: str
    settings: Mapping[str, Any]
    note: str
    picture: Path | None = None


def starting_points(family: str, dataset: str) -> dict[str, StartingPoint]:
    """By name, for a family on a dataset; the first is the one to begin with."""
    known = get_family(family)
    points = {
        name: StartingPoint(
            _(preset.title),
            preset_settings(name),
            _sentences(_(preset.note), _measured(name, dataset) or _unmeasured(preset)),
            benchmark_image(name, dataset),
        )
        for name, preset in presets_for(known, dataset).items()
    }
    points[PAPER] = StartingPoint(
        _("The paper's settings"),
        {},
        _sentences(_("Wide networks and many steps: made for a GPU, slow on a CPU."), _(known.unlike_paper)),
    )
    for name, demo in known.failure_demos.items():
        title = _("Break it: {what}").format(what=_(demo.title))
        points[f"{BREAK}{name}"] = StartingPoint(title, failure_demo_settings(name), _(demo.description))
    return points


def show(point: StartingPoint) -> None:
    """Draw the note of a starting point, and its picture."""
    st.caption(point.note)
    if point.picture is not None:
        st.image(data_uri(point.picture.read_bytes()), alt=_("Samples of this preset"), width="stretch")


def _sentences(*texts: str) -> str:
    """Those that say something, one after the other."""
    return " ".join(filter(None, texts))


def _unmeasured(preset: Preset) -> str:
    return "" if preset.dataset else _("Not measured on these images; on digits it takes about a minute.")


def _measured(preset: str, dataset: str) -> str:
    measured = load_benchmark(preset, dataset)
    if measured is None:
        return ""
    return _(
        "On {dataset}: {seconds} s on one CPU core, Fréchet distance {frechet} (two sets of real images: {floor})."
    ).format(
        dataset=_(DATASETS[dataset].title),
        seconds=f"{measured.seconds:.0f}",
        frechet=f"{measured.frechet:.0f}",
        floor=f"{measured.floor:.1f}",
    )
