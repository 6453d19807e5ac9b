"""Model cards: JSON for people beside a checkpoint, which says where a model came from and how good it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, TypedDict, cast, get_args, get_origin, get_type_hints

from gan_core.files import atomic_path

# What keys were called in cards written before.
OLD_KEYS = {"recognised": "recognized"}
OLD_QUALITY_KEYS = {
    "floor": "real_vs_real",
    "class_agreement": "conditional_accuracy",
    "kernel_floor": "kernel_real_vs_real",
    "overlap": "prdc",
    "overlap_floor": "prdc_real_vs_real",
    "diversity_floor": "diversity_real_vs_real",
    "copying": "memorization_score",
    "class_imbalance_floor": "class_imbalance_real_vs_real",
}


class Card(TypedDict, total=False):
    """What is known of a model, none of which it needs to draw. Other keys may be there too.

    Attributes:
        title: One line for people.
        family: Name of the family.
        dataset: Name of the dataset that it was trained on.
        class_names: Names of the classes of that dataset, in order.
        image_size: Side of the images in pixels.
        channels: Of the images.
        steps: Training steps.
        seed: Of the run.
        device: Type of the device of the run.
        seconds: Training time.
        config: The `RunConfig` as JSON, without the path of the images.
        quality: `Quality.to_dict()`.
        source: Name of the file that an import came from.
        recognized: What was recognized in that file, in one sentence, as `Message.to_dict`; text in earlier versions.
        parameters: Number of the generator's parameters.
        assumptions: The answers to questions that the file leaves open, in English sentences.
        answers: The same by name of the question, see `exchange.Reading`.
        questions: The questions with all answers that may be right, so that an import is read again without a search.
    """

    title: str
    family: str
    dataset: str
    class_names: list[str]
    image_size: int
    channels: int
    steps: int
    seed: int
    device: str
    seconds: float
    config: dict[str, Any]
    quality: dict[str, Any]
    source: str
    recognized: dict[str, Any] | str
    parameters: int
    assumptions: list[str]
    answers: dict[str, dict[str, str]]
    questions: list[dict[str, Any]]


_TYPES: dict[str, tuple[type, ...]] = {
    name: tuple(get_origin(kind) or kind for kind in (get_args(hint) if isinstance(hint, UnionType) else (hint,)))
    for name, hint in get_type_hints(Card).items()
}


def as_card(values: object) -> Card:
    """A card from JSON that anybody may have written: a known key whose value has another type is left out."""
    if not isinstance(values, Mapping):
        return Card()
    renamed = _renamed(values, OLD_KEYS)
    if isinstance(quality := renamed.get("quality"), Mapping):
        renamed["quality"] = _renamed(quality, OLD_QUALITY_KEYS)
    return cast(
        Card, {name: value for name, value in renamed.items() if name not in _TYPES or _fits(value, _TYPES[name])}
    )


def read_card(path: Path) -> Card:
    """The card in a file; empty for a missing or damaged one, which is no reason to refuse the weights."""
    try:
        return as_card(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return Card()


def write_card(card: Card, path: Path) -> None:
    """Write a card, whole or not at all. Raises `OSError`."""
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    with atomic_path(path) as temporary:
        # What UTF-8 cannot encode, such as parts of a path under an old locale, becomes an escape, as JSON has it.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def without_path(card: Card) -> Card:
    """The card without the folder of its owner's images: a card goes to other people."""
    if "config" not in card:
        return card
    return {**card, "config": {name: value for name, value in card["config"].items() if name != "data_path"}}


def _renamed(values: Mapping[object, object], names: Mapping[str, str]) -> dict[str, object]:
    return {names.get(str(name), str(name)): value for name, value in values.items()}


def _fits(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, (*kinds, int) if float in kinds else kinds)
