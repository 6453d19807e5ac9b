"""`python_arguments`: the functions of this package take lists, arrays and names wherever they work with tensors.

An argument means the same in all of them, so its name says what it becomes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from torch import Tensor

from gan_core.arguments import as_floats, as_numbers, as_whole, as_wholes
from gan_core.errors import LatentError, Message
from gan_core.families import Latent
from gan_core.latent.entries import choice, choice_labels

P = ParamSpec("P")
R = TypeVar("R")


def class_index(latent: Latent, label: Any) -> int:
    """The index of a class or category that is given by its index or its name, such as 3, "3" or "cat".

    Raises `LatentError` when the generator has neither, or not this one.
    """
    labels = choice_labels(latent)
    if choice(latent) is None:
        raise LatentError("this generator has no classes; leave the class out")
    if isinstance(label, str):
        if label in labels:
            return labels.index(label)
        if not (label.isascii() and label.isdigit() and int(label) < len(labels)):
            raise LatentError("there is no class {label!r}; choose one of {known}", label=label, known=list(labels))
    index = int(label) if isinstance(label, str) else as_whole(label, Message("the class"))
    if not 0 <= index < len(labels):
        raise LatentError("there is no class {index}; choose 0 to {last}", index=index, last=len(labels) - 1)
    return index


def _row(value: Any, name: str, latent: Latent | None) -> Tensor:
    vector = as_floats(value, name)
    if vector.dim() != 1:
        raise LatentError("{name} has the shape {shape}; give one vector", name=name, shape=tuple(vector.shape))
    if latent is not None and len(vector) != latent.size:
        raise LatentError(
            "{name} has {found} entries; this generator needs rows of {size}",
            name=name,
            found=len(vector),
            size=latent.size,
        )
    return vector


def _label(value: Any, _name: str, latent: Latent | None) -> Any:
    return value if latent is None else class_index(latent, value)


MEANINGS: dict[str, Callable[[Any, str, Latent | None], Any]] = {
    **dict.fromkeys(
        ("vectors", "stops", "directions", "without", "with_it"),
        lambda value, name, _latent: as_floats(value, name),  # how many rows, the functions themselves ask
    ),
    **dict.fromkeys(("vector", "source"), _row),
    **dict.fromkeys(("entries", "locked"), lambda value, name, _latent: as_wholes(value, name)),
    **dict.fromkeys(("values", "strengths"), lambda value, name, _latent: as_numbers(value, name)),
    **dict.fromkeys(
        ("n", "seed", "entry", "steps", "count", "samples", "every"),
        lambda value, name, _latent: as_whole(value, name),
    ),
    **dict.fromkeys(("label", "start", "end"), _label),
}


def python_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """`function` with its arguments as `MEANINGS` has them. None stays None where that is what the argument is without.

    Raises `LatentError`, naming the argument, for what is of no use.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        given = bound.arguments
        owner = given.get("latent", given.get("checkpoint"))
        latent = getattr(owner, "latent", owner)
        for name in MEANINGS.keys() & given.keys():
            if given[name] is not None or signature.parameters[name].default is not None:
                given[name] = MEANINGS[name](given[name], name, latent)
        return function(*bound.args, **bound.kwargs)

    return called
