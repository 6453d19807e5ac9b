"""Optimisers and learning rates as a config describes them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from gan_core.families import RunConfig

# What belongs to the machine that a state is loaded on, not to the one that it was saved on.
OF_THE_MACHINE = ("lr", "fused", "foreach", "capturable")


def make_optimizer(config: RunConfig, module: nn.Module, lr: float, device: torch.device) -> torch.optim.Optimizer:
    """The config's optimiser over a network's weights, in one fused kernel where torch has one for the device.

    Wherever it can, it keeps its learning rate in a tensor: an iteration that is recorded once finds changes there.
    """
    weights = module.parameters()
    on_gpu = device.type == "cuda"
    fused = device.type in ("cpu", "cuda")
    rate = torch.tensor(lr, device=device) if on_gpu or (fused and config.optimizer != "rmsprop") else lr
    if config.optimizer == "adam":
        betas = (config.beta1, config.beta2)
        return torch.optim.Adam(weights, lr=rate, betas=betas, fused=fused, capturable=on_gpu)
    if config.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=rate, momentum=config.beta1, nesterov=config.beta1 > 0, fused=fused)
    return torch.optim.RMSprop(weights, lr=rate, alpha=config.beta2, foreach=fused, capturable=on_gpu)


def set_lr(optimizer: torch.optim.Optimizer, lr: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a `state_dict()` that may have been saved on another kind of device."""
    groups = [
        theirs | {name: mine[name] for name in OF_THE_MACHINE if name in mine}
        for mine, theirs in zip(optimizer.param_groups, state["param_groups"], strict=True)
    ]
    optimizer.load_state_dict({**state, "param_groups": groups})


def lr_factor(config: RunConfig, step: int) -> float:
    """What the learning rates are multiplied with at a step of 0 .. steps - 1: 1, or half a cosine from 1 to 0."""
    if config.lr_schedule == "constant":
        return 1.0
    return (1 + math.cos(math.pi * step / config.steps)) / 2
