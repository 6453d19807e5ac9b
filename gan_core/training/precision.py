"""`Precision`: the arithmetic in which the networks of a run compute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Literal, get_args

import torch
from torch import nn

from gan_core.errors import Message
from gan_core.training.device import bf16_is_fast

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)

Way = Literal["float32", "autocast", "products"]


class Precision:
    """float32, or `mixed`: bfloat16 for products and convolutions, float32 for weights, gradients and sums.

    There are two ways to have bfloat16, and which is quicker depends on networks and processor:

    autocast: Tensors are cast before a product, and its result stays in bfloat16, half as large. Convolutions gain
        most from that, and a GPU everything.
    products: oneDNN rounds float32 tensors while it multiplies them, on processors where it does. A fully connected
        network then does without autocast's copies of its weights and gradients.

    Where bfloat16 is not quicker than float32, `mixed` is float32. Both are measured, once per process. `auto` is
    `mixed` on a CPU where that is quicker, else float32.

    Args:
        name: `auto`, `float32` or `mixed`.
        device: The device of training.
        gan: The networks.
        on_warning: Called with one line where `mixed` gains nothing.

    Attributes:
        way: The arithmetic that was chosen.
    """

    def __init__(
        self, name: str, device: torch.device, gan: nn.Module, on_warning: Callable[[Message], None] = lambda line: None
    ):
        self._device = device
        self._on_warning = on_warning
        self.way: Way = "float32"
        if name == "float32" or (name == "auto" and not auto_is_mixed(device)):
            return
        if not bf16_is_fast(device):
            on_warning(
                Message(
                    "mixed precision is no quicker on the {device} of this machine: the run computes in float32",
                    device=device.type,
                )
            )
        elif device.type == "cpu" and not _has_convolutions(gan) and supports_bf16_matmul():
            self.way = "products"
        else:
            self.way = "autocast"

    def autocast(self) -> AbstractContextManager[object]:
        """Around a forward pass. A new block each time: copies of weights it keeps must not outlive their update."""
        return torch.autocast(self._device.type, torch.bfloat16) if self.way == "autocast" else nullcontext()

    def bf16_matmul(self) -> AbstractContextManager[object]:
        """Around whole steps. A setting of the whole process: what other threads multiply meanwhile is rounded too."""
        return _bf16_matmul() if self.way == "products" else nullcontext()

    def go_on(self, way: Way) -> None:
        """Compute as the run did before, whatever this process has measured; warns where this machine cannot."""
        if way == self.way:
            return
        if way in get_args(Way) and (way != "products" or (self._device.type == "cpu" and supports_bf16_matmul())):
            self.way = way
        else:
            self._on_warning(
                Message(
                    "on this machine the run goes on in other arithmetic: {now} instead of {before}",
                    now=self.way,
                    before=way,
                )
            )


def auto_is_mixed(device: torch.device) -> bool:
    """Whether the precision `auto` means `mixed` on this device."""
    return device.type == "cpu" and bf16_is_fast(device)


def _has_convolutions(gan: nn.Module) -> bool:
    return any(isinstance(module, CONVOLUTIONS) for module in gan.modules())


@cache
def supports_bf16_matmul() -> bool:
    """Whether oneDNN, asked to, rounds the factors of a float32 product to bfloat16 on this processor.

    That some do not (AMD's, with AVX-512 BF16) no flag tells. So: 1 + 2^-9 rounds to 1, and a product shows it.
    """
    if not torch.backends.mkldnn.is_available():
        return False
    factor = torch.full((32, 32), 1 + 2**-9)
    with _bf16_matmul():
        return (factor @ factor)[0, 0].item() == 32.0


@contextmanager
def _bf16_matmul() -> Iterator[None]:
    products = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = products.fp32_precision
    products.fp32_precision = "bf16"
    try:
        yield
    finally:
        products.fp32_precision = before
