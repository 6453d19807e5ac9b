"""The list of datasets."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from gan_core.errors import ConfigError

Progress = Callable[[str, float | None], None]
"""Called with the current activity and the fraction done, 0 .. 1, or None while that is unknown.

The activity is one of: looking for a cached copy, waiting for another loader of the same data, drawing digits,
painting portraits, downloading, unpacking, reading images, saving a copy for next time.
"""

IMAGE_SIZES = (28, 32, 64)
DIGIT_NAMES = tuple("0123456789")
HAIR_CUTS = ("bald", "crew cut", "quiff", "mohawk", "afro", "bob", "long hair", "ponytail", "bun", "pigtails")


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset as it is offered to people.

    Attributes:
        name: As in `RunConfig.dataset`.
        title: English, for people.
        summary: One English sentence.
        image_size: Native height and width: 28, 32 or 64.
        channels: Native: 1 (gray) or 3 (RGB).
        class_names: Empty if unlabeled, or unknown until loaded.
        needs_download: Whether the images have to be fetched once.
    """

    name: str
    title: str
    summary: str
    image_size: int
    channels: int
    class_names: tuple[str, ...]
    needs_download: bool


_SPECS = (
    DatasetSpec(
        "strokes",
        "Strokes",
        "Digits that the workshop draws itself in the manner of handwriting; needs no download.",
        28,
        1,
        DIGIT_NAMES,
        False,
    ),
    DatasetSpec(
        "faces",
        "Faces",
        "Portraits in colour that the workshop paints itself, with ten hair cuts; needs no download.",
        64,
        3,
        HAIR_CUTS,
        False,
    ),
    DatasetSpec("mnist", "MNIST", "Sixty thousand handwritten digits.", 28, 1, DIGIT_NAMES, True),
    DatasetSpec(
        "fashion_mnist",
        "Fashion-MNIST",
        "Sixty thousand small photographs of clothes, shoes and bags.",
        28,
        1,
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        True,
    ),
    DatasetSpec(
        "kmnist",
        "Kuzushiji-MNIST",
        "Sixty thousand handwritten Japanese characters from old books, in ten classes.",
        28,
        1,
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        True,
    ),
    DatasetSpec(
        "cifar10",
        "CIFAR-10",
        "Fifty thousand tiny colour photographs of ten kinds of animals and vehicles.",
        32,
        3,
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        True,
    ),
    DatasetSpec("celeba", "CelebA", "Some 160,000 portraits of well-known people, without classes.", 64, 3, (), True),
    DatasetSpec(
        "folder", "Your own images", "A directory or a zip of images, one sub-folder per class.", 32, 3, (), False
    ),
)

DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in _SPECS}


def dataset_spec(name: str) -> DatasetSpec:
    """The entry of that name.

    Raises:
        ConfigError: The name is unknown.
    """
    name = str(name)
    if name in DATASETS:
        return DATASETS[name]
    near = difflib.get_close_matches(name, DATASETS, n=1)
    known = list(DATASETS)
    if near:
        raise ConfigError(
            "dataset",
            "unknown dataset {name!r}; did you mean {near}? Known: {known}",
            name=name,
            near=near[0],
            known=known,
        )
    raise ConfigError("dataset", "unknown dataset {name!r}; Known: {known}", name=name, known=known)
