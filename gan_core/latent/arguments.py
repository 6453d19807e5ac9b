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
from gan_core.errors import LatentError
from gan_core.latent_spec import LatentSpec

P = ParamSpec("P")
R = TypeVar("R")


def _row(value: Any, name: str, spec: LatentSpec | None) -> Tensor:
    vector = as_floats(value, name)
    if vector.dim() != 1:
        raise LatentError("{name} has the shape {shape}; give one vector", name=name, shape=tuple(vector.shape))
    if spec is not None and len(vector) != spec.size:
        raise LatentError(
            "{name} has {found} entries; this generator needs rows of {size}",
            name=name,
            found=len(vector),
            size=spec.size,
        )
    return vector


def _label(value: Any, _name: str, spec: LatentSpec | None) -> Any:
    return value if spec is None else spec.choice_index(value)


MEANINGS: dict[str, Callable[[Any, str, LatentSpec | None], Any]] = {
    **dict.fromkeys(
        ("z", "stops", "directions", "positives", "negatives", "norms"),
        lambda value, name, _spec: as_floats(value, name),  # how many rows, the functions themselves ask
    ),
    **dict.fromkeys(("vector", "source"), _row),
    **dict.fromkeys(("entries", "locked"), lambda value, name, _spec: as_wholes(value, name)),
    **dict.fromkeys(("values", "strengths"), lambda value, name, _spec: as_numbers(value, name)),
    **dict.fromkeys(
        ("n", "seed", "entry", "steps", "count", "samples", "every"),
        lambda value, name, _spec: as_whole(value, name),
    ),
    **dict.fromkeys(("label", "start", "end"), _label),
}


def python_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """`function` with its arguments as `MEANINGS` has them. None stays None where that is the default.

    Raises:
        LatentError: Names the argument, for what is of no use.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        given = bound.arguments
        owner = given.get("spec", given.get("checkpoint"))
        spec = getattr(owner, "latent_spec", owner)
        for name in MEANINGS.keys() & given.keys():
            if given[name] is not None or signature.parameters[name].default is not None:
                given[name] = MEANINGS[name](given[name], name, spec)
        return function(*bound.args, **bound.kwargs)

    return called
