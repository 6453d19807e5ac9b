"""Beginning with the weights of a trained network: transfer learning (Wang et al. 2018, arXiv:1805.01677)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Size, Tensor, nn

MIN_OVERLAP = 0.75  # of the larger of two tensors: a few classes more or less, but not half the width


def overlap(shape: Size, trained: Size | None) -> tuple[slice, ...] | None:
    """The block that two tensors have in common, counted from their beginnings; None where they are too unlike.

    Networks with another number of classes differ in the inputs that follow the noise, and in nothing else.

    Args:
        shape: Of the tensor to fill.
        trained: Of the trained one; None where there is none.
    """
    if trained is None or len(shape) != len(trained):
        return None
    sides = [min(pair) for pair in zip(shape, trained, strict=True)]
    larger = max(shape.numel(), trained.numel())
    return tuple(map(slice, sides)) if math.prod(sides) >= MIN_OVERLAP * larger else None


def fitting_share(shapes: Mapping[str, Size], net: nn.Module) -> float:
    """The share of a network's weights, 0 .. 1, that trained ones of the same name can replace.

    Args:
        shapes: Of the trained weights, by name.
        net: The network; on the meta device will do.
    """
    weights = dict(net.named_parameters())
    blocks = ((weight, overlap(weight.shape, shapes.get(name))) for name, weight in weights.items())
    fitting = sum(weight[block].numel() for weight, block in blocks if block is not None)
    return fitting / max(1, sum(weight.numel() for weight in weights.values()))


@torch.no_grad()
def adopt(net: nn.Module, trained: Mapping[str, Tensor]) -> float:
    """Replace what fits of a network by trained weights and statistics; the rest stays freshly initialised.

    Args:
        net: The network.
        trained: A state dict.

    Returns:
        `fitting_share`.
    """
    shapes = {name: tensor.shape for name, tensor in trained.items()}
    for name, tensor in net.state_dict().items():
        block = overlap(tensor.shape, shapes.get(name))
        if block is not None:
            tensor[block] = trained[name][block].to(tensor.device, tensor.dtype)
    return fitting_share(shapes, net)
