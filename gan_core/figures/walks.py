"""The length of the latent vector along a walk."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from gan_core.figures.style import BLUE, VERMILION, Text, empty_figure, reference_line


def walk_lengths(lengths: Mapping[str, np.ndarray], typical: float, *, text: Text = str) -> go.Figure:
    """The length of the latent vector along a walk.

    Args:
        lengths: Of "spherical" and "straight", each float (frames,).
        typical: The length of random vectors, drawn as a line.
        text: Translates the words in the figure.
    """
    figure = empty_figure("walk", text("Frame"), text("Length of z"))
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
    reference_line(figure, (0, frames - 1), typical, text("Random vectors"))
    figure.update_yaxes(rangemode="tozero")
    return figure
