"""Where a run computes."""

from __future__ import annotations

import torch

from gan_core.errors import ConfigError, RunError


def resolve_device(name: str) -> torch.device:
    """`auto` is CUDA, then MPS, then CPU. Raises `ConfigError` when a device is named that is not there."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available.get(name, False):
        raise ConfigError("device", f"{name} is not available on this machine; use auto or cpu")
    return torch.device(name)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the device, or the host, has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The CPU allocator raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def out_of_memory(device: torch.device) -> RunError:
    return RunError(f"out of memory on {device.type}: use a smaller batch_size, width or image_size")
