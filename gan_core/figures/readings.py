"""Readings of a run's quality, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from gan_core.evaluation import QualitySample
from gan_core.figures.style import GREEN, GRID, PURPLE, VERMILION, Text, empty_figure, reference_line

# What readings of quality tell, and in which colour.
READINGS = {
    "frechet": ("Fréchet distance", VERMILION),
    "diversity": ("Variety", GREEN),
    "classes": ("Classes drawn", PURPLE),
}

GAP = 0.09  # between two charts, of the height of all


def reading_curves(readings: Sequence[QualitySample], *, text: Text = str) -> go.Figure:
    """Readings of quality by their step: small charts above each other, with a common axis of steps.

    The Frechet distance, on a scale of powers, with that of as many real images as a dotted line; the variety, where
    100 % is that of real images; where classes can be told, the number of those that are drawn.
    """
    steps = [reading.step for reading in readings]
    classes = len(readings[-1].class_share)
    figure = empty_figure("readings", text("Step"), "")
    rows: list[tuple[tuple[str, str], list[float], str, dict[str, Any]]] = [
        (READINGS["frechet"], [reading.frechet for reading in readings], "%{y:.3s}", {"type": "log", "nticks": 3}),
        (READINGS["diversity"], [reading.diversity for reading in readings], "%{y:.0%}", {"tickformat": ".0%"}),
    ]
    if classes:
        covered: list[float] = [reading.classes_covered for reading in readings]
        rows.append((READINGS["classes"], covered, f"%{{y}} / {classes}", {}))
    height = (1 + GAP) / len(rows)
    for place, ((title, colour), values, told, axis) in enumerate(rows):
        number = "" if place == 0 else str(place + 1)
        top = 1 - place * height
        line = {"color": colour, "width": 2}
        marker = {"size": 5, "color": colour}
        figure.add_scatter(
            x=steps, y=values, name=text(title), mode="lines+markers", line=line, marker=marker, hovertemplate=told
        )
        figure.data[-1].yaxis = f"y{number}"
        drawn = {
            "domain": [max(0.0, top - height + GAP), top],
            "gridcolor": GRID,
            "zeroline": False,
            "automargin": True,
            "nticks": 4,
        }
        figure.update_layout({f"yaxis{number}": {**drawn, "rangemode": "tozero", **axis}})
    reference_line(figure, (steps[0], steps[-1]), readings[-1].real_vs_real, text("Real pictures"), "%{y:.3s}")
    figure.update_xaxes(anchor=f"y{len(rows)}")
    return figure
