"""How weights begin: as in DCGAN where BatchNorm follows, by He's rule where nothing else sets the scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

M = TypeVar("M", bound=nn.Module)


def init_dcgan(net: nn.Module) -> None:
    """Weights of convolutions from N(0, 0.02), BatchNorm scales from N(1, 0.02); Radford et al. 2015.

    BatchNorm makes up for weights that small. Without it each layer shrinks its input: see `init_he`.
    """
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


def init_he(net: M, negative_slope: float = 0.2) -> M:
    """Weights from N(0, gain^2 / inputs), which keep the scale of the signal from layer to layer; biases 0.

    He et al. 2015, "Delving Deep into Rectifiers", arXiv:1502.01852, as in the code of WGAN-GP. A critic of four
    convolutions has a slope of about 1 then, and one of 0.002 with the weights of `init_dcgan`.

    Args:
        net: Layers without BatchNorm.
        negative_slope: Of the LeakyReLU that follows them; 0 for a ReLU.

    Returns:
        `net` itself.
    """
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, negative_slope)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net


@contextmanager
def without_values() -> Iterator[None]:
    """Networks built in this block have shapes, and no memory: for those whose weights are loaded, or only counted."""
    with torch.device("meta"), _NothingComputed():
        yield


class _NothingComputed(TorchFunctionMode):
    """Leaves out what torch would work out, operation by operation, even for tensors that have no values.

    That is what `nn.init` fills in, and the lengths in the first power iterations of spectral normalization, which took
    three quarters of the time to open an SNGAN.
    """

    _LEFT_OUT = (torch.Tensor.normal_, F.normalize)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if getattr(func, "__module__", None) == nn.init.__name__ or func in self._LEFT_OUT:
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))
