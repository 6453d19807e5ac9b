"""Optimisers and learning rates as a config describes them."""

from __future__ import annotations

import math

import torch
from torch import nn

from gan_core.config import RunConfig


def make_optimizer(config: RunConfig, module: nn.Module, lr: float, device: torch.device) -> torch.optim.Optimizer:
    """The config's optimiser over a network's weights, in one fused kernel where torch has one for the device."""
    weights = module.parameters()
    fused = device.type in ("cpu", "cuda")
    if config.optimizer == "adam":
        return torch.optim.Adam(weights, lr=lr, betas=(config.beta1, config.beta2), fused=fused)
    if config.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=lr, momentum=config.beta1, nesterov=config.beta1 > 0, fused=fused)
    return torch.optim.RMSprop(weights, lr=lr, alpha=config.beta2, foreach=fused)


def lr_factor(config: RunConfig, step: int) -> float:
    """What the learning rates are multiplied with at a step of 0 .. steps - 1: 1, or half a cosine from 1 to 0."""
    if config.schedule == "constant":
        return 1.0
    return (1 + math.cos(math.pi * step / config.steps)) / 2
