"""The classifier of a model's dataset: found if it was trained before, else offered on a button."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from gan_core.data import DATASETS
from gan_core.models.checkpoint import Checkpoint
from gan_core.paths import gan_home
from pages.ui.messages import error_line, note_line
from pages.ui.text import _

if TYPE_CHECKING:  # torchmetrics takes a second to import, which only those who ask for classes should wait for
    from gan_core.evaluation import Classifier, ClassifierTraining


def has_classes(checkpoint: Checkpoint) -> bool:
    """Whether the model's card names a dataset with known classes."""
    spec = DATASETS.get(checkpoint.card.get("dataset"))
    return spec is not None and bool(spec.class_names)


def class_names(checkpoint: Checkpoint) -> tuple[str, ...]:
    """What the classifier's classes are called; the model `has_classes`."""
    return DATASETS[checkpoint.card["dataset"]].class_names


def classifier_of(checkpoint: Checkpoint) -> Classifier | None:
    """The classifier of the model's dataset if there is one, else a line and a button that trains it."""
    from gan_core.evaluation import kept_classifier

    shape = (checkpoint.card["dataset"], checkpoint.image_size, checkpoint.channels)
    classifier = kept_classifier(*shape)
    if classifier is None:
        _offer(*shape)
    return classifier


def _offer(*shape: str | int) -> None:
    from gan_core.evaluation import ClassifierTraining

    trainings, key = _trainings(), (str(gan_home()), *shape)
    training = trainings.get(key)
    if training is not None and training.running:
        _follow(training)
        return

    def begin() -> None:
        if key not in trainings or not trainings[key].running:  # another reader may have been quicker
            trainings[key] = ClassifierTraining(*shape)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        note_line(_("Telling classes apart needs a small classifier, which is trained once for all."))
        st.button(_("Train it (a minute or two)"), key="classifier", icon=":material/category:", on_click=begin)
    if training is not None and training.error:
        error_line(training.error)


@st.fragment(run_every=1)
def _follow(training: ClassifierTraining) -> None:
    if not training.running:
        st.rerun()
    st.progress(training.fraction or 0.0, text=_("Training the classifier: {what}").format(what=_(training.what)))


@st.cache_resource
def _trainings() -> dict[tuple, ClassifierTraining]:
    """Those of this server, which all readers share."""
    return {}
