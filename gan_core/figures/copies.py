"""The share of copies of training images, step by step."""

from __future__ import annotations

import plotly.graph_objects as go

from gan_core.figures.style import VERMILION, Text, empty_figure
from gan_core.series import Series


def copy_curve(rates: Series, *, text: Text = str) -> go.Figure:
    """The share of a run's pictures that are copies, 0 .. 1, by step."""
    figure = empty_figure("copies", text("Step"), "")
    figure.add_scatter(
        x=rates.steps,
        y=rates.values,
        name=text("Copies"),
        mode="lines+markers",
        line={"color": VERMILION, "width": 2},
        marker={"size": 5, "color": VERMILION},
        hovertemplate="%{y:.0%}",
    )
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    return figure
