"""`Precision`: in which arithmetic the networks of a run compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import nn

from gan_core.training.device import is_quick_in_bfloat16

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


class Precision:
    """float32, or `mixed`: bfloat16 for products and convolutions, float32 for weights, gradients and sums.

    There are two ways to have bfloat16, and which is quicker depends on the networks:

    autocast   Tensors are cast before a product and what comes out stays in bfloat16, half as large. Convolutions gain
               most from that, and a GPU everything.
    products   oneDNN rounds float32 tensors while it multiplies them. On a CPU a fully connected network spends longer
               on autocast's copies of its weights and gradients than on its products, which this spares.

    Where bfloat16 is not quicker than float32, `mixed` is float32.
    """

    def __init__(self, name: str, device: torch.device, gan: nn.Module):
        mixed = name == "mixed" and is_quick_in_bfloat16(device)
        convolves = any(isinstance(module, CONVOLUTIONS) for module in gan.modules())
        self._device = device
        self._rounds_products = mixed and device.type == "cpu" and not convolves
        self._casts = mixed and not self._rounds_products

    def autocast(self) -> AbstractContextManager:
        """Around a forward pass. A new block each time: copies of weights it keeps must not outlive their update."""
        return torch.autocast(self._device.type, torch.bfloat16) if self._casts else nullcontext()

    def products(self) -> AbstractContextManager:
        """Around whole iterations. A setting of the whole process: what other threads multiply meanwhile is rounded."""
        return _rounded_products() if self._rounds_products else nullcontext()


@contextmanager
def _rounded_products() -> Iterator[None]:
    products = torch.backends.mkldnn.matmul
    before = products.fp32_precision
    products.fp32_precision = "bf16"
    try:
        yield
    finally:
        products.fp32_precision = before
