"""The ways to find a direction. Each explains itself, and puts the controls that it needs into a row of them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.evaluation import Classifier, kept_classifier
from gan_core.latent import (
    activation_directions,
    base_vectors,
    class_direction,
    group_direction,
    leave_one_out_accuracy,
    weight_directions,
)
from gan_core.latent_spec import LatentSpec
from gan_core.models.checkpoint import Checkpoint
from pages.components.groups import Groups, group_picker
from pages.ui import url_state
from pages.ui.messages import note_line
from pages.ui.sources import Source, version
from pages.ui.text import _
from pages.ui.url_parameters import PARAMETERS

OVERVIEW = 5  # directions side by side
MAX_DIRECTIONS = 12
FIRST_PICTURES, MAX_PICTURES = PARAMETERS["pictures"].low, PARAMETERS["pictures"].high
MORE_PICTURES = 48
FIRST_GROUP = 8  # pictures that each group begins with
PICTURES_SEED = 1
CLASSIFIED = 2000  # samples from which the mean of each class is found


@dataclass(frozen=True)
class DirectionSet:
    """Directions that were found together.

    Attributes:
        directions: Float32 (D, size).
        names: Their D names, translated.
        found_by: The method: "pca", "sefa", "classes", "groups".
        start: The class that base vectors must have; None if any will do.
        between_classes: Whether they lead through class weights instead of noise, so that 1 is the whole way.
    """

    directions: Tensor
    names: list[str]
    found_by: str
    start: int | None = None
    between_classes: bool = False


def by_activations(source: Source, checkpoint: Checkpoint, row: DeltaGenerator) -> DirectionSet:
    """Principal components of the activations (GANSpace; Härkönen et al. 2020, arXiv:2004.02546)."""
    st.caption(
        _(
            "Activations after the first layer are measured for {n} random vectors. Their principal components, mapped "
            "back to latent space by least squares, are the directions, strongest first (Härkönen et al. 2020)."
        ).format(n=1024)
    )
    with st.spinner(_("Finding directions")):
        directions = _strongest(source.ref, version(source), "pca", checkpoint)
    return _one_or_the_first(directions, "pca", row)


def by_weights(source: Source, checkpoint: Checkpoint, row: DeltaGenerator) -> DirectionSet:
    """Eigenvectors of the first layer (SeFa; Shen & Zhou 2021, arXiv:2007.06600)."""
    st.caption(
        _(
            "No samples at all: the directions are the eigenvectors of WᵀW, where W are the weights of the layer that "
            "takes the noise. The first is the one which that layer stretches most (Shen & Zhou 2021)."
        )
    )
    return _one_or_the_first(_strongest(source.ref, version(source), "sefa", checkpoint), "sefa", row)


@st.cache_resource(max_entries=64, show_spinner=False)
def _strongest(ref: str, version: int, method: str, _checkpoint: Checkpoint) -> Tensor:
    find = {"pca": activation_directions, "sefa": weight_directions}[method]
    return find(_checkpoint, min(MAX_DIRECTIONS, _checkpoint.latent_spec.noise_size))


def _one_or_the_first(directions: Tensor, found_by: str, row: DeltaGenerator) -> DirectionSet:
    """The direction that the reader chose, or the first few side by side."""
    first = min(OVERVIEW, len(directions))
    titles = {"0": _("the first {n}").format(n=first)} | {str(n + 1): str(n + 1) for n in range(len(directions))}
    with row:
        chosen = int(url_state.select("direction", _("Direction"), titles, width=150))
    numbers = [chosen] if chosen else range(1, first + 1)
    names = [_("direction {n}").format(n=number) for number in numbers]
    return DirectionSet(torch.stack([directions[number - 1] for number in numbers]), names, found_by)


def can_find_classes(checkpoint: Checkpoint) -> bool:
    """Whether classes can be distinguished: by the model itself or by a trained classifier."""
    return len(checkpoint.latent_spec.class_names) > 1 or _classifier(checkpoint) is not None


def by_classes(source: Source, checkpoint: Checkpoint, row: DeltaGenerator) -> DirectionSet:
    """From one class to another, or towards one."""
    spec = checkpoint.latent_spec
    if spec.class_names:
        return _between_class_weights(spec, row)
    with st.spinner(_("Finding directions")):
        means = _class_means(source.ref, version(source), checkpoint)
    st.caption(
        _(
            "This model was never told a class. A classifier trained on {dataset} named {n} of its pictures; the "
            "direction leads away from the vectors of all other classes towards those of one, by Fisher's discriminant."
        ).format(dataset=checkpoint.card["dataset"], n=f"{CLASSIFIED:,}")
    )
    with row:
        label = _class_field("to", _("Towards class"), {label: str(label) for label in sorted(means)}, min(means))
    return DirectionSet(means[label][None], [_("class {name}").format(name=label)], "classes")


def _between_class_weights(spec: LatentSpec, row: DeltaGenerator) -> DirectionSet:
    st.caption(
        _(
            "This model takes a weight for each class. A step of 1 turns one class wholly into another; 0.5 is half of "
            "each, and beyond 1 the difference is exaggerated."
        )
    )
    titles = {label: _(name) for label, name in enumerate(spec.class_names)}
    with row:
        start = _class_field("from", _("From class"), titles, 0)
        end = _class_field("to", _("Towards class"), titles, 1)
    names = [f"{titles[start]} → {titles[end]}"]
    return DirectionSet(class_direction(spec, start, end)[None], names, "classes", start, between_classes=True)


def _class_field(name: str, label: str, titles: dict[int, str], default: int) -> int:
    words = {str(number): title for number, title in titles.items()}
    return int(url_state.select(name, label, words, str(default), width=150))


def _classifier(checkpoint: Checkpoint) -> Classifier | None:
    dataset = checkpoint.card.get("dataset")
    return kept_classifier(dataset, checkpoint.image_size, checkpoint.channels) if isinstance(dataset, str) else None


@st.cache_resource(max_entries=16, show_spinner=False)
def _class_means(ref: str, version: int, _checkpoint: Checkpoint) -> dict[int, Tensor]:
    """The direction towards each class, by its number, as far as the generator draws it."""
    spec, classifier = _checkpoint.latent_spec, _classifier(_checkpoint)
    vectors = base_vectors(spec, CLASSIFIED, 0)
    predicted = classifier.predict(classifier.features(_checkpoint.draw(vectors)))
    return {
        label: group_direction(spec, vectors[predicted != label], vectors[predicted == label])[0]
        for label in predicted.unique().tolist()
        if (predicted != label).any()
    }


def by_groups(source: Source, checkpoint: Checkpoint, _row: DeltaGenerator) -> DirectionSet:
    """Between two groups of pictures that the reader sorts."""
    spec = checkpoint.latent_spec
    st.caption(
        _(
            "Choose something that some pictures have and others have not, say a slant. Press a picture once to put it "
            "into the group with it, twice for the group without, a third time to take it out. The direction leads "
            "from one group to the other. To begin with, the brightest pictures are with, the darkest without."
        )
    )
    shown = url_state.read_int("pictures")
    vectors = base_vectors(spec, shown, PICTURES_SEED)
    images = checkpoint.draw(vectors)
    groups = _chosen_groups(images)
    group_picker(images, groups, key=url_state.widget_key("groups"), on_change=_choose)
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("More pictures"),
            icon=":material/add:",
            key="groups_more",
            disabled=shown + MORE_PICTURES > MAX_PICTURES,
            on_click=lambda: url_state.write("pictures", shown + MORE_PICTURES),
        )
        st.button(_("Take all out"), key="groups_clear", on_click=lambda: _choose(Groups((), ())))
    return _between_groups(source, spec, vectors, groups)


def _between_groups(source: Source, spec: LatentSpec, vectors: Tensor, groups: Groups) -> DirectionSet:
    """The direction between two groups; while one is empty, the last one that was found."""
    negatives, positives = vectors[list(groups.negatives)], vectors[list(groups.positives)]
    try:
        direction, method = group_direction(spec, negatives, positives)
    except LatentError as error:
        ref, found = st.session_state.get("groups_found", (None, None))
        if ref != source.ref:
            raise
        note_line(error)
        return found
    note_line(_trust(spec, negatives, positives, method))
    found = DirectionSet(direction[None], [_("your direction")], "groups")
    st.session_state["groups_found"] = (source.ref, found)
    return found


def _trust(spec: LatentSpec, negatives: Tensor, positives: Tensor, method: str) -> str:
    how = {
        "means": _("{a} pictures with, {b} without: the direction is the difference of their means."),
        "fisher": _("{a} pictures with, {b} without, enough for Fisher's discriminant."),
    }[method].format(a=len(positives), b=len(negatives))
    agreement = leave_one_out_accuracy(spec, negatives, positives)
    if agreement is None:
        return how
    trust = _("A direction from all others puts {share} of them on the right side; {half} would be chance.").format(
        share=f"{agreement:.0%}", half="50%"
    )
    return f"{how} {trust}"


def _chosen_groups(images: Tensor) -> Groups:
    """The groups in the URL; at first the brightest and the darkest of the first pictures."""
    text = url_state.read_unshown("groups")
    if not text:
        order = images[:FIRST_PICTURES].float().mean((1, 2, 3)).argsort(stable=True).tolist()
        return Groups(tuple(sorted(order[-FIRST_GROUP:])), tuple(sorted(order[:FIRST_GROUP])))
    positives, _dash, negatives = text.partition("-")
    first = _indices(positives, len(images))
    return Groups(first, tuple(index for index in _indices(negatives, len(images)) if index not in first))


def _choose(groups: Groups) -> None:
    url_state.write("groups", "-".join(".".join(map(str, group)) for group in (groups.positives, groups.negatives)))


def _indices(text: str, limit: int) -> tuple[int, ...]:
    """Numbers below `limit` with dots between them, each once and in order; anything else in the URL is ignored."""
    words = {word for word in text[: 5 * limit].split(".") if word.isascii() and word.isdigit() and len(word) < 5}
    return tuple(sorted(index for index in map(int, words) if index < limit))
