"""Distributions of scores and classes: among the images kept, and as a network sees them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gan_core.figures.style import BLUE, SCORE_TITLES, VERMILION, Text, empty_figure
from gan_core.latent.samples import to_raw_output


def score_histogram(
    realism: np.ndarray, kept: int, *, d_output: str = "logit", bins: int = 40, text: Text = str
) -> go.Figure:
    """How D's scores are spread: those of the `kept` most real in one colour, the others in another.

    Args:
        realism: How real D finds each image, falling, float (N,).
        kept: How many were kept.
        d_output: See `Family.d_output`.
        bins: Number of bars.
        text: Translates the words in the figure.
    """
    scores = to_raw_output(d_output, realism).astype(
        np.float64
    )  # in single precision equal scores leave no room for bins
    edges = np.histogram_bin_edges(scores, bins)
    figure = empty_figure("score histogram", text(SCORE_TITLES[d_output]), text("Pictures"))
    for name, part, colour in ((text("Kept"), scores[:kept], VERMILION), (text("The rest"), scores[kept:], BLUE)):
        counts, _edges = np.histogram(part, edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y}",
        )
    figure.update_layout(barmode="stack", bargap=0.05, legend_traceorder="normal")
    return figure


def class_bars(names: Sequence[str], kept: np.ndarray, everything: np.ndarray, *, text: Text = str) -> go.Figure:
    """The share of each class (K,) among the pictures kept and among all."""
    figure = empty_figure("class bars", text("Class"), text("Share"))
    for name, shares, colour in ((text("Kept"), kept, VERMILION), (text("All"), everything, BLUE)):
        figure.add_bar(x=list(names), y=shares, name=name, marker={"color": colour}, hovertemplate="%{y:.1%}")
    figure.update_layout(barmode="group", bargap=0.2)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%")
    return figure


def probability_bars(
    names: Sequence[str], probabilities: np.ndarray, asked: int, *, title: str = "", text: Text = str
) -> go.Figure:
    """A network's probabilities of K classes, the one that was asked for in a colour of its own.

    Args:
        names: Of the classes.
        probabilities: Float (K,).
        asked: Index of the class that was asked for.
        title: What the classes are, such as "Class", translated.
        text: Translates the words in the figure.
    """
    figure = empty_figure("probabilities", title, text("Probability"))
    others = np.arange(len(names)) != asked
    for name, rows, colour in ((text("Asked for"), ~others, VERMILION), (text("Others"), others, BLUE)):
        figure.add_bar(
            x=[each for each, shown in zip(names, rows, strict=True) if shown],
            y=probabilities[rows],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="<b>%{x}</b> %{y:.1%}<extra></extra>",
        )
    figure.update_layout(hovermode="closest", bargap=0.2)
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=list(names), showgrid=False)
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    return figure
