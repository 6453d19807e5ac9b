"""Running statistics of BatchNorm: taken anew, or kept as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def has_batch_norm(network: nn.Module) -> bool:
    """Whether what a network does in evaluation mode rests on running statistics."""
    return any(isinstance(module, _BatchNorm) for module in network.modules())


@contextmanager
def kept_buffers(*networks: nn.Module) -> Iterator[None]:
    """After this block all buffers of the networks, such as running statistics, have the values they had before."""
    buffers = [buffer for network in networks for buffer in network.buffers()]
    values = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(buffers, values, strict=True):
                buffer.copy_(value)


@contextmanager
def fresh_statistics(network: nn.Module) -> Iterator[None]:
    """Let BatchNorm forget its running statistics and take those of the batches that pass in this block, all alike.

    In the block BatchNorm normalizes each batch by itself, as in training. `torch.optim.swa_utils.update_bn` does the
    same with all layers in training mode; here dropout draws no random numbers.

    Args:
        network: In evaluation mode, in which it stays. Two images or more have to pass.
    """
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over the batches
        norm.train()
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.eval()
