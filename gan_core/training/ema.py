"""The exponential moving average of the generator's weights, which draws better images than the last weights."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


class Ema(Generic[M]):
    """average <- d * average + (1 - d) * weights after every generator step.

    d rises from 0 to `decay` as (1 + t) / (10 + t), so that early averages are not biased towards the initial weights
    (the warm-up of TensorFlow's ExponentialMovingAverage). Buffers are copied as they are: BatchNorm statistics are
    those of the last weights.

    Attributes:
        model: The averaged network, always in evaluation mode.
        decay: The final d.
        updates: t, the number of updates done, a tensor on the device of the weights: d is worked out there.
    """

    def __init__(self, model: M, decay: float):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        # Listed once: a walk through the modules for each list would take longer than a small network's update.
        self._weights: list[Tensor] = list(model.parameters())
        self._averages: list[Tensor] = list(self.model.parameters())
        self._buffers, self._copies = list(model.buffers()), list(self.model.buffers())
        self.updates = torch.zeros((), device=self._averages[0].device)

    @torch.no_grad()
    def update(self) -> None:
        """Take the current weights into the average."""
        self.updates.add_(1)
        weight = (9 / (10 + self.updates)).clamp_min_(1 - self.decay)  # 1 - d
        torch._foreach_lerp_(self._averages, self._weights, [weight] * len(self._weights))
        for copied, buffer in zip(self._copies, self._buffers, strict=True):
            copied.copy_(buffer)

    def mutable_tensors(self) -> list[Tensor]:
        """The tensors that an update changes."""
        return [self.updates, *self.model.state_dict().values()]
