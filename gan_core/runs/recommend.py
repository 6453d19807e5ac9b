"""What to train on a person's own pictures: a config that fits their number and the machine, and why, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from gan_core.data import ImageData
from gan_core.errors import DataError, Message
from gan_core.families import RunConfig, get_family, preset_config
from gan_core.families.presets import FEW_IMAGES, FEW_IMAGES_OF_CLASSES
from gan_core.models.transfer import Start, nearest_model
from gan_core.training.device import resolve_device

MIN_PICTURES = 2
FEW = 20  # pictures; with fewer a generator can hardly do anything but repeat them
SMALL = 2000  # pictures; with more D does not learn them by heart in minutes
MIN_OF_CLASS = 4  # pictures of each class that a class needs to be asked for
ALIKE = 4.0  # mean standard deviation of a pixel over the pictures, of 255, below which they are all alike


@dataclass(frozen=True)
class Recommendation:
    """A run to start.

    Attributes:
        settings: Of a config of `preset`, by name; the path of the pictures is still to come.
        preset: What it starts from.
        classes: Whether the pictures are given with their classes.
        reasons: Why, a sentence each.
        warnings: What to expect of these pictures.
    """

    settings: Mapping[str, Any]
    preset: str
    classes: bool
    reasons: tuple[Message, ...]
    warnings: tuple[Message, ...]

    def config(self, data_path: str) -> RunConfig:
        """The config of a run on the pictures at a path."""
        return preset_config(self.preset, "folder", data_path=data_path, **self.settings)


def recommend(counts: Mapping[str, int], *, colored: bool, spread: float, device: str | None = None) -> Recommendation:
    """A run for pictures of which this is known.

    Args:
        counts: Number of pictures of each class; "" for those without one.
        colored: Whether they have colors.
        spread: Standard deviation of a pixel over the pictures, mean of all pixels, 0 .. 255.
        device: Type of the device to train on; None for the one at hand.

    Raises:
        DataError: There are fewer than two pictures.
    """
    count = sum(counts.values())
    if count < MIN_PICTURES:
        raise DataError("a GAN needs two pictures at least, better fifty; there are {count}", count=count)
    device = device or resolve_device("auto").type
    on_cpu = device == "cpu"
    classes = {name: number for name, number in counts.items() if name and number}
    rare = [name for name, number in classes.items() if number < MIN_OF_CLASS and len(classes) > 1]
    conditional = len(classes) > 1 and not rare and not counts.get("", 0)
    preset = FEW_IMAGES_OF_CLASSES if conditional else FEW_IMAGES
    settings: dict[str, Any] = {
        "image_size": 28 if not colored else 32 if on_cpu else 64,
        "channels": 3 if colored else 1,
        "augment": "none" if count >= SMALL else "color_translation_cutout" if colored else "translation",
        "batch_size": 32 if count < 64 else 64,
        "steps": (1500 if on_cpu else 4000) if count < SMALL else 3000,
        "snapshot_every": 20,
    }
    shape = preset_config(preset, "folder", data_path="-", **settings)
    start = nearest_model(shape, _blank(shape, list(classes) if conditional else []))
    if start is not None:
        settings["start_from"] = start.name
    return Recommendation(
        settings,
        preset,
        conditional,
        tuple(_reasons(shape, count, classes, conditional, start, on_cpu)),
        tuple(_warnings(count, counts, classes, rare, spread)),
    )


def _reasons(
    config: RunConfig, count: int, classes: Mapping[str, int], conditional: bool, start: Start | None, on_cpu: bool
) -> list[Message]:
    title = get_family(config.family).title
    reasons = [
        Message("{family}: with {count} classes, so that you can ask for one", family=title, count=len(classes))
        if conditional
        else Message("{family}: sharp pictures from narrow networks, which small sets train best", family=title),
        Message("{size} px, in colour", size=config.image_size)
        if config.channels == 3
        else Message("{size} px, grey, because your pictures have no colours", size=config.image_size),
    ]
    if start is not None:
        reasons.append(
            Message("it begins with the weights of {title}, which can already draw lines", title=start.title)
            if config.channels == 1
            else Message("it begins with the weights of {title}", title=start.title)
        )
    if config.augment == "translation":  # with 100 digits the other changes help less, see docs/benchmarks.md
        reasons.append(Message("shifts (DiffAugment): D would soon know {count} pictures by heart", count=count))
    elif config.augment != "none":
        reasons.append(
            Message("shifts, holes and colours (DiffAugment): D would soon know {count} pictures by heart", count=count)
        )
    reasons.append(
        Message("{steps:,} steps, some minutes on this processor", steps=config.steps)
        if on_cpu
        else Message("{steps:,} steps on this GPU", steps=config.steps)
    )
    return reasons


def _warnings(
    count: int, counts: Mapping[str, int], classes: Mapping[str, int], rare: list[str], spread: float
) -> list[Message]:
    warnings = []
    if count < FEW:
        warnings.append(
            Message("{count} pictures are very few: G will hardly draw anything but copies of them", count=count)
        )
    if spread < ALIKE:
        warnings.append(Message("your pictures are nearly all alike, so G will draw that one picture"))
    if rare:
        warnings.append(
            Message(
                "a class needs {needed} pictures, and these have fewer: {names}; this run goes without classes",
                needed=MIN_OF_CLASS,
                names=rare,
            )
        )
    elif len(classes) > 1 and counts.get("", 0):
        warnings.append(
            Message("pictures without a class: {count}; with them this run goes without classes", count=counts[""])
        )
    return warnings


def _blank(config: RunConfig, class_names: list[str]) -> ImageData:
    """Data of the shape of a config, one image of each class."""
    count = max(MIN_PICTURES, len(class_names))
    images = torch.zeros(count, config.channels, config.image_size, config.image_size, dtype=torch.uint8)
    labels = torch.arange(count) if class_names else None
    return ImageData("folder", images, labels, tuple(class_names))
