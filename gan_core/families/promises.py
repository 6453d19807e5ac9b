"""What presets promise: the time and the quality that were measured, and pictures of it, kept with the workshop."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gan_core.files import atomic_path
from gan_core.paths import SHIPPED

FOLDER = SHIPPED / "presets"


@dataclass(frozen=True)
class Promise:
    """Measured on one core of a CPU with AMX, seed 0.

    seconds:   of training
    frechet:   distance to real images, in the features of the dataset's classifier
    floor:     the same between two sets of real images
    agreement: fraction of samples of the class asked for, or the purity of a code; None where classes cannot be chosen
    """

    seconds: float
    frechet: float
    floor: float
    agreement: float | None = None


def promise_of(preset: str, dataset: str) -> Promise | None:
    """What a preset promises on a dataset; None where it was not measured."""
    path = _path(preset, dataset)
    return Promise(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def picture_of(preset: str, dataset: str) -> Path | None:
    """A PNG of 32 samples of a preset after its training; None where there is none."""
    path = _path(preset, dataset).with_suffix(".png")
    return path if path.is_file() else None


def keep_promise(preset: str, dataset: str, promise: Promise) -> Path:
    """Write a promise down and return its file; the picture goes beside it, as .png."""
    path = _path(preset, dataset)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(promise)) + "\n", encoding="utf-8")
    return path


def _path(preset: str, dataset: str) -> Path:
    return FOLDER / f"{preset}-{dataset}.json"
