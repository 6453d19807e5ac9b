"""The registry of families, and the rules that tie a family's options together."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gan_core.config import IMAGE_SIZES, RunConfig
from gan_core.data import DATASETS, ImageData
from gan_core.errors import ConfigError, Message
from gan_core.families.gan import GAN

# Options that belong to some families only; all others apply to every family.
FAMILY_OPTIONS = frozenset(
    {
        "backbone",
        "size",
        "width",
        "upsample",
        "categories",
        "codes",
        "detail_size",
        "objective",
        "label_smoothing",
        "clip",
        "penalty",
        "margin",
        "pt_weight",
        "class_weight",
        "info_weight",
    }
)


@dataclass(frozen=True)
class Family:
    """One kind of GAN.

    options:     which of `FAMILY_OPTIONS` apply
    defaults:    where its good settings differ from `RunConfig`'s own defaults
    variants:    for values of its options, the good settings that go with them: {option: {value: settings}}
    conditional: whether it needs a labelled dataset
    build:       (config, data) -> freshly initialised GAN
    game:        its class, called with (generator, discriminator, latent) for the networks of trained checkpoints
    """

    name: str
    title: str
    summary: str
    paper: str
    build: Callable[[RunConfig, ImageData], GAN]
    game: type[GAN]
    options: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Mapping[Any, Mapping[str, Any]]] = field(default_factory=dict)
    conditional: bool = False
    image_sizes: tuple[int, ...] = IMAGE_SIZES

    @property
    def score(self) -> str:
        """What D says of an image: "probability", "critic" or "energy", see `GAN`."""
        return self.game.score


FAMILIES: dict[str, Family] = {}

# What stands in place of a family where another script trained a generator: which game it played is not known.
IMPORTED = "imported"
IMPORTED_TITLE = "Imported generator"


def register(family: Family) -> None:
    if family.name in FAMILIES:
        raise ValueError(f"there is already a family called {family.name}")
    FAMILIES[family.name] = family


def get_family(name: str) -> Family:
    """Raises `ConfigError` for an unknown name, with the nearest known one."""
    if not isinstance(name, str) or name not in FAMILIES:
        name = str(name)
        near = difflib.get_close_matches(name, FAMILIES, n=1)
        hint = (
            Message("did you mean {name}?", name=near[0])
            if near
            else Message("known families: {known}", known=list(FAMILIES))
        )
        raise ConfigError("family", "unknown family {name!r}; {hint}", name=name, hint=hint)
    return FAMILIES[name]


def family_title(name: str) -> str:
    """What people call a family, or `IMPORTED`. Raises `ConfigError` for an unknown name."""
    return IMPORTED_TITLE if name == IMPORTED else get_family(name).title


def new_config(family: str, dataset: str = "strokes", **overrides: Any) -> RunConfig:
    """A config with the family's good settings and the dataset's own image size and channels; overrides win.

    Raises `ConfigError` for unknown names and for options that do not fit.
    """
    known = get_family(family)
    defaults = dict(known.defaults)
    for option, values in known.variants.items():
        defaults |= values.get(overrides.get(option, defaults.get(option)), {})
    if isinstance(dataset, str) and dataset in DATASETS:
        defaults |= {"image_size": DATASETS[dataset].image_size, "channels": DATASETS[dataset].channels}
    config = RunConfig.create(**{"family": family, "dataset": dataset, **defaults, **overrides})
    check(config)
    return config


def check(config: RunConfig) -> None:
    """Raises `ConfigError`, naming the field, when the options of a config do not fit together."""
    family = get_family(config.family)
    if config.dataset not in DATASETS:
        raise ConfigError(
            "dataset", "unknown dataset {name!r}; known datasets: {known}", name=config.dataset, known=list(DATASETS)
        )
    if config.dataset == "folder" and not config.data_path:
        raise ConfigError("data_path", "the dataset folder needs the path of a directory or zip of images")
    if config.image_size not in family.image_sizes:
        raise ConfigError(
            "image_size",
            "{family} builds {sizes} px, not {size}",
            family=family.title,
            sizes=list(family.image_sizes),
            size=config.image_size,
        )
    fields = RunConfig.model_fields
    for option in sorted(FAMILY_OPTIONS - family.options):
        if getattr(config, option) != family.defaults.get(option, fields[option].default):
            raise ConfigError(option, "does not apply to {family}; leave it out", family=family.title)


def check_data(config: RunConfig, data: ImageData) -> None:
    """Raises `ConfigError` when a family cannot learn from a dataset."""
    family = get_family(config.family)
    if family.conditional and data.num_classes < 2:
        raise ConfigError(
            "dataset",
            "{family} needs labelled images of two classes or more; {reason}",
            family=family.title,
            reason=data.lack_of_classes,
        )
    if (data.image_size, data.channels) != (config.image_size, config.channels):
        raise ConfigError(
            "image_size",
            "{name} is {size} px with {channels} channels",
            name=data.name,
            size=data.image_size,
            channels=data.channels,
        )
