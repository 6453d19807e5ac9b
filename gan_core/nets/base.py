"""`Net`: a module that records its constructor arguments, so that a checkpoint can build it again."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Self

from torch import nn

from gan_core.errors import CheckpointError

NETS: dict[str, type[Net]] = {}


class Net(nn.Module):
    """Base of every generator and discriminator.

    A subclass takes JSON values (numbers, strings, lists, mappings) as keyword arguments. They are recorded without
    its help, defaults included: `spec` returns them with the name of the class, and `build_net(spec)` is the inverse.
    A class registers itself under its name, which must be free.
    """

    _arguments: dict[str, Any]

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if cls.__name__ in NETS:
            raise TypeError(f"there is already a net called {cls.__name__}")
        NETS[cls.__name__] = cls

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A net that has its arguments recorded, before `__init__` runs."""
        net = super().__new__(cls)
        # Partially, because a copy is made without arguments and filled afterwards; `__init__` asks for all of them.
        call = inspect.signature(cls.__init__).bind_partial(net, *args, **kwargs)
        call.apply_defaults()
        net._arguments = {name: _as_json(name, value) for name, value in list(call.arguments.items())[1:]}
        return net

    @property
    def spec(self) -> dict[str, Any]:
        """The class and the constructor arguments, as JSON values."""
        return {"net": type(self).__name__, **self._arguments}

    def noise_inputs(self, noise_size: int) -> slice:
        """Which inputs of a generator's first layer are its noise."""
        return slice(0, noise_size)


def build_net(spec: Mapping[str, Any]) -> Net:
    """The net that `Net.spec` describes, freshly initialised.

    Raises:
        CheckpointError: `spec` names no registered class, or its arguments do not fit.
    """
    arguments = dict(spec)
    name = arguments.pop("net", None)
    if name not in NETS:
        raise CheckpointError(
            "unknown network {name!r}; this version knows {known}", name=name, known=", ".join(sorted(NETS))
        )
    try:
        return NETS[name](**arguments)
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError("the description of {name} does not fit: {error}", name=name, error=str(error)) from None


def _as_json(name: str, value: Any) -> Any:
    """`value` with its sequences as lists and its mappings as dicts; raises `TypeError` for what is not JSON."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_as_json(name, item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _as_json(name, item) for key, item in value.items()}
    raise TypeError(f"the argument {name} is a {type(value).__name__}, which a checkpoint cannot hold")
