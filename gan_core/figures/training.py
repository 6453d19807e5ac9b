"""The curves of a run: as two figures for a page, or in one for notebooks and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from gan_core.families import Family, get_family
from gan_core.figures.curves import loss_curves, score_curves
from gan_core.figures.style import MARK, Text, mark_steps
from gan_core.runs import Run, RunStore, RunView, StoredRun
from gan_core.series import Series

MAX_POINTS = 600  # of a curve
WINDOW = 20  # points that the smooth line averages over
HEIGHT = 360  # pixels


def run_curves(
    family: Family[Any], series: Mapping[str, Series], *, changes: Mapping[int, str] | None = None, text: Text = str
) -> tuple[go.Figure, go.Figure]:
    """The losses of both networks and D's scores, as two figures.

    Args:
        family: Of the run; it names the parts of its losses and the kind of D's output.
        series: The metrics of the run, by name.
        changes: What changed after which step of the run, in words.
        text: Translates the words in the figures.
    """
    smoothing = max(0.0, 1 - WINDOW / max((len(curve.steps) for curve in series.values()), default=1))
    losses = loss_curves(
        series,
        parts=family.loss_parts,
        wasserstein=family.estimates_wasserstein,
        smoothing=smoothing,
        text=text,
    )
    scores = score_curves(series, d_output=family.d_output, smoothing=smoothing, text=text)
    for figure in (losses, scores):
        mark_steps(figure, changes or {}, text("Changes"))
    return losses, scores


def curves_of(run: Run | RunView | str, *, store: RunStore | None = None, text: Text = str) -> go.Figure:
    """The losses of both players and D's scores of a run, side by side.

    Args:
        run: As `train` returns it, its id, or a recording of one.
        store: Where it is kept, by default in `gan_home()`.
        text: Translates the words in the figure.

    Raises:
        RunError: If there is no such run.
    """
    run_id = run.id if isinstance(run, Run) else run
    view = StoredRun(store or RunStore(), run_id) if isinstance(run_id, str) else run_id
    config = view.run.config
    changes = {
        change.step: ", ".join(f"{name} = {value}" for name, value in change.settings.items())
        for change in config.changes
    }
    parts = run_curves(get_family(config.family), view.metrics(MAX_POINTS), changes=changes, text=text)
    figure = make_subplots(cols=len(parts), horizontal_spacing=0.09)
    for column, part in enumerate(parts, start=1):
        figure.add_traces([trace for trace in part.data if trace.yaxis is None], rows=1, cols=column)
        for step in changes:
            figure.add_vline(step, line=MARK, col=column)
        figure.update_xaxes(title=part.layout.xaxis.title, col=column)
        figure.update_yaxes(title=part.layout.yaxis.title, range=part.layout.yaxis.range, col=column)
    legend = {"orientation": "h", "y": 1.15}
    return figure.update_layout(template=parts[0].layout.template, height=HEIGHT, legend=legend)
