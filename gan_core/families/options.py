"""Options as forms and command lines see them, and the models that several families share.

A family declares its own options as a subclass of `FamilyOptions`; `RunConfig` holds those that every family has.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from gan_core.errors import ConfigError, Message

Group = Literal["variant", "images", "networks", "game", "optimizer", "run", "move"]
M = TypeVar("M", bound=BaseModel)


def option(
    default: Any,
    title: str,
    description: str,
    *,
    group: Group,
    labels: Mapping[Any, str] | None = None,
    needs: Mapping[str, tuple[str, ...]] | None = None,
    live: bool = False,
    **bounds: Any,
) -> Any:
    """A field of an options model that forms show.

    Args:
        default: Its value where none is given.
        title: Its label in a form.
        description: One sentence of help.
        group: The part of the form that it belongs to. Options of "variant" come first; a family may tie good settings
            to their values, see `Family.variants`; those of "move" are no part of it.
        labels: The words for values that do not explain themselves.
        needs: `{name: values}` of options without which this one changes nothing.
        live: Whether a run that trains can be given another value: the losses read it anew at each step, and no network
            is built from it.
        **bounds: `ge`, `gt`, `le` and `lt`, as in `pydantic.Field`.
    """
    shown: dict[str, Any] = {"group": group, "labels": dict(labels or {}), "needs": dict(needs or {}), "live": live}
    return Field(default, title=title, description=description, json_schema_extra={"form": shown}, **bounds)


@dataclass(frozen=True)
class FormField:
    """How a form shows an option.

    Attributes:
        number: The type of a number, `int` or `float`.
        choices: The values to choose from; empty for numbers.
        low: The smallest number; None without an inclusive bound.
        high: The largest number; None without an inclusive bound.
    """

    name: str
    title: str
    description: str
    group: Group
    number: type[int] | type[float] = float
    choices: tuple[Any, ...] = ()
    labels: Mapping[Any, str] = field(default_factory=dict)
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    live: bool = False
    low: float | None = None
    high: float | None = None

    def acts(self, chosen: Mapping[str, Any]) -> bool:
        """Whether the option changes anything beside those that were chosen before it."""
        return all(chosen.get(name, values[0]) in values for name, values in self.needs.items())


def form_fields(model: type[BaseModel]) -> dict[str, FormField]:
    """The options of a model that were declared by `option`, by name."""
    return {
        name: _form_field(name, info, info.json_schema_extra["form"])
        for name, info in model.model_fields.items()
        if isinstance(info.json_schema_extra, dict) and "form" in info.json_schema_extra
    }


def _form_field(name: str, info: FieldInfo, shown: Any) -> FormField:
    bounds = {kind: getattr(rule, kind) for rule in info.metadata for kind in ("ge", "le") if hasattr(rule, kind)}
    return FormField(
        name=name,
        title=info.title or name,
        description=info.description or "",
        number=int if info.annotation is int else float,
        choices=get_args(info.annotation),
        low=bounds.get("ge"),
        high=bounds.get("le"),
        **shown,
    )


class PlainModel(BaseModel):
    """A frozen model of JSON values. Paths are read as text, and NumPy's numbers as Python's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, values: Any) -> Any:
        return {name: _plain(value) for name, value in values.items()} if isinstance(values, dict) else values


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    return value.item() if isinstance(value, np.generic) else value


def checked(model: type[M], values: Mapping[str, Any]) -> M:
    """An instance of `model`.

    Raises:
        ConfigError: One of the values is wrong; it names the field.
    """
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            str(first["loc"][0]), "{problem} (got {got})", problem=first["msg"], got=repr(first["input"])
        ) from None


def hint(name: str, known: Iterable[str], otherwise: Callable[[list[str]], Message]) -> Message:
    """What to write in place of an unknown name: the known one that looks most like it, or `otherwise`."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return Message("did you mean {name}?", name=near[0]) if near else otherwise(known)


# The options that families share


class FamilyOptions(PlainModel):
    """The options that a family has beside those of every run; this one has none."""


class ConvOptions(FamilyOptions):
    """Of convolutional networks."""

    base_channels: int = option(
        64,
        "Width",
        "Channels of the widest-resolution layer of the convolutions.",
        group="networks",
        needs={"backbone": ("conv",)},
        ge=4,
        le=256,
    )


class _BackboneChoice(FamilyOptions):
    backbone: Literal["mlp", "conv"] = option(
        "conv",
        "Layers",
        "Fully connected or convolutional networks.",
        group="networks",
        labels={"mlp": "fully connected", "conv": "convolutions"},
    )


class BackboneOptions(ConvOptions, _BackboneChoice):
    """Of networks that are either fully connected or convolutional."""


class LogitLossOptions(FamilyOptions):
    """Of the losses on a discriminator that estimates a probability (Goodfellow et al. 2014)."""

    generator_loss: Literal["non_saturating", "minimax"] = option(
        "non_saturating",
        "Generator's loss",
        "The generator's loss: -log D(G(z)), which learns fast, or the original log(1 - D(G(z))).",
        group="game",
        labels={"non_saturating": "non-saturating", "minimax": "minimax"},
        live=True,
    )
    label_smoothing: float = option(
        0.0,
        "Label smoothing",
        "0.1 trains the discriminator towards 0.9 / 0.1 instead of 1 / 0.",
        group="game",
        live=True,
        ge=0,
        lt=0.5,
    )
