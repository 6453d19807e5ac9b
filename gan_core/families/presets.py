"""Settings that are known to work: one preset for each family, and for the forms of it that behave differently.

The papers' own settings are the families' defaults; they were made for GPUs and days. A preset reaches readable digits
in about a minute on one CPU core: narrow networks, learning rates of 1e-3, a short memory of the averaged generator,
and bfloat16 where that is quick. What each of them reached is kept beside it, see `promises`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.config import RunConfig
from gan_core.errors import ConfigError
from gan_core.families.registry import new_config

NEAREST = "Quick, enlarging by repetition"

QUICK = {"lr_g": 1e-3, "lr_d": 1e-3, "ema_decay": 0.99, "precision": "mixed", "snapshot_every": 50}


@dataclass(frozen=True)
class Preset:
    """A family with settings that override its defaults and those of `QUICK`.

    title: what tells it from the family's other presets
    """

    family: str
    steps: int
    settings: Mapping[str, Any]
    title: str = "Quick on a CPU"


PRESETS: dict[str, Preset] = {
    "vanilla": Preset("vanilla", 6000, {"lr_g": 2e-4, "lr_d": 2e-4}),
    "cgan": Preset("cgan", 3500, {}),
    "dcgan": Preset("dcgan", 1500, {"width": 32}),
    "dcgan-nearest": Preset("dcgan", 900, {"upsample": "nearest", "width": 16, "lr_g": 5e-3, "lr_d": 5e-3}, NEAREST),
    "cdcgan": Preset("cdcgan", 1500, {"width": 32}),
    "acgan": Preset("acgan", 1200, {"width": 32}),
    "infogan": Preset("infogan", 1200, {"width": 32, "lr_d": 2e-4}),
    "lapgan": Preset("lapgan", 800, {"width": 16}),
    "ebgan": Preset("ebgan", 700, {"width": 32, "pt_weight": 0.1}),
    "lsgan": Preset("lsgan", 1400, {"width": 32}),
    "wgan": Preset("wgan", 1500, {"width": 16, "n_critic": 2, "clip": 0.05}),
    "wgan_gp": Preset("wgan_gp", 1500, {"width": 16, "n_critic": 2}),
    "sngan": Preset("sngan", 900, {"width": 32, "n_critic": 2, "beta1": 0.0}),
    "r3gan": Preset("r3gan", 2500, {"width": 16, "penalty": 0.1, "schedule": "constant"}),
}


def presets_of(family: str) -> list[str]:
    """Names of a family's presets; the first has the name of the family."""
    return [name for name, preset in PRESETS.items() if preset.family == family]


def preset_settings(name: str) -> dict[str, Any]:
    """All that a preset decides. Raises `ConfigError` for an unknown name."""
    if name not in PRESETS:
        raise ConfigError("preset", "unknown preset {name!r}; known presets: {known}", name=name, known=list(PRESETS))
    preset = PRESETS[name]
    return {**QUICK, "steps": preset.steps, **preset.settings}


def preset_config(name: str, dataset: str = "strokes", **overrides: Any) -> RunConfig:
    """The config of a preset on a dataset. Raises `ConfigError` for unknown names and options that do not fit."""
    settings = preset_settings(name) | overrides
    return new_config(PRESETS[name].family, dataset, **settings)


def quick_config() -> RunConfig:
    """What "Train one now" starts: readable digits within half a minute on two CPU cores."""
    return preset_config("dcgan", "strokes", steps=1000)
