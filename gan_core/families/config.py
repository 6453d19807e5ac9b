"""`RunConfig`: everything that determines a training run.

>>> config = RunConfig.create(family="wgan_gp", steps=500, gradient_penalty=5)
>>> config.steps, config.options.gradient_penalty
(500, 5.0)
>>> RunConfig.from_json(config.to_json()) == config
True
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, model_validator

from gan_core.data import DATASETS, ImageData
from gan_core.errors import ConfigError, Message
from gan_core.families.changes import Change, with_change
from gan_core.families.options import FamilyOptions, FormField, PlainModel, checked, form_fields, hint, option
from gan_core.families.registry import DEFAULT_FAMILY, FAMILIES, get_family
from gan_core.families.renamed import RENAMED, names_of_today


class RunConfig(PlainModel):
    """A frozen, validated, serialisable description of one run. A run is reproducible from it.

    `family` and `options`, the family's own, say what is trained; the other fields are the same for every family. The
    keywords of `create` and `replace` are flat: an option of the family is named like any other.

    Some options can change while a run trains (see `knobs`). The changes are a part of the config, and `at` gives the
    options of a step.

    Attributes:
        options: An instance of the family's `Family.options`.
    """

    family: str = Field(DEFAULT_FAMILY, description="Which GAN to train.")
    options: SerializeAsAny[FamilyOptions] = FamilyOptions()

    # Data
    dataset: str = Field("strokes", description="What the discriminator sees as real.")
    data_path: str | None = Field(None, description="Directory or zip of images, for the dataset `folder`.")
    start_from: str | None = Field(
        None, description="Model or run whose weights the run begins with, as far as their shapes fit."
    )
    image_size: Literal[28, 32, 64] = option(
        28, "Image size", "Height and width of the images in pixels.", group="images"
    )
    channels: Literal[1, 3] = option(
        1, "Colours", "1 for grey, 3 for colour.", group="images", labels={1: "grey", 3: "colour"}
    )
    mirror: Literal["never", "half"] = option(
        "never",
        "Mirror",
        "Whether half of the real images are shown with left and right exchanged: fits faces, not writing.",
        group="images",
        labels={"never": "never", "half": "half of them"},
    )
    augment: Literal["none", "translation", "translation_cutout", "color_translation_cutout"] = option(
        "none",
        "Augmentation",
        "DiffAugment: random changes to all images that D sees, real and fake, so that it cannot learn a few hundred "
        "images by heart.",
        group="images",
        labels={
            "none": "none",
            "translation": "shifts",
            "translation_cutout": "shifts and holes",
            "color_translation_cutout": "shifts, holes and colours",
        },
        live=True,
    )

    instance_noise: float = option(
        0.0,
        "Instance noise",
        "Standard deviation of noise on all images that D sees, real and fake, whose pixels lie in -1 .. 1; it holds "
        "a D back that is far ahead.",
        group="images",
        live=True,
        ge=0,
        le=2,
    )

    # Networks
    latent_size: int = option(
        100,
        "Latent entries",
        "Number of noise entries the generator starts from.",
        group="networks",
        ge=1,
        le=1024,
    )
    noise: Literal["normal", "uniform"] = option(
        "normal",
        "Noise",
        "Distribution of the noise: standard normal, or uniform on (-1, 1).",
        group="networks",
        labels={"normal": "normal", "uniform": "uniform"},
    )

    # Training
    n_critic: int = option(
        1,
        "D steps per G step",
        "Discriminator updates before each generator update.",
        group="game",
        live=True,
        ge=1,
        le=20,
    )
    players: Literal["both", "d", "g"] = option(
        "both",
        "Who learns",
        "Which networks a step moves: both, D alone or G alone.",
        group="move",
        labels={"both": "both", "d": "D only", "g": "G only"},
        live=True,
    )
    steps: int = Field(2000, ge=1, le=10_000_000, description="Generator updates in the whole run.")
    optimizer: Literal["adam", "rmsprop", "sgd"] = option(
        "adam",
        "Optimiser",
        "What turns gradients into steps.",
        group="optimizer",
        labels={},
    )
    batch_size: int = option(64, "Batch", "Images per step.", group="optimizer", ge=2, le=4096)
    lr_g: float = option(
        2e-4, "Learning rate of G", "Learning rate of the generator.", group="optimizer", live=True, gt=0, le=1
    )
    lr_d: float = option(
        2e-4, "Learning rate of D", "Learning rate of the discriminator.", group="optimizer", live=True, gt=0, le=1
    )
    beta1: float = option(
        0.5,
        "Momentum (beta1)",
        "Momentum: Adam's, or Nesterov's for SGD. RMSprop has none.",
        group="optimizer",
        needs={"optimizer": ("adam", "sgd")},
        ge=0,
        lt=1,
    )
    beta2: float = option(
        0.999,
        "Decay (beta2)",
        "Decay of the squared gradient in Adam and RMSprop.",
        group="optimizer",
        needs={"optimizer": ("adam", "rmsprop")},
        ge=0,
        lt=1,
    )
    lr_schedule: Literal["constant", "cosine", "ramp"] = option(
        "constant",
        "Schedule",
        "cosine lets both learning rates fall to zero over the run, ramp over its last two fifths.",
        group="optimizer",
        labels={"constant": "constant", "cosine": "cosine", "ramp": "ramp at the end"},
    )
    ema_decay: float = option(
        0.999,
        "Averaging (EMA)",
        "Decay of the averaged generator that draws the pictures; 0 turns it off.",
        group="optimizer",
        live=True,
        ge=0,
        lt=1,
    )

    changes: tuple[Change, ...] = Field((), description="Options that change while the run trains, and at which step.")

    # Machine, and what is kept
    seed: int = option(0, "Seed", "Fixes weights, noise and the order of the data.", group="run", ge=0, lt=2**31)
    snapshot_every: int = option(
        100, "Snapshot every", "Steps between two sheets of the same fixed latents.", group="run", ge=1
    )
    checkpoint_every: int = option(500, "Checkpoint every", "Steps between two checkpoints.", group="run", ge=1)
    device: Literal["auto", "cpu", "cuda", "mps"] = option(
        "auto", "Device", "Where to train; auto: CUDA, MPS, CPU.", group="run", labels={"auto": "automatic"}
    )
    precision: Literal["auto", "float32", "mixed"] = option(
        "auto",
        "Precision",
        "mixed computes in bfloat16 where that is safe and quicker: CUDA and recent CPUs; auto: mixed on a CPU where "
        "it is measured to be quicker, else float32.",
        group="run",
        labels={"auto": "automatic", "mixed": "mixed"},
    )
    threads: int = option(
        0, "CPU threads", "CPU threads for one run; 0 measures what is quickest.", group="run", ge=0, le=256
    )
    engine: Literal["auto", "eager", "graph"] = option(
        "auto",
        "Engine",
        "graph records a step once and replays it, on CUDA; auto does so where that is possible.",
        group="run",
        labels={"auto": "automatic", "eager": "step by step", "graph": "recorded"},
    )

    @model_validator(mode="before")
    @classmethod
    def _with_options(cls, values: Any) -> Any:
        """Options as the model of their family, complete."""
        if not isinstance(values, dict):
            return values
        model = get_family(values.get("family", DEFAULT_FAMILY)).options
        options = values.get("options", {})
        return values | {"options": options if isinstance(options, model) else checked(model, dict(options))}

    @model_validator(mode="after")
    def _check_changes(self) -> RunConfig:
        """Check the options of every step now, not when a run comes to it."""
        self.at(0)
        return self

    @classmethod
    def create(cls, **values: Any) -> RunConfig:
        """A config from flat keywords: the fields of this class and the options of the family.

        Raises:
            ConfigError: A name is unknown or a value wrong; it names the field.
        """
        values = _since_renamed(_flattened(values))
        own = get_family(values.get("family", DEFAULT_FAMILY)).options
        for name in values:
            if name not in cls.model_fields and name not in own.model_fields:
                raise _unknown_option(name, values.get("family", DEFAULT_FAMILY))
        options = checked(own, {name: value for name, value in values.items() if name in own.model_fields})
        common = {name: value for name, value in values.items() if name in cls.model_fields}
        return checked(cls, common | {"options": options})

    def flat(self, *, exclude_unset: bool = False) -> dict[str, Any]:
        """The values by name, those of the family's options among them: what `create` takes.

        Args:
            exclude_unset: Leave out what nobody has set.
        """
        return _flattened(self.model_dump(exclude_unset=exclude_unset))

    def replace(self, **changes: Any) -> RunConfig:
        """A checked copy with some values changed."""
        changes = _since_renamed({"family": self.family} | changes)
        kept = self.flat()
        if changes["family"] != self.family:  # what it has no use for is left out where nobody has set it
            own = get_family(changes["family"]).options.model_fields
            unset = type(self.options)().model_dump()
            kept = {name: value for name, value in kept.items() if name in own or unset.get(name) != value}
        return RunConfig.create(**(kept | changes))

    # Options that change while a run trains

    @property
    def knobs(self) -> dict[str, FormField]:
        """The options that can change while the run trains, by name; the family's own first."""
        declared = form_fields(type(self.options)) | form_fields(type(self))
        return {name: field for name, field in declared.items() if field.live}

    def changed(self, step: int, /, **settings: Any) -> RunConfig:
        """A checked copy in which options have other values from a step on, whatever was to become of them later.

        Args:
            step: The steps done before the first one that is trained so.
            **settings: New values of `knobs`.

        Raises:
            ConfigError: An option cannot change while a run trains, or a value is wrong; it names the option.
        """
        values = self.at(step).replace(**settings).flat()
        return self.replace(changes=with_change(self.changes, step, {name: values[name] for name in settings}))

    def at(self, step: int) -> RunConfig:
        """The config of the next step when so many are done: with the changes until then, and none to come."""
        if not self.changes:
            return self
        starts, configs = self._phases
        return configs[bisect_right(starts, step) - 1]

    def before(self, step: int) -> RunConfig:
        """The config without the changes that the first `step` steps have not seen."""
        return self.replace(changes=tuple(change for change in self.changes if change.step < step))

    @cached_property
    def _phases(self) -> tuple[list[int], list[RunConfig]]:
        """From which step on which config without changes holds."""
        first, knobs = self.replace(changes=()), self.knobs
        values: dict[str, Any] = {}
        built = {frozenset(values.items()): first}  # D and G may take turns a hundred times
        starts, configs = [0], [first]
        for change in sorted(self.changes, key=lambda change: change.step):
            for name in change.settings.keys() - knobs:
                raise ConfigError(name, "cannot change while a run trains; these can: {known}", known=list(knobs))
            values |= change.settings
            key = frozenset(values.items())
            if key not in built:
                built[key] = first.replace(**values)
            starts.append(change.step)
            configs.append(built[key])
        return starts, configs

    def to_json(self) -> str:
        """One line of ASCII, so that a `data_path` of bytes that are no text survives too."""
        return json.dumps(self.model_dump())

    @classmethod
    def from_json(cls, text: str) -> RunConfig:
        """Inverse of `to_json`, also of that of earlier versions.

        Raises:
            ConfigError: The text is not a JSON object of options.
        """
        return cls.create(**read_values(text))

    def differences(self, other: RunConfig) -> dict[str, tuple[Any, Any]]:
        """`{name: (mine, theirs)}` for every value that both have and in which the two differ."""
        mine, theirs = self.flat(), other.flat()
        return {name: (mine[name], theirs[name]) for name in mine if name in theirs and mine[name] != theirs[name]}


def read_values(text: str) -> dict[str, Any]:
    """The values in a JSON object of options, flat, before they are checked.

    Raises:
        ConfigError: The text is not a JSON object.
    """
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError("config", "not valid JSON: {error}", error=error) from None
    if not isinstance(values, dict):
        raise ConfigError("config", "must be a JSON object of options")
    return _flattened(values)


def new_config(family: str, dataset: str = "strokes", **overrides: Any) -> RunConfig:
    """A config with the family's good settings and the dataset's own image size and channels; overrides win.

    Raises:
        ConfigError: A name is unknown, or options do not fit.
    """
    known = get_family(family)
    overrides = _since_renamed(_flattened({"family": family} | overrides))
    defaults = dict(known.defaults)
    for name, values in known.variants.items():
        defaults |= values.get(overrides.get(name, defaults.get(name)), {})
    if isinstance(dataset, str) and dataset in DATASETS:
        defaults |= {"image_size": DATASETS[dataset].image_size, "channels": DATASETS[dataset].channels}
    config = RunConfig.create(**{"dataset": dataset, **defaults, **overrides})
    validate_config(config)
    return config


def validate_config(config: RunConfig) -> None:
    """Check what concerns more than one field.

    Raises:
        ConfigError: The values of a config do not fit together; it names the field.
    """
    if config.dataset not in DATASETS:
        raise ConfigError(
            "dataset", "unknown dataset {name!r}; known datasets: {known}", name=config.dataset, known=list(DATASETS)
        )
    if config.dataset == "folder" and not config.data_path:
        raise ConfigError("data_path", "the dataset folder needs the path of a directory or zip of images")


def validate_data(config: RunConfig, data: ImageData) -> None:
    """Check whether a family can learn from a dataset.

    Raises:
        ConfigError: It cannot; the message says why.
    """
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


def _flattened(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with those of `options` beside the others."""
    options = values.get("options", {})
    if isinstance(options, FamilyOptions):
        options = options.model_dump()
    if not isinstance(options, Mapping):
        raise ConfigError("options", "must be a JSON object of options")
    return {name: value for name, value in values.items() if name != "options"} | dict(options)


def _since_renamed(values: Mapping[str, Any]) -> dict[str, Any]:
    own = get_family(values.get("family", DEFAULT_FAMILY)).options.model_fields
    return names_of_today(values, {*RunConfig.model_fields, *own})


def _unknown_option(name: str, family: str) -> ConfigError:
    title = get_family(family).title
    elsewhere = {option for other in FAMILIES.values() for option in other.options.model_fields}
    if name in elsewhere or name in RENAMED:
        return ConfigError(name, "does not apply to {family}; leave it out", family=title)
    known = [*RunConfig.model_fields, *get_family(family).options.model_fields]
    known.remove("options")
    instead = hint(name, known, lambda names: Message("known options: {known}", known=names))
    return ConfigError(name, "unknown option; {hint}", hint=instead)
