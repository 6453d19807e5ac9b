"""Presets and failure demos of all families, and what the presets were measured to reach.

The papers' settings are the families' defaults, but for what `Family.unlike_paper` names; they were made for GPUs and
days. A preset reaches readable digits in about a minute on one CPU core: narrow networks, learning rates of 1e-3, a
short memory of the averaged generator, and bfloat16 where that is quick. A failure demo is a run that goes wrong on
purpose within a minute, one for each way in which a GAN fails; the health of the run has to name what is wrong.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gan_core.errors import ConfigError
from gan_core.families.config import RunConfig, new_config
from gan_core.families.registry import FAMILIES, QUICK_PRESET, FailureDemo, Family, Preset
from gan_core.files import atomic_path
from gan_core.paths import SHIPPED

QUICK = {"lr_g": 1e-3, "lr_d": 1e-3, "ema_decay": 0.99, "precision": "mixed", "snapshot_every": 50}
DEMO = {"ema_decay": 0.99, "precision": "mixed"}
FOLDER = SHIPPED / "presets"
FEW_IMAGES = "dcgan"  # the preset that suits a few images, see docs/benchmarks.md
FEW_IMAGES_OF_CLASSES = "cdcgan"


def all_presets() -> dict[str, Preset]:
    """All presets by name, in the order of their families."""
    return {name: preset for family in FAMILIES.values() for name, preset in family.presets.items()}


def presets_for(family: Family[Any], dataset: str) -> dict[str, Preset]:
    """A family's presets that may be tried on a dataset, by name: those made for it first."""
    offered = [item for item in family.presets.items() if item[1].dataset in (None, dataset)]
    return dict(sorted(offered, key=lambda item: item[1].dataset is None))


def preset_family(name: str) -> Family[Any]:
    """The family of a preset.

    Raises:
        ConfigError: There is no such preset.
    """
    for family in FAMILIES.values():
        if name in family.presets:
            return family
    raise ConfigError("preset", "unknown preset {name!r}; known presets: {known}", name=name, known=list(all_presets()))


def preset_dataset(name: str) -> str:
    """The dataset that a preset is made for; strokes for those that are made for none.

    Raises:
        ConfigError: There is no such preset.
    """
    return preset_family(name).presets[name].dataset or "strokes"


def preset_settings(name: str) -> dict[str, Any]:
    """All that a preset decides, but for its family.

    Raises:
        ConfigError: There is no such preset.
    """
    preset = preset_family(name).presets[name]
    return {**QUICK, "steps": preset.steps, **preset.settings}


def preset_config(name: str, dataset: str | None = None, **overrides: Any) -> RunConfig:
    """The config of a preset; overrides win.

    Args:
        name: Of the preset.
        dataset: None for the one that it is made for, or strokes.
        **overrides: Options of the config.

    Raises:
        ConfigError: There is no such preset, or options do not fit.
    """
    return new_config(preset_family(name).name, dataset or preset_dataset(name), **(preset_settings(name) | overrides))


def quick_config() -> RunConfig:
    """What "Train one now" starts: readable digits within half a minute on two CPU cores."""
    return preset_config(QUICK_PRESET, "strokes", steps=1000)


def all_failure_demos() -> dict[str, FailureDemo]:
    """All failure demos by name, in the order of their families."""
    return {name: demo for family in FAMILIES.values() for name, demo in family.failure_demos.items()}


def failure_demo_settings(name: str) -> dict[str, Any]:
    """All that a failure demo decides, but for its family.

    Raises:
        ConfigError: There is no such demo.
    """
    demo = _demo_family(name).failure_demos[name]
    return {**DEMO, "steps": demo.steps, "snapshot_every": demo.steps // 12, **demo.settings}


def failure_demo_config(name: str, **overrides: Any) -> RunConfig:
    """The config of a failure demo, on the built-in strokes; overrides win.

    Raises:
        ConfigError: There is no such demo.
    """
    return new_config(_demo_family(name).name, "strokes", **(failure_demo_settings(name) | overrides))


def _demo_family(name: str) -> Family[Any]:
    for family in FAMILIES.values():
        if name in family.failure_demos:
            return family
    raise ConfigError(
        "failure_demo", "there is no {name!r}; there are: {known}", name=name, known=list(all_failure_demos())
    )


@dataclass(frozen=True)
class PresetBenchmark:
    """What a preset reached on one core of a CPU with AMX, seed 0.

    Attributes:
        seconds: Of training.
        frechet: Distance to real images, in the features of the dataset's classifier.
        floor: The same between two sets of real images.
        agreement: Fraction of samples of the class asked for, or the purity of a code; None where classes cannot be
            chosen.
    """

    seconds: float
    frechet: float
    floor: float
    agreement: float | None = None


def load_benchmark(preset: str, dataset: str) -> PresetBenchmark | None:
    """What a preset reached on a dataset; None where it was not measured."""
    path = _benchmark_path(preset, dataset)
    return PresetBenchmark(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def benchmark_image(preset: str, dataset: str) -> Path | None:
    """A PNG of 32 samples of a preset after its training; None where there is none."""
    path = _benchmark_path(preset, dataset).with_suffix(".png")
    return path if path.is_file() else None


def save_benchmark(preset: str, dataset: str, benchmark: PresetBenchmark) -> Path:
    """Write a benchmark and return its file; the image goes beside it, as .png."""
    path = _benchmark_path(preset, dataset)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(benchmark)) + "\n", encoding="utf-8")
    return path


def _benchmark_path(preset: str, dataset: str) -> Path:
    return FOLDER / f"{preset}-{dataset}.json"
