"""What one iteration holds: numbers as histograms, and the size of a change in each tensor of weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from gan_core.figures.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, Text, empty_figure

SIDES = {"real": BLUE, "fake": VERMILION}
OTHERS = (GREEN, PURPLE, ORANGE, SKY)


def value_histogram(
    values: Mapping[str, np.ndarray],
    titles: Mapping[str, str],
    *,
    x_title: str,
    bins: int = 40,
    log: bool = False,
    text: Text = str,
) -> go.Figure:
    """How the numbers of a sub-step are spread, those of several names over each other.

    Args:
        values: Float (M,) by name; "real" and "fake" have the colours that they have in the curves.
        titles: What to call each name, translated.
        x_title: What the numbers are, translated.
        bins: Number of bars.
        log: Whether the counts have a scale of powers, for numbers that are nearly all in one bar.
        text: Translates the words in the figure.
    """
    figure = empty_figure(f"histogram of {', '.join(values)}", x_title, text("How many"))
    edges = np.histogram_bin_edges(np.concatenate([each.astype(np.float64) for each in values.values()]), bins)
    for place, (name, numbers) in enumerate(values.items()):
        counts, _edges = np.histogram(numbers, edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            name=titles[name],
            marker={"color": SIDES.get(name, OTHERS[place % len(OTHERS)]), "line": {"width": 0}},
            opacity=0.65 if len(values) > 1 else 1,
            hovertemplate="%{y}",
            showlegend=len(values) > 1,
        )
    figure.update_layout(barmode="overlay", bargap=0)
    if log:
        figure.update_yaxes(type="log", dtick=1)
    return figure


def norm_bars(norms: Mapping[str, float], *, player: str, title: str, text: Text = str) -> go.Figure:
    """The norm of a gradient or of a change, one bar for each tensor of weights, the first layer on top.

    Args:
        norms: By the name of the weights.
        player: "d" or "g".
        title: What the norm is of, translated.
        text: Translates the words in the figure.
    """
    figure = empty_figure("norms", title, "")
    figure.add_bar(
        x=list(norms.values()),
        y=list(norms),
        orientation="h",
        name=text("Norm"),
        marker={"color": BLUE if player == "d" else VERMILION, "line": {"width": 0}},
        hovertemplate="%{x:.4g}",
        showlegend=False,
    )
    figure.update_layout(hovermode="y", bargap=0.25)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"size": 11})
    return figure
