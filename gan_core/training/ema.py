"""The exponential moving average of the generator's weights, which draws better pictures than the last weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Ema:
    """average <- d * average + (1 - d) * weights after every generator step.

    d rises from 0 to `decay` as (1 + t) / (10 + t), so that the average does not drag the random start along
    (the warm-up of TensorFlow's ExponentialMovingAverage). Buffers (BatchNorm statistics) are copied as they are.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.model.parameters()), list(model.parameters()), 1 - decay)
        for mine, theirs in zip(self.model.buffers(), model.buffers(), strict=True):
            mine.copy_(theirs)
