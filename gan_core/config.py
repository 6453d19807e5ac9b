"""`RunConfig`: everything that determines a training run.

    >>> config = RunConfig.create(family="dcgan", steps=500)
    >>> RunConfig.from_json(config.to_json()) == config
    True

The class checks each field by itself. Whether the fields fit together (does this family use `width`, can it build
64 px?) is the family's business: `gan_core.families.check`.
"""

from __future__ import annotations

import difflib
import json
import os
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gan_core.errors import ConfigError, Message

IMAGE_SIZES = (28, 32, 64)


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    return value.item() if isinstance(value, np.generic) else value


class RunConfig(BaseModel):
    """A frozen, validated, serialisable description of one run. A run is reproducible from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str = Field("vanilla", description="Which GAN to train.")

    # Data
    dataset: str = Field("strokes", description="What the discriminator sees as real.")
    data_path: str | None = Field(None, description="Directory or zip of images, for the dataset `folder`.")
    image_size: Literal[28, 32, 64] = Field(28, description="Height and width of the images in pixels.")
    channels: Literal[1, 3] = Field(1, description="1 for grey, 3 for colour.")

    # Networks
    latent_size: int = Field(100, ge=1, le=1024, description="Number of noise entries the generator starts from.")
    noise: Literal["normal", "uniform"] = Field(
        "normal", description="Distribution of the noise: standard normal, or uniform on (-1, 1)."
    )
    backbone: Literal["mlp", "conv"] = Field("conv", description="Fully connected or convolutional networks.")
    size: Literal["standard", "small"] = Field("standard", description="Size of the fully connected networks.")
    width: int = Field(64, ge=4, le=256, description="Channels of the widest-resolution layer of the convolutions.")
    upsample: Literal["transposed", "nearest"] = Field(
        "transposed",
        description="How the generator enlarges: transposed convolutions, or repeated pixels and a convolution.",
    )
    categories: int = Field(10, ge=2, le=100, description="Values of the categorical code.")
    codes: int = Field(2, ge=1, le=16, description="Number of continuous codes.")
    detail_size: int = Field(16, ge=1, le=128, description="Noise entries of each level above the coarsest.")

    # Objective
    objective: Literal["non_saturating", "minimax"] = Field(
        "non_saturating",
        description="The generator's loss: -log D(G(z)), which learns fast, or the original log(1 - D(G(z))).",
    )
    label_smoothing: float = Field(
        0.0, ge=0.0, lt=0.5, description="0.1 trains the discriminator towards 0.9 / 0.1 instead of 1 / 0."
    )

    clip: float = Field(0.01, gt=0, le=10, description="The critic's weights are kept within plus and minus this.")
    penalty: float = Field(10.0, ge=0, le=1000, description="Weight of the gradient penalty.")
    margin: float = Field(0.1, gt=0, le=100, description="Energy above which a fake no longer interests D.")
    pt_weight: float = Field(
        0.0, ge=0, le=10, description="Weight of the pulling-away term, which keeps the fakes of a batch apart."
    )
    class_weight: float = Field(1.0, ge=0, le=100, description="Weight of the class loss beside the loss of realness.")
    info_weight: float = Field(1.0, ge=0, le=100, description="Weight of the information between codes and images.")

    # Training
    batch_size: int = Field(64, ge=2, le=4096, description="Images per step.")
    steps: int = Field(2000, ge=1, le=10_000_000, description="Generator updates in the whole run.")
    n_critic: int = Field(1, ge=1, le=20, description="Discriminator updates before each generator update.")
    optimizer: Literal["adam", "rmsprop", "sgd"] = Field("adam", description="What turns gradients into steps.")
    lr_g: float = Field(2e-4, gt=0, le=1, description="Learning rate of the generator.")
    lr_d: float = Field(2e-4, gt=0, le=1, description="Learning rate of the discriminator.")
    schedule: Literal["constant", "cosine"] = Field(
        "constant", description="cosine lets both learning rates fall to zero over the run."
    )
    beta1: float = Field(0.5, ge=0, lt=1, description="Momentum: Adam's, or Nesterov's for SGD. RMSprop has none.")
    beta2: float = Field(0.999, ge=0, lt=1, description="Decay of the squared gradient in Adam and RMSprop.")
    ema_decay: float = Field(
        0.999, ge=0, lt=1, description="Decay of the averaged generator that draws the pictures; 0 turns it off."
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Fixes weights, noise and the order of the data.")

    # Machine
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where to train; auto: CUDA, MPS, CPU.")
    precision: Literal["float32", "mixed"] = Field(
        "float32",
        description="mixed computes in bfloat16 where that is safe and quicker: CUDA and recent CPUs.",
    )
    threads: int = Field(0, ge=0, le=256, description="CPU threads for one run; 0 measures what is quickest.")
    engine: Literal["auto", "eager", "graph"] = Field(
        "auto", description="graph records a step once and replays it, on CUDA; auto does so where that is possible."
    )

    # What is kept
    snapshot_every: int = Field(100, ge=1, description="Steps between two sheets of the same fixed latents.")
    checkpoint_every: int = Field(500, ge=1, description="Steps between two checkpoints.")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, values: Any) -> Any:
        """What Python people pass as JSON has it: paths as text, NumPy's numbers as Python's own."""
        return {name: _plain(value) for name, value in values.items()} if isinstance(values, dict) else values

    @classmethod
    def create(cls, **values: Any) -> RunConfig:
        """Like the constructor, but raises `ConfigError`, which names the field, for anything wrong."""
        for name in values:
            if name not in cls.model_fields:
                near = difflib.get_close_matches(name, cls.model_fields, n=1)
                hint = (
                    Message("did you mean {name}?", name=near[0])
                    if near
                    else Message("known options: {known}", known=list(cls.model_fields))
                )
                raise ConfigError(name, "unknown option; {hint}", hint=hint)
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigError(
                str(first["loc"][0]), "{problem} (got {got})", problem=first["msg"], got=repr(first["input"])
            ) from None

    def replace(self, **changes: Any) -> RunConfig:
        """A checked copy with some fields changed."""
        return RunConfig.create(**{**self.model_dump(), **changes})

    def to_json(self) -> str:
        """One line of ASCII, so that a `data_path` of bytes that are no text survives too."""
        return json.dumps(self.model_dump())

    @classmethod
    def from_json(cls, text: str) -> RunConfig:
        """Inverse of `to_json`. Raises `ConfigError` for text that is not a JSON object of options."""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise ConfigError("config", "not valid JSON: {error}", error=error) from None
        if not isinstance(values, dict):
            raise ConfigError("config", "must be a JSON object of options")
        return cls.create(**values)

    def differences(self, other: RunConfig) -> dict[str, tuple[Any, Any]]:
        """`{field: (mine, theirs)}` for every field in which the two differ."""
        mine, theirs = self.model_dump(), other.model_dump()
        return {name: (mine[name], theirs[name]) for name in mine if mine[name] != theirs[name]}
