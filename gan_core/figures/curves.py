"""A run's curves: the losses of both players, and what D thinks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from gan_core.figures.style import BLUE, GREEN, SCORE_TITLES, VERMILION, Text, empty_figure, reference_line
from gan_core.series import Series

# What is plotted under which name: the real side blue, the generated side vermilion.
LOSSES = {"d_loss": ("D loss", BLUE), "g_loss": ("G loss", VERMILION)}
WASSERSTEIN = ("Wasserstein estimate", BLUE)
SCORES = {"d_real": ("D(x)", BLUE), "d_fake": ("D(G(z))", VERMILION)}
ACCURACY = {"class_accuracy": ("Class accuracy on real images", GREEN)}

# The part that the losses of all families have; families name their others, see `Family.loss_parts`.
PARTS = {"adversarial": "adversarial"}
NUMBERED = re.compile(r"(.*?)(\d+)")
DASHES = ("dot", "dash", "dashdot", "longdash")


@dataclass(frozen=True)
class _Line:
    """How a curve is drawn: what it is called, its colour, and whether it is thin and broken."""

    title: str
    colour: str
    width: float = 2
    dash: str = "solid"


def loss_curves(
    series: Mapping[str, Series],
    *,
    parts: Mapping[str, str] | None = None,
    wasserstein: bool = False,
    smoothing: float = 0.0,
    text: Text = str,
) -> go.Figure:
    """The losses of both players, from the series "d_loss" and "g_loss"; any may be missing or empty.

    Where a loss is a sum, its parts ("d_class", "g_level_14" ...) are thin broken lines in the colour of their player.

    Args:
        series: By name.
        parts: `Family.loss_parts`, the words for the parts of the losses.
        wasserstein: Whether D is a critic, whose adversarial loss is then shown with the sign turned: an estimate of
            the Wasserstein distance between real and generated images.
        smoothing: See `smooth`; above 0 the measured line stays, faint, behind the smooth one.
        text: Translates the words in the figure.
    """
    figure = empty_figure("loss", text("Step"), text("Loss"))
    lines = _loss_lines(series, PARTS | dict(parts or {}), text)
    if wasserstein:
        source = next((name for name in ("d_adversarial", "d_loss") if name in series), None)
        if source is not None:
            series = {**series, "estimate": Series(series[source].steps, -series[source].values)}
        lines = {"estimate": _Line(text(WASSERSTEIN[0]), WASSERSTEIN[1])} | {
            name: line for name, line in lines.items() if name not in ("d_loss", "d_adversarial")
        }
    _add_curves(figure, series, lines, smoothing, text)
    return figure


def score_curves(
    series: Mapping[str, Series], *, d_output: str = "logit", smoothing: float = 0.0, text: Text = str
) -> go.Figure:
    """D's mean score of real images, D(x), and of generated ones, D(G(z)), from "d_real" and "d_fake".

    "class_accuracy" is drawn beside them where it was recorded.

    Args:
        series: By name.
        d_output: `Family.d_output`. Logits are drawn as probabilities, with an axis from 0 to 1 and a line at one half,
            where D can no longer tell one from the other; other scores have no such bounds.
        smoothing: As in `loss_curves`.
        text: Translates the words in the figure.
    """
    figure = empty_figure("score", text("Step"), text(SCORE_TITLES[d_output]))
    lines = {name: _Line(text(title), colour) for name, (title, colour) in (SCORES | ACCURACY).items()}
    drawn = _add_curves(figure, series, lines, smoothing, text)
    if d_output == "logit":
        figure.update_yaxes(range=[-0.02, 1.02])
        if drawn:
            _add_half(figure, text)
    return figure


def _add_half(figure: go.Figure, text: Text) -> None:
    """The line at which D gives real images and fakes the same probability."""
    ends = [step for curve in figure.data for step in (curve.x[0], curve.x[-1])]
    reference_line(figure, (min(ends), max(ends)), 0.5, text("D cannot tell"))


def smooth(values: np.ndarray, smoothing: float) -> np.ndarray:
    """Exponential moving average, float64 (n,), that starts without bias at the first value.

    Args:
        values: Float (n,); those that are not finite stay gaps and leave the average alone.
        smoothing: Share of the past in each new value, from 0 (unchanged) to below 1.

    Raises:
        ValueError: For a smoothing out of range.
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


def _loss_lines(series: Mapping[str, Series], words: Mapping[str, str], text: Text) -> dict[str, _Line]:
    """The totals of both players, then the parts that the series hold."""
    lines = {name: _Line(text(title), colour) for name, (title, colour) in LOSSES.items()}
    for player, colour in (("d", BLUE), ("g", VERMILION)):
        parts = {name: part for name in series if (part := part_title(name.removeprefix(f"{player}_"), words, text))}
        for number, (name, part) in enumerate(parts.items()):
            title = f"{player.upper()}: {part}"
            lines[name] = _Line(title, colour, width=1.25, dash=DASHES[number % len(DASHES)])
    return lines


def part_title(name: str, words: Mapping[str, str], text: Text) -> str | None:
    """What a part of a loss is called, by `PARTS` and `Family.loss_parts`; None for what is no part."""
    if name in words:
        return text(words[name])
    numbered = NUMBERED.fullmatch(name)
    template = words.get(numbered[1] + "{n}") if numbered else None
    return text(template).format(n=numbered[2]) if numbered and template else None


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
