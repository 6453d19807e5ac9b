"""The products and convolutions of a training step: how many operations they are, and how long they take alone.

The ceiling of a network on a machine is measured, not looked up: the matrix products and convolutions of one iteration
are written down with their shapes, layouts and precision, and then repeated with nothing between them. Their operations
by the time that takes are the GFLOP/s this machine can give this network; a training loop that reached them would spend
no time on anything else.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map
from torch.utils.flop_counter import flop_registry


@dataclass(frozen=True)
class Operand:
    """A tensor without its values."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device

    @classmethod
    def of(cls, tensor: Tensor) -> Operand:
        """The operand that stands for a tensor."""
        return cls(tuple(tensor.shape), tensor.stride(), tensor.dtype, tensor.device)

    def random(self) -> Tensor:
        """A tensor of that layout with random values."""
        # Written as a plain row of numbers, because entries of an expanded tensor share their memory.
        extent = 1 + sum((size - 1) * stride for size, stride in zip(self.shape, self.stride, strict=True))
        row = torch.empty(extent, dtype=self.dtype, device=self.device).uniform_(-1, 1)
        return row.as_strided(self.shape, self.stride)


@dataclass(frozen=True)
class Product:
    """One matrix product or convolution: what was called with what, tensors as `Operand`s."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def seconds(self, budget: float) -> float:
        """How long it takes alone, the median over about `budget` seconds, at least three times."""
        arguments = _map(Operand, Operand.random, self.arguments)
        device = next(value.device for value in self.arguments if isinstance(value, Operand))
        times: list[float] = []
        self.function(*arguments)  # finds its memory and its kernel
        while len(times) < 3 or sum(times) < budget:
            _wait_for(device)
            began = time.perf_counter()
            self.function(*arguments)
            _wait_for(device)
            times.append(time.perf_counter() - began)
        return statistics.median(times)


@dataclass(frozen=True)
class Arithmetic:
    """The products and convolutions of some work.

    Attributes:
        flops: Floating-point operations; a multiplication and an addition are two.
        products: How often each was called.
    """

    flops: int
    products: dict[Product, int]

    def seconds(self, budget: float = 0.01) -> float:
        """How long all of it takes with nothing in between."""
        return sum(count * product.seconds(budget) for product, count in self.products.items())


class _Recorder(TorchDispatchMode):
    """Counts as torch's `FlopCounterMode` does, which itself cannot follow the gradient of a gradient."""

    def __init__(self):
        super().__init__()
        self.flops = 0
        self.products: Counter[Product] = Counter()

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        keywords = keywords or {}
        result = function(*arguments, **keywords)
        formula = flop_registry.get(function.overloadpacket)
        if formula is not None:
            self.flops += formula(*arguments, **keywords, out_val=result)
            self.products[Product(function, _hashable(_map(Tensor, Operand.of, arguments)))] += 1
        return result


def arithmetic_of(work: Callable[[], Any]) -> Arithmetic:
    """The products and convolutions of `work`, which is called once; backward passes in it count too."""
    with _Recorder() as recorder:
        work()
    return Arithmetic(recorder.flops, dict(recorder.products))


def _map(kind: type, change: Callable[[Any], Any], arguments: Any) -> Any:
    return tree_map(lambda value: change(value) if isinstance(value, kind) else value, arguments)


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
