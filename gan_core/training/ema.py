"""The exponential moving average of the generator's weights, which draws better pictures than the last weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class Ema:
    """average <- d * average + (1 - d) * weights after every generator step.

    d rises from 0 to `decay` as (1 + t) / (10 + t), so that the average does not drag the random start along
    (the warm-up of TensorFlow's ExponentialMovingAverage). Buffers (BatchNorm statistics) are copied as they are.

    updates: t, the number of updates done, a tensor beside the weights: d is worked out where they are
    """

    def __init__(self, model: nn.Module, decay: float):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self.updates = torch.zeros((), device=next(model.parameters()).device)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.updates.add_(1)
        weight = (9 / (10 + self.updates)).clamp_min_(1 - self.decay)  # 1 - d
        mine = list(self.model.parameters())
        torch._foreach_lerp_(mine, list(model.parameters()), [weight] * len(mine))
        for average, theirs in zip(self.model.buffers(), model.buffers(), strict=True):
            average.copy_(theirs)

    def changing(self) -> list[Tensor]:
        """The tensors that an update changes."""
        return [self.updates, *self.model.state_dict().values()]
