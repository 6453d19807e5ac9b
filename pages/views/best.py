"""Best of: what the discriminator likes among many pictures, and what it costs in variety to keep only that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from gan_core.figures import class_bars, score_histogram
from gan_core.latent import Samples, effective_classes, pixel_diversity, rank_samples, to_raw_output
from gan_core.models.checkpoint import Checkpoint
from pages.components.chart import live_chart
from pages.components.images import Group, image_groups
from pages.ui import url_state
from pages.ui.messages import note_line
from pages.ui.scores import d_output_of, score_meaning, score_text
from pages.ui.sources import Source, version
from pages.ui.text import _
from pages.views import state
from pages.views.classifier import class_names, classifier_of, has_classes
from pages.views.fields import IN_TURN, class_choice, seed_field

if TYPE_CHECKING:  # as in `classes`
    from gan_core.evaluation import Classifier

SHOWN = 24  # pictures of each group
COLUMNS = 6
GROUPS = 20  # random choices that the best are compared with


@dataclass(frozen=True)
class Classes:
    """The class of every picture, int64 (N,), and what the classes are called."""

    labels: Tensor
    names: tuple[str, ...]

    def shares(self, rows: slice) -> np.ndarray:
        """The share of each class among some of the pictures."""
        labels = self.labels[rows]
        return torch.bincount(labels, minlength=len(self.names)).numpy() / len(labels)


def best_view(source: Source, checkpoint: Checkpoint) -> None:
    """The best of many random pictures by the score of D, beside as many at random."""
    st.caption(
        _(
            "D rates many random pictures, and only those it finds most real are kept. What do the best have in "
            "common, and what is missing among them? Keep less and watch their variety."
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        drawn = url_state.slider("drawn", _("Pictures drawn"), width=170)
        keep = url_state.slider("keep", _("Kept, in percent"), width=170)
        label = (
            class_choice(checkpoint.latent_spec, _("all, at random"))
            if checkpoint.latent_spec.choice_labels
            else IN_TURN
        )
        seed = seed_field()
    rated = _rated(source, checkpoint, drawn, seed, None if label == IN_TURN else int(label))
    kept = max(2, round(len(rated) * keep / 100))
    picked = _at_random(len(rated), kept, seed)
    if rated.scores is None:
        note_line(_("This model came without a discriminator, so nobody can choose. These are pictures at random."))
        _pictures(source, checkpoint, rated, seed)
        return
    classes = _classes(checkpoint, rated) if label == IN_TURN else None
    d_output = d_output_of(checkpoint.family)
    _numbers(rated, kept, picked, classes, d_output)
    _pictures(source, checkpoint, rated, seed)
    _charts(rated, kept, classes, d_output)


def _rated(source: Source, checkpoint: Checkpoint, drawn: int, seed: int, label: int | None) -> Samples:
    """What is asked for; the last one is kept, so that another fraction needs no new pictures."""
    wanted = (source.ref, version(source), drawn, seed, label)
    key, rated = st.session_state.get("best_rated", (None, None))
    if key != wanted:
        bar = st.empty()
        rated = rank_samples(
            checkpoint,
            drawn,
            seed=seed,
            label=label,
            progress=lambda done: bar.progress(done, text=_("Drawing and rating pictures")),
        )
        bar.empty()
        st.session_state["best_rated"] = (wanted, rated)
    return rated


def _at_random(n: int, size: int, seed: int) -> list[Tensor]:
    """`GROUPS` times `size` indices below `n`, without repetition within each; the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randperm(n, generator=generator)[:size] for _group in range(GROUPS)]


def _numbers(rated: Samples, kept: int, picked: list[Tensor], classes: Classes | None, d_output: str) -> None:
    """The best beside as many at random: a small choice of any kind has fewer classes than the whole."""
    with st.container(horizontal=True, gap="medium"):
        _number(
            {
                "logit": _("D's score of the best"),
                "critic": _("Critic's score of the best"),
                "energy": _("Energy of the best"),
            }[d_output],
            lambda rows: to_raw_output(d_output, rated.scores[rows]).mean().item(),
            kept,
            picked,
            score_meaning(d_output),
            decimals=4 if d_output == "energy" else 2,
        )
        _number(
            _("Their variety"),
            lambda rows: pixel_diversity(rated.images[rows]),
            kept,
            picked,
            _("Root mean square difference of the pixels of two pictures, over all pairs. 0: all the same."),
        )
        if classes is not None:
            _number(
                _("Classes among them"),
                lambda rows: effective_classes(classes.labels[rows], len(classes.names)),
                kept,
                picked,
                _("How many classes there are, a class counting the less the rarer it is."),
            )


def _number(
    label: str,
    measure: Callable[[Tensor], float],
    kept: int,
    picked: list[Tensor],
    help_text: str,
    decimals: int = 2,
) -> None:
    usual = mean(measure(rows) for rows in picked)
    comparison = _("{n} at random").format(n=f"{usual:.{decimals}f}")
    best = measure(torch.arange(kept))
    st.metric(
        label, f"{best:.{decimals}f}", comparison, delta_color="off", delta_arrow="off", help=help_text, width="content"
    )


def _charts(rated: Samples, kept: int, classes: Classes | None, d_output: str) -> None:
    live_chart(
        score_histogram(rated.scores.numpy(), kept, d_output=d_output, text=_),
        key="scores",
        height=220,
        alt=_("How many pictures got which score from D"),
    )
    if classes is not None:
        live_chart(
            class_bars(
                [_(name) for name in classes.names], classes.shares(slice(kept)), classes.shares(slice(None)), text=_
            ),
            key="class_bars",
            height=220,
            alt=_("The share of each class among the best and among all"),
        )


def _classes(checkpoint: Checkpoint, rated: Samples) -> Classes | None:
    """The class that was asked for, or else what a classifier sees; None where nobody knows."""
    if rated.labels is not None:
        return Classes(rated.labels, checkpoint.latent_spec.class_names)
    if not has_classes(checkpoint):
        return None
    classifier = classifier_of(checkpoint)
    if classifier is None:
        return None
    return Classes(_seen(st.session_state["best_rated"][0], classifier, rated.images), class_names(checkpoint))


@st.cache_resource(max_entries=16, show_spinner=False)
def _seen(rated: tuple, _classifier: Classifier, _images: Tensor) -> Tensor:
    """The classes that the classifier sees in the pictures."""
    return _classifier.classify(_images)


def _pictures(source: Source, checkpoint: Checkpoint, rated: Samples, seed: int) -> None:
    order = torch.arange(len(rated))
    shown = {_("At random"): _at_random(len(rated), SHOWN, seed)[0]}
    if rated.scores is not None:
        shown = {_("Best"): order[:SHOWN], **shown, _("Worst"): order.flip(0)[:SHOWN]}

    def open_picture(group: int, index: int) -> None:
        row = list(shown.values())[group][index]
        history = state.history_of(source, checkpoint.latent_spec)
        state.open_vector(history, rated.z[row], 0)

    image_groups(
        [
            Group(title, "", rated.images[rows], _labels(rated, rows, d_output_of(checkpoint.family)))
            for title, rows in shown.items()
        ],
        key="best",
        label=_("Best, random and worst pictures"),
        columns=COLUMNS,
        cell=64,
        narrow_cell=56,
        on_open=open_picture,
    )


def _labels(rated: Samples, rows: Tensor, d_output: str) -> list[str]:
    if rated.scores is None:
        return [_("Picture {n}").format(n=index + 1) for index in range(len(rows))]
    return [score_text(d_output, score) for score in rated.scores[rows].tolist()]
