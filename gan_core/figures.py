"""Plotly figures: data in, `go.Figure` out.

Backgrounds are transparent and everything but the data takes its colours from the template, so that a page can put its
own light or dark one in place of `NEUTRAL`, which is legible on both. `text` translates every visible string.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import plotly.graph_objects as go

from gan_core.latent.effects import Effects

# Okabe & Ito's colours, told apart with any kind of colour vision and legible on white and on black.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
GREY = "#777777"  # as far from white as from black

NEUTRAL = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": GREY, "size": 13},
        "colorway": [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY],
        **{axis: {"gridcolor": "rgba(128,128,128,0.25)", "zeroline": False} for axis in ("xaxis", "yaxis")},
    }
)

# What is plotted under which name: the real side blue, the generated side vermilion.
LOSSES = {"d_loss": ("D loss", BLUE), "g_loss": ("G loss", VERMILION)}
SCORES = {"d_real": ("D(x)", BLUE), "d_fake": ("D(G(z))", VERMILION)}

# The ways in which `Effects` measure, and what their axis is called.
MEASURES = {"pixels": "Effect", "score": "Change of D score", "class": "Class changes"}

Text = Callable[[str], str]


class Series(Protocol):
    """A curve: steps int (n,) and values float (n,), of which some may not be finite."""

    steps: np.ndarray
    values: np.ndarray


def loss_curves(series: Mapping[str, Series], *, smoothing: float = 0.0, text: Text = str) -> go.Figure:
    """The losses of both players, from the series "d_loss" and "g_loss"; any may be missing or empty.

    smoothing: see `smooth`; above 0 the measured line stays, faint, behind the smooth one
    """
    figure = _figure("loss", text("Step"), text("Loss"))
    _add_curves(figure, series, LOSSES, smoothing, text)
    return figure


def score_curves(series: Mapping[str, Series], *, smoothing: float = 0.0, text: Text = str) -> go.Figure:
    """D's mean score of real images, D(x), and of generated ones, D(G(z)), from "d_real" and "d_fake".

    A line at one half marks where D can no longer tell one from the other. smoothing: as in `loss_curves`
    """
    figure = _figure("score", text("Step"), text("Score"))
    figure.update_yaxes(range=[-0.02, 1.02])
    if _add_curves(figure, series, SCORES, smoothing, text):
        ends = [step for curve in figure.data for step in (curve.x[0], curve.x[-1])]
        figure.add_scatter(
            x=[min(ends), max(ends)],
            y=[0.5, 0.5],
            name=text("D cannot tell"),  # in the legend, where no curve can run through it
            mode="lines",
            line={"color": GREY, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        )
    return figure


def effect_bars(
    effects: Effects, *, by: str = "pixels", names: Sequence[str] | None = None, text: Text = str
) -> go.Figure:
    """The effect of every entry, strongest first.

    by:    which of `effects.measures` the bars show and are ranked by; pointing at a bar tells all of them
    names: what to call the entries, in the order of `effects.entries`; by default their indices
    """
    names = dict(zip(effects.entries, names or map(str, effects.entries), strict=True))
    ranked = effects.ranked(by)
    rows = [effects.entries.index(entry) for entry in ranked]
    measures = effects.measures
    told = [f"{text(MEASURES[name])} %{{customdata[{place}]:.4f}}" for place, name in enumerate(measures)]
    figure = _figure("effects", text("Entry"), text(MEASURES[by]))
    figure.add_bar(
        x=[names[entry] for entry in ranked],
        y=measures[by][rows].numpy(),
        customdata=np.stack([strengths[rows].numpy() for strengths in measures.values()], axis=1),
        marker={"color": BLUE, "line": {"width": 0}},
        hovertemplate="<br>".join(["<b>%{x}</b>", *told]) + "<extra></extra>",
    )
    figure.update_layout(hovermode="closest", showlegend=False, bargap=0.15)
    figure.update_xaxes(type="category", showgrid=False)  # else Plotly takes "5" for a number and sorts
    figure.update_yaxes(rangemode="tozero")
    return figure


def score_histogram(scores: np.ndarray, kept: int, *, bins: int = 40, text: Text = str) -> go.Figure:
    """How D's scores, falling, (N,), are spread: the `kept` highest in one colour, the others in another."""
    edges = np.histogram_bin_edges(scores, bins)
    figure = _figure("score histogram", text("D's score"), text("Pictures"))
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
    figure = _figure("class bars", text("Class"), text("Share"))
    for name, shares, colour in ((text("Kept"), kept, VERMILION), (text("All"), everything, BLUE)):
        figure.add_bar(x=list(names), y=shares, name=name, marker={"color": colour}, hovertemplate="%{y:.1%}")
    figure.update_layout(barmode="group", bargap=0.2)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%")
    return figure


def effect_map(effects: Effects, entry: int, *, text: Text = str) -> go.Figure:
    """Where in the picture an entry acts. The colours of all entries share one scale, so maps can be compared.

    Raises `LatentError` for an entry that was not measured.
    """
    figure = _figure("effect map", "", "")
    figure.add_heatmap(
        z=effects.map_of(entry).numpy(),
        zmin=0,
        zmax=float(effects.maps.max()) or 1.0,
        colorscale="Magma",
        colorbar={"title": {"text": text("Effect")}, "thickness": 12, "outlinewidth": 0},
        hovertemplate=f"x %{{x}}, y %{{y}}<br>{text('Effect')} %{{z:.3f}}<extra></extra>",
    )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, constrain="domain", scaleanchor="x", autorange="reversed")
    return figure


def effect_history(steps: Sequence[int], strengths: np.ndarray, names: Sequence[str], *, text: Text = str) -> go.Figure:
    """The effect of every entry at every step, as a heat map; the entries in the order of their last effect.

    steps:     T of them, increasing; they have equal widths, so kept densely at first they show the beginning well
    strengths: (E, T), from 0 up
    names:     what to call the E entries
    """
    order = np.argsort(-strengths[:, -1], kind="stable")
    every = max(1, len(steps) // 8)
    figure = _figure("effect history", text("Step"), "")
    figure.add_heatmap(
        x=list(range(len(steps))),
        y=[names[row] for row in order],
        z=strengths[order],
        text=[[f"{step:,}" for step in steps]] * len(order),
        colorscale="Magma",
        colorbar={"title": {"text": text("Effect")}, "thickness": 12, "outlinewidth": 0},
        hovertemplate=f"<b>%{{y}}</b><br>{text('Step')} %{{text}}<br>{text('Effect')} %{{z:.4f}}<extra></extra>",
    )
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(
        tickvals=list(range(0, len(steps), every)),
        ticktext=[f"{step:,}" for step in steps[::every]],
        showgrid=False,
    )
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return figure


def walk_lengths(lengths: Mapping[str, np.ndarray], typical: float, *, text: Text = str) -> go.Figure:
    """The length of the latent vector along a walk: "spherical" and "straight", each float (frames,).

    typical: the length of random vectors, drawn as a line
    """
    figure = _figure("walk", text("Frame"), text("Length of z"))
    frames = len(next(iter(lengths.values())))
    for name, title, colour in (("straight", "Straight", VERMILION), ("spherical", "Spherical", BLUE)):
        figure.add_scatter(
            x=np.arange(frames),
            y=lengths[name],
            name=text(title),
            mode="lines",
            line={"color": colour, "width": 2},
            hovertemplate="%{y:.2f}",
        )
    figure.add_scatter(
        x=[0, frames - 1],
        y=[typical, typical],
        name=text("Random vectors"),
        mode="lines",
        line={"color": GREY, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    figure.update_yaxes(rangemode="tozero")
    return figure


def smooth(values: np.ndarray, smoothing: float) -> np.ndarray:
    """Exponential moving average, float64 (n,), that starts without bias at the first value.

    smoothing: share of the past in each new value, from 0 (unchanged) to below 1. Values that are not finite stay
    gaps and leave the average alone. Raises `ValueError` for a smoothing out of range.
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing is {smoothing}; it must be at least 0 and below 1")
    averaged = np.full(len(values), np.nan)
    total = weight = 0.0
    for index in np.flatnonzero(np.isfinite(values)):
        total = smoothing * total + (1 - smoothing) * float(values[index])
        weight = smoothing * weight + (1 - smoothing)
        averaged[index] = total / weight
    return averaged


def _figure(name: str, x_title: str, y_title: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        template=NEUTRAL,
        margin={"l": 8, "r": 8, "t": 32, "b": 8},
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        uirevision=name,  # the reader's zoom outlives new data
    )
    figure.update_xaxes(title_text=x_title, automargin=True)
    figure.update_yaxes(title_text=y_title, automargin=True)
    return figure


def _add_curves(
    figure: go.Figure,
    series: Mapping[str, Series],
    shown: Mapping[str, tuple[str, str]],
    smoothing: float,
    text: Text,
) -> bool:
    """Add the series that are there, or a remark that there are none; returns whether there were any."""
    drawn = False
    for name, (title, colour) in shown.items():
        if name not in series or len(series[name].steps) == 0:
            continue
        drawn = True
        steps, values = series[name].steps, smooth(series[name].values, 0.0)
        line = {"color": colour, "width": 2}
        if smoothing > 0:
            faint = {"opacity": 0.3, "showlegend": False, "hoverinfo": "skip", "legendgroup": name}
            figure.add_scatter(x=steps, y=values, mode="lines", line={**line, "width": 1}, **faint)
            values = smooth(values, smoothing)
        figure.add_scatter(
            x=steps,
            y=values,
            name=text(title),
            mode="lines",
            line=line,
            legendgroup=name,
            hovertemplate="%{y:.3f}",
        )
    if not drawn:
        figure.add_annotation(text=text("No data yet"), showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
    return drawn
