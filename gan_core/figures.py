"""Plotly figures: data in, `go.Figure` out.

Backgrounds are transparent and everything but the data takes its colours from the template, so that a page can put its
own light or dark one in place of `NEUTRAL`, which is legible on both. `text` translates every visible string.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import plotly.graph_objects as go

from gan_core.evaluation import Reading
from gan_core.latent.effects import Effects
from gan_core.latent.rating import judgements

# Okabe & Ito's colours, told apart with any kind of colour vision and legible on white and on black.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
GREY = "#777777"  # as far from white as from black

GRID = "rgba(128,128,128,0.25)"

NEUTRAL = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": GREY, "size": 13},
        "colorway": [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY],
        **{axis: {"gridcolor": GRID, "zeroline": False} for axis in ("xaxis", "yaxis")},
    }
)

# What is plotted under which name: the real side blue, the generated side vermilion.
LOSSES = {"d_loss": ("D loss", BLUE), "g_loss": ("G loss", VERMILION)}
WASSERSTEIN = ("Wasserstein estimate", BLUE)
SCORES = {"d_real": ("D(x)", BLUE), "d_fake": ("D(G(z))", VERMILION)}
ACCURACY = {"class_accuracy": ("Class accuracy on real images", GREEN)}

# The parts that a loss may be the sum of; of a pyramid it has one for each level.
PARTS = {
    "adversarial": "realness",
    "class": "class",
    "category": "category",
    "code": "codes",
    "penalty": "gradient penalty",
    "r1": "penalty on real images",
    "r2": "penalty on fakes",
    "pulling_away": "pulling away",
}
LEVEL = "level_"
DASHES = ("dot", "dash", "dashdot", "longdash")

# What the axis is called along which D's judgements lie, by `Family.score`.
SCORE_TITLES = {
    "probability": "D's probability",
    "critic": "Critic's score",
    "energy": "Energy, lower is more real",
}

# The ways in which `Effects` measure, and what their axis is called.
MEASURES = {"pixels": "Effect", "class": "Class changes"}
SCORE_CHANGES = {
    "probability": "Change of D score",
    "critic": "Change of the critic's score",
    "energy": "Change of the energy",
}

# What readings of quality tell, and in which colour.
READINGS = {
    "frechet": ("Fréchet distance", VERMILION),
    "diversity": ("Variety", GREEN),
    "classes": ("Classes drawn", PURPLE),
}

Text = Callable[[str], str]


class Series(Protocol):
    """A curve: steps int (n,) and values float (n,), of which some may not be finite."""

    @property
    def steps(self) -> np.ndarray: ...

    @property
    def values(self) -> np.ndarray: ...


class _Turned:
    """A curve with its sign turned."""

    def __init__(self, curve: Series):
        self.steps, self.values = curve.steps, -curve.values


@dataclass(frozen=True)
class _Line:
    """How a curve is drawn: what it is called, its colour, and whether it is thin and broken."""

    title: str
    colour: str
    width: float = 2
    dash: str = "solid"


def loss_curves(
    series: Mapping[str, Series], *, wasserstein: bool = False, smoothing: float = 0.0, text: Text = str
) -> go.Figure:
    """The losses of both players, from the series "d_loss" and "g_loss"; any may be missing or empty.

    Where a loss is a sum, its parts ("d_class", "g_level_14" ...) are thin broken lines in the colour of their player.

    wasserstein: whether D is a critic, whose adversarial loss is then shown with the sign turned: an estimate of the
                 Wasserstein distance between real and generated images
    smoothing:   see `smooth`; above 0 the measured line stays, faint, behind the smooth one
    """
    figure = _figure("loss", text("Step"), text("Loss"))
    lines = _loss_lines(series, text)
    if wasserstein:
        source = next((name for name in ("d_adversarial", "d_loss") if name in series), None)
        if source is not None:
            series = {**series, "estimate": _Turned(series[source])}
        lines = {"estimate": _Line(text(WASSERSTEIN[0]), WASSERSTEIN[1])} | {
            name: line for name, line in lines.items() if name not in ("d_loss", "d_adversarial")
        }
    _add_curves(figure, series, lines, smoothing, text)
    return figure


def score_curves(
    series: Mapping[str, Series], *, kind: str = "probability", smoothing: float = 0.0, text: Text = str
) -> go.Figure:
    """D's mean score of real images, D(x), and of generated ones, D(G(z)), from "d_real" and "d_fake".

    kind:      `Family.score`. Probabilities have an axis from 0 to 1 and a line at one half, where D can no longer tell
               one from the other; other scores have no such bounds.
    smoothing: as in `loss_curves`

    "class_accuracy" is drawn beside them where it was recorded.
    """
    figure = _figure("score", text("Step"), text(SCORE_TITLES[kind]))
    lines = {name: _Line(text(title), colour) for name, (title, colour) in (SCORES | ACCURACY).items()}
    drawn = _add_curves(figure, series, lines, smoothing, text)
    if kind == "probability":
        figure.update_yaxes(range=[-0.02, 1.02])
        if drawn:
            _add_half(figure, text)
    return figure


def _add_half(figure: go.Figure, text: Text) -> None:
    """The line at which D gives real images and fakes the same probability."""
    ends = [step for curve in figure.data for step in (curve.x[0], curve.x[-1])]
    figure.add_scatter(
        x=[min(ends), max(ends)],
        y=[0.5, 0.5],
        name=text("D cannot tell"),  # in the legend, where no curve can run through it
        mode="lines",
        line={"color": GREY, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )


def reading_curves(readings: Sequence[Reading], *, text: Text = str) -> go.Figure:
    """Readings of quality by their step: three small charts above each other, with a common axis of steps.

    The Frechet distance, on a scale of powers, with that of as many real images as a dotted line; the variety, where
    100 % is that of real images; the number of classes that are drawn.
    """
    steps = [reading.step for reading in readings]
    classes = len(readings[-1].class_share)
    figure = _figure("readings", text("Step"), "")
    rows = (
        (READINGS["frechet"], [reading.frechet for reading in readings], "%{y:.3s}", {"type": "log", "nticks": 3}),
        (READINGS["diversity"], [reading.diversity for reading in readings], "%{y:.0%}", {"tickformat": ".0%"}),
        (READINGS["classes"], [reading.classes_covered for reading in readings], f"%{{y}} / {classes}", {}),
    )
    for place, ((title, colour), values, told, axis) in enumerate(rows):
        number = "" if place == 0 else str(place + 1)
        top = 1 - place * (1 / 3 + 0.02)
        line = {"color": colour, "width": 2}
        marker = {"size": 5, "color": colour}
        figure.add_scatter(
            x=steps, y=values, name=text(title), mode="lines+markers", line=line, marker=marker, hovertemplate=told
        )
        figure.data[-1].yaxis = f"y{number}"
        drawn = {"domain": [top - 0.26, top], "gridcolor": GRID, "zeroline": False, "automargin": True, "nticks": 4}
        figure.update_layout({f"yaxis{number}": {**drawn, "rangemode": "tozero", **axis}})
    figure.add_scatter(
        x=[steps[0], steps[-1]],
        y=[readings[-1].floor] * 2,
        name=text("Real pictures"),
        mode="lines",
        line={"color": GREY, "dash": "dot", "width": 1.5},
        hovertemplate="%{y:.3s}",
    )
    figure.update_xaxes(anchor="y3")
    return figure


def effect_bars(
    effects: Effects,
    *,
    by: str = "pixels",
    names: Sequence[str] | None = None,
    kind: str = "probability",
    text: Text = str,
) -> go.Figure:
    """The effect of every entry, strongest first.

    by:    which of `effects.measures` the bars show and are ranked by; pointing at a bar tells all of them
    names: what to call the entries, in the order of `effects.entries`; by default their indices
    kind:  of D's scores, see `Family.score`
    """
    titles = MEASURES | {"score": SCORE_CHANGES[kind]}
    names = dict(zip(effects.entries, names or map(str, effects.entries), strict=True))
    ranked = effects.ranked(by)
    rows = [effects.entries.index(entry) for entry in ranked]
    measures = effects.measures
    told = [f"{text(titles[name])} %{{customdata[{place}]:.4f}}" for place, name in enumerate(measures)]
    figure = _figure("effects", text("Entry"), text(titles[by]))
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


def score_histogram(
    realness: np.ndarray, kept: int, *, kind: str = "probability", bins: int = 40, text: Text = str
) -> go.Figure:
    """How D's scores are spread: those of the `kept` most real in one colour, the others in another.

    realness: falling, (N,); kind: see `judgements`
    """
    scores = judgements(kind, realness).astype(np.float64)  # in single precision equal scores leave no room for bins
    edges = np.histogram_bin_edges(scores, bins)
    figure = _figure("score histogram", text(SCORE_TITLES[kind]), text("Pictures"))
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


def probability_bars(
    names: Sequence[str], probabilities: np.ndarray, asked: int, *, title: str = "", text: Text = str
) -> go.Figure:
    """A judge's probabilities (K,) of K classes, the one that was asked for in a colour of its own.

    title: what the classes are, such as "Class", translated
    """
    figure = _figure("probabilities", title, text("Probability"))
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


def _loss_lines(series: Mapping[str, Series], text: Text) -> dict[str, _Line]:
    """The totals of both players, then the parts that the series hold."""
    lines = {name: _Line(text(title), colour) for name, (title, colour) in LOSSES.items()}
    for player, colour in (("d", BLUE), ("g", VERMILION)):
        parts = {name: part for name in series if (part := _part_of(name.removeprefix(f"{player}_"), text))}
        for number, (name, part) in enumerate(parts.items()):
            title = f"{player.upper()}: {part}"
            lines[name] = _Line(title, colour, width=1.25, dash=DASHES[number % len(DASHES)])
    return lines


def _part_of(name: str, text: Text) -> str | None:
    """What a part of a loss is called; None for what is no part."""
    if name in PARTS:
        return text(PARTS[name])
    side = name.removeprefix(LEVEL)
    return text("level of {n} px").format(n=side) if side != name and side.isdecimal() else None


def _add_curves(
    figure: go.Figure, series: Mapping[str, Series], lines: Mapping[str, _Line], smoothing: float, text: Text
) -> bool:
    """Add the series that are there, or a remark that there are none; returns whether there were any."""
    drawn = False
    for name, line in lines.items():
        if name not in series or len(series[name].steps) == 0:
            continue
        drawn = True
        steps, values = series[name].steps, smooth(series[name].values, 0.0)
        style = {"color": line.colour, "width": line.width, "dash": line.dash}
        if smoothing > 0:
            if line.dash == "solid":  # of thin lines the smooth one is enough
                faint = {"opacity": 0.3, "showlegend": False, "hoverinfo": "skip", "legendgroup": name}
                figure.add_scatter(x=steps, y=values, mode="lines", line={**style, "width": 1}, **faint)
            values = smooth(values, smoothing)
        figure.add_scatter(
            x=steps,
            y=values,
            name=line.title,
            mode="lines",
            line=style,
            legendgroup=name,
            hovertemplate="%{y:.3f}",
        )
    if not drawn:
        figure.add_annotation(text=text("No data yet"), showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
        figure.update_xaxes(visible=False)
        figure.update_yaxes(visible=False)
    return drawn
