"""BatchNorm over the batch of all processes together.

`torch.nn.SyncBatchNorm` does the same, on GPUs only.
"""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn.modules.batchnorm import _BatchNorm

from gan_core.training.process_group import mean_over_processes


class SyncedBatchNorm(_BatchNorm):
    """BatchNorm whose mean and variance of each channel are over the N of all processes, which must be equal."""

    def forward(self, images: Tensor) -> Tensor:
        """(N, C) or (N, C, H, W), as `torch.nn.BatchNorm2d`."""
        if not self.training:
            return super().forward(images)
        axes = [0, *range(2, images.dim())]
        x = images.float()
        mean = _Mean.apply(x.mean(axes, keepdim=True))
        centered = x - mean
        variance = _Mean.apply(centered.square().mean(axes, keepdim=True))
        self._update_running(
            mean.flatten(), variance.flatten(), images.numel() // images.shape[1] * dist.get_world_size()
        )
        shape = mean.shape
        scaled: Tensor = centered * torch.rsqrt(variance + self.eps) * self.weight.view(shape) + self.bias.view(shape)
        return scaled.to(images.dtype)

    @torch.no_grad()
    def _update_running(self, mean: Tensor, variance: Tensor, n: int) -> None:
        assert self.num_batches_tracked is not None
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.momentum is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * (n / (n - 1)), self.momentum)

    def _check_input_dim(self, images: Tensor) -> None:
        pass  # whatever the layer in its place took


class _Mean(torch.autograd.Function):
    """The mean over the processes. Each of them depends on it, so their gradients come together too."""

    @staticmethod
    def forward(ctx: FunctionCtx, tensor: Tensor) -> Tensor:
        return mean_over_processes(tensor)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        return mean_over_processes(gradient)


def synchronize_batch_norm(module: nn.Module) -> None:
    """Replace every BatchNorm inside `module` by a `SyncedBatchNorm` with the same weights and statistics."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            synced = SyncedBatchNorm(child.num_features, eps=child.eps, momentum=child.momentum)
            synced.weight, synced.bias = child.weight, child.bias
            for buffer in ("running_mean", "running_var", "num_batches_tracked"):
                setattr(synced, buffer, getattr(child, buffer))
            setattr(module, name, synced)
        else:
            synchronize_batch_norm(child)
