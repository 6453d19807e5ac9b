"""Conversion of arguments: lists and arrays become tensors, NumPy's numbers Python's own, text a path.

Anything else raises the `WorkshopError` of the caller, which names the argument.
"""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import CheckpointError, LatentError, Message, WorkshopError


def as_floats(value: Any, name: str, error: type[WorkshopError] = LatentError) -> Tensor:
    """A floating tensor: one of floats as it is, anything else of numbers as float32."""
    tensor = as_tensor(value, name, error)
    return tensor if tensor.is_floating_point() else tensor.float()


def as_tensor(value: Any, name: str, error: type[WorkshopError] = LatentError) -> Tensor:
    """Numbers as a tensor: a tensor as it is, an array with its own type, a list with that which NumPy gives it."""
    if isinstance(value, Tensor):
        return value
    try:
        if isinstance(value, list | tuple) and value and all(isinstance(part, Tensor) for part in value):
            return torch.stack(list(value))
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "fiu":
        raise error("{name} is {kind}; give numbers: a list, a NumPy array or a tensor", name=name, kind=_kind(value))
    tensor = torch.from_numpy(np.array(array))  # a copy, which may be written to
    return tensor.float() if tensor.is_floating_point() else tensor


def as_numbers(value: Any, name: str, error: type[WorkshopError] = LatentError) -> list[float]:
    """A list of floats from any sequence of numbers; one number is a list of one."""
    if isinstance(value, list | tuple) and all(type(number) is float for number in value):
        return list(value)
    return np.atleast_1d(as_tensor(value, name, error).cpu().numpy()).astype(float).ravel().tolist()


def as_whole(value: Any, name: str, error: type[WorkshopError] = LatentError) -> int:
    """A whole number of any type, 3.0 included."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return int(value)
    try:
        if not isinstance(value, bool | np.bool_):
            return operator.index(value)
    except TypeError:
        pass
    raise error("{name} is {kind}; give a whole number", name=name, kind=_kind(value))


def as_wholes(value: Any, name: str, error: type[WorkshopError] = LatentError) -> list[int]:
    """A list of whole numbers from any sequence of them; one number is a list of one."""
    if isinstance(value, str | bytes):
        raise error("{name} is {kind}; give whole numbers, such as [5, 25]", name=name, kind=_kind(value))
    try:
        parts = list(value)
    except TypeError:
        parts = [value]
    return [as_whole(part, name, error) for part in parts]


def as_path(value: Any, name: str, error: type[WorkshopError] = CheckpointError) -> Path:
    """A path from text or any `os.PathLike`; ~ is the home folder."""
    try:
        return Path(os.fsdecode(value)).expanduser()
    except (TypeError, ValueError, RuntimeError):
        raise error("{name} is {kind}; give a path", name=name, kind=_kind(value)) from None


def _kind(value: Any) -> str:  # a `Message` where it has words
    """What a value is, in a few words."""
    if value is None:
        return "None"
    text = repr(value)
    if isinstance(value, str | int | float | np.generic) and len(text) <= 40:
        return text
    return Message("of type {type}", type=type(value).__name__)
