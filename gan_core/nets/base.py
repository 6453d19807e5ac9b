"""`Net`: a module that remembers how it was built, so that a checkpoint can build it again."""

from __future__ import annotations

from typing import Any

from torch import nn

from gan_core.errors import CheckpointError

NETS: dict[str, type[Net]] = {}


class Net(nn.Module):
    """Base of every generator and discriminator.

    A subclass passes the arguments it was called with to `super().__init__`; `spec` returns them together with the
    name of the class, all of it JSON, and `build_net(spec)` is the inverse.
    """

    def __init__(self, **arguments: Any):
        super().__init__()
        self._arguments = arguments

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if cls.__name__ in NETS:
            raise TypeError(f"there is already a net called {cls.__name__}")
        NETS[cls.__name__] = cls

    @property
    def spec(self) -> dict[str, Any]:
        return {"net": type(self).__name__, **self._arguments}

    def noise_inputs(self, noise_size: int) -> slice:
        """Which inputs of a generator's first layer are its noise."""
        return slice(0, noise_size)


def build_net(spec: dict[str, Any]) -> Net:
    """The net that `spec` describes, freshly initialised. Raises `CheckpointError` for a spec that is no net's."""
    arguments = dict(spec)
    name = arguments.pop("net", None)
    if name not in NETS:
        raise CheckpointError("unknown network {name!r}; this version knows {known}", name=name, known=sorted(NETS))
    try:
        return NETS[name](**arguments)
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError("the description of {name} does not fit: {error}", name=name, error=error) from None
