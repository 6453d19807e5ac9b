"""Plotly figures: data in, `go.Figure` out.

Backgrounds are transparent and everything but the data takes its colours from the template, so that a page can put its
own light or dark one in place of `style.NEUTRAL`, which is legible on both. `text` translates every visible string.
"""

from importlib.util import find_spec

from gan_core.errors import WorkshopError

if find_spec("plotly") is None:
    raise WorkshopError("figures need one more package: pip install plotly")

from gan_core.figures.curves import loss_curves, score_curves
from gan_core.figures.effects import effect_bars, effect_history
from gan_core.figures.readings import reading_curves
from gan_core.figures.shares import class_bars, probability_bars, score_histogram
from gan_core.figures.training import curves_of, run_curves
from gan_core.figures.walks import walk_lengths

__all__ = [
    "class_bars",
    "curves_of",
    "effect_bars",
    "effect_history",
    "loss_curves",
    "probability_bars",
    "reading_curves",
    "run_curves",
    "score_curves",
    "score_histogram",
    "walk_lengths",
]
