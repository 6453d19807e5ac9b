"""What all figures have in common: colours, what D's scores are called, and a figure without data to begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import plotly.graph_objects as go

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

# What the axis is called along which D's output lies, by `Family.d_output`.
SCORE_TITLES = {
    "logit": "D's probability",
    "critic": "Critic's score",
    "energy": "Energy, lower is more real",
}

MARK = {"color": GREY, "dash": "dot", "width": 1}

Text = Callable[[str], str]


def empty_figure(name: str, x_title: str, y_title: str) -> go.Figure:
    """A figure without data, with the titles of its axes. Figures of one `name` keep the reader's zoom."""
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


def reference_line(
    figure: go.Figure, ends: tuple[float, float], value: float, name: str, hover: str | None = None
) -> None:
    """Add a dotted line at `value`. Its name stands in the legend, where no curve can run through it.

    Args:
        figure: Where it is added.
        ends: Its first and last place on the x axis.
        value: Its height.
        name: In the legend.
        hover: The template of what pointing at the line shows; by default nothing.
    """
    figure.add_scatter(
        x=list(ends),
        y=[value, value],
        name=name,
        mode="lines",
        line={"color": GREY, "dash": "dot", "width": 1.5},
        hovertemplate=hover,
        hoverinfo=None if hover else "skip",
    )


def mark_steps(figure: go.Figure, marks: Mapping[int, str], name: str) -> None:
    """Mark steps by thin lines with a triangle at their feet, which shows a text when it is pointed at.

    Args:
        figure: Where they are added.
        marks: Text by step.
        name: Of the triangles in the legend.
    """
    if not marks:
        return
    for step in marks:
        figure.add_vline(step, line=MARK)
    figure.add_scatter(
        x=list(marks),
        y=[0] * len(marks),
        yaxis="y2",
        name=name,
        mode="markers",
        marker={"symbol": "triangle-up", "size": 9, "color": GREY},
        hovertext=list(marks.values()),
        hovertemplate="%{hovertext}",
    )
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True})
