"""Directions with names, as a portable JSON file.

{"format": "gan-workshop-directions", "version": 1, "model": "mnist-dcgan", "latent_size": 100,
 "directions": [{"name": "slant", "found_by": "groups", "vector": [0.1, ...]}]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.vectors import LARGEST
from gan_core.latent_spec import LatentSpec

MAX_BYTES = 4 << 20  # a hundred directions of 1024 entries need half of it
MAX_DIRECTIONS = 100
MAX_NAME = 40

Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]


@dataclass(frozen=True)
class Direction:
    """A direction that was given a name.

    vector:   float32 (size,), not all zero
    found_by: in one word, such as "pca" or "groups"; for the reader only
    """

    name: str
    vector: Tensor
    found_by: str = ""


class _Entry(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str = Field(min_length=1, max_length=MAX_NAME)
    found_by: str = Field("", max_length=MAX_NAME)
    vector: list[Number]


class _File(BaseModel):
    model_config = ConfigDict(strict=True)

    format: Literal["gan-workshop-directions"] = "gan-workshop-directions"
    version: Literal[1] = 1
    model: str = Field(max_length=200)
    latent_size: int
    directions: list[_Entry] = Field(min_length=1, max_length=MAX_DIRECTIONS)


def directions_to_json(model: str, spec: LatentSpec, directions: list[Direction]) -> str:
    """The file of `directions`, found in the generator called `model`. `directions_from_json` is the exact inverse."""
    entries = [_Entry(name=each.name, found_by=each.found_by, vector=each.vector.tolist()) for each in directions]
    return _File(model=model, latent_size=spec.size, directions=entries).model_dump_json()


def directions_from_json(text: str | bytes, spec: LatentSpec) -> tuple[str, list[Direction]]:
    """The model in which the directions were found, and the directions.

    Raises `LatentError`, in one line, for a file that is too large, no such file, damaged, or made for vectors of
    another length.
    """
    if len(text) > MAX_BYTES:
        raise LatentError(f"the file is larger than {MAX_BYTES >> 20} MB; it cannot be a file of directions")
    try:
        file = _File.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise LatentError(f"this is no file of directions: {place}: {first['msg']}") from None
    if file.latent_size != spec.size:
        raise LatentError(
            f"these directions have {file.latent_size} entries; this generator needs {spec.size}, "
            "choose the model they were made with"
        )
    return file.model, [_direction(entry, spec) for entry in file.directions]


def _direction(entry: _Entry, spec: LatentSpec) -> Direction:
    if len(entry.vector) != spec.size:
        raise LatentError(f"{entry.name!r} has {len(entry.vector)} entries; this generator needs {spec.size}")
    vector = torch.tensor(entry.vector)
    if not vector.any():
        raise LatentError(f"{entry.name!r} is all zero, which is no direction")
    return Direction(entry.name, vector, entry.found_by)
