"""Where a run computes."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext

import torch

from gan_core.errors import ConfigError, RunError

# While a CUDA graph is captured, no other thread may work on a CUDA device.
device_lock = threading.RLock()


def using(device: torch.device) -> AbstractContextManager:
    """Around work on a device that does not belong to training: waits until no graph is being captured."""
    return device_lock if device.type == "cuda" else nullcontext()


def resolve_device(name: str) -> torch.device:
    """`auto` is CUDA, then MPS, then CPU. Raises `ConfigError` when a device is named that is not there."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available.get(name, False):
        raise ConfigError("device", f"{name} is not available on this machine; use auto or cpu")
    return torch.device(name)


def is_quick_in_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 products are quicker than float32 ones: on CUDA, and on CPUs with AMX or AVX-512 BF16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        # Private names, so a torch without them counts as slow.
        tests = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
        return any(getattr(torch.cpu, test, lambda: False)() for test in tests)
    return False


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the device, or the host, has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The CPU allocator raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def out_of_memory(device: torch.device) -> RunError:
    return RunError(f"out of memory on {device.type}: use a smaller batch_size, width or image_size")
