"""How much each entry of the latent vector does, where in the picture, and since when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from gan_core.figures.style import BLUE, Text, empty_figure
from gan_core.latent.effects import Effects

# The ways in which `Effects` measure, and what their axis is called.
MEASURES = {"pixels": "Effect", "class": "Class changes", "attribute": "Correlation"}
SCORE_CHANGES = {
    "logit": "Change of D score",
    "critic": "Change of the critic's score",
    "energy": "Change of the energy",
}


def effect_bars(
    effects: Effects,
    *,
    by: str = "pixels",
    names: Sequence[str] | None = None,
    d_output: str = "logit",
    text: Text = str,
) -> go.Figure:
    """The effect of every entry, strongest first.

    Args:
        effects: What is drawn.
        by: Which of `effects.measures` the bars show and are ranked by; pointing at a bar shows all of them.
        names: What to call the entries, in the order of `effects.entries`; by default their indices.
        d_output: See `Family.d_output`.
        text: Translates the words in the figure.
    """
    titles = MEASURES | {"score": SCORE_CHANGES[d_output]}
    name_of = dict(zip(effects.entries, names or map(str, effects.entries), strict=True))
    ranked = effects.ranked(by)
    rows = [effects.entries.index(entry) for entry in ranked]
    measures = effects.measures
    told = [f"{text(titles[name])} %{{customdata[{place}]:.4f}}" for place, name in enumerate(measures)]
    figure = empty_figure("effects", text("Entry"), text(titles[by]))
    figure.add_bar(
        x=[name_of[entry] for entry in ranked],
        y=measures[by][rows].numpy(),
        customdata=np.stack([strengths[rows].numpy() for strengths in measures.values()], axis=1),
        marker={"color": BLUE, "line": {"width": 0}},
        hovertemplate="<br>".join(["<b>%{x}</b>", *told]) + "<extra></extra>",
    )
    figure.update_layout(hovermode="closest", showlegend=False, bargap=0.15, margin_t=8)
    figure.update_xaxes(type="category", showgrid=False)  # else Plotly takes "5" for a number and sorts
    figure.update_yaxes(rangemode="tozero")
    return figure


def effect_history(steps: Sequence[int], strengths: np.ndarray, names: Sequence[str], *, text: Text = str) -> go.Figure:
    """The effect of every entry at every step, as a heat map; the entries in the order of their last effect.

    Args:
        steps: T of them, increasing; they have equal widths, so kept densely at first they show the beginning well.
        strengths: Float (E, T), from 0 up.
        names: What to call the E entries.
        text: Translates the words in the figure.
    """
    order = np.argsort(-strengths[:, -1], kind="stable")
    every = max(1, len(steps) // 8)
    figure = empty_figure("effect history", text("Step"), "")
    figure.add_heatmap(
        x=list(range(len(steps))),
        y=[names[row] for row in order],
        z=strengths[order],
        text=[[f"{step:,}" for step in steps]] * len(order),
        colorscale="Magma",
        colorbar={"title": {"text": text("Effect")}, "thickness": 12, "outlinewidth": 0},
        hovertemplate=f"<b>%{{y}}</b><br>{text('Step')} %{{text}}<br>{text('Effect')} %{{z:.4f}}<extra></extra>",
    )
    figure.update_layout(hovermode="closest", margin_t=8)
    figure.update_xaxes(
        tickvals=list(range(0, len(steps), every)),
        ticktext=[f"{step:,}" for step in steps[::every]],
        showgrid=False,
    )
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return figure
