"""The device of a run, and what is known about it."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import torch

from gan_core.errors import ConfigError, RunError

# A processor without bfloat16 instructions takes several times as long with it, one that has them about half as long.
MIN_BF16_GAIN = 1.2
TRIALS = 9

# While a CUDA graph is captured, no other thread may work on a CUDA device.
_graph_capture = threading.RLock()


def graph_capture_guard(device: torch.device) -> AbstractContextManager[object]:
    """Around work on a device that is not a training step: waits until no CUDA graph is being captured."""
    return _graph_capture if device.type == "cuda" else nullcontext()


def resolve_device(name: str) -> torch.device:
    """The device for a config's `device`; `auto` is CUDA, then MPS, then CPU.

    Raises:
        ConfigError: The device that is named is not there.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in available.items() if there)
    if not available.get(name, False):
        raise ConfigError("device", "{name} is not available on this machine; use auto or cpu", name=name)
    return torch.device(name)


def bf16_is_fast(device: torch.device) -> bool:
    """Whether bfloat16 products are quicker than float32 ones: on most CUDA devices, on CPUs by measurement."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and _bf16_gain() > MIN_BF16_GAIN


@cache
def _bf16_gain() -> float:
    """How many times as quick a product of bfloat16 factors is on one core of this CPU; takes about 30 ms.

    Measured, because instructions that a processor has may still be slow. The shape is that of a layer in training.
    """
    exact = torch.ones(64, 1024), torch.ones(1024, 512)
    rounded = exact[0].bfloat16(), exact[1].bfloat16()

    def seconds(factors: tuple[torch.Tensor, torch.Tensor]) -> float:
        began = time.perf_counter()
        torch.mm(*factors)
        return time.perf_counter() - began

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # where another process holds a core, two threads would measure how they wait
    try:
        trials = [(seconds(exact), seconds(rounded)) for _ in range(TRIALS)]
    finally:
        torch.set_num_threads(threads)
    in_float32, in_bfloat16 = (min(taken) for taken in zip(*trials, strict=True))  # others can only slow it down
    return float(in_float32 / in_bfloat16)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that the device, or the host, has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    # The CPU allocator raises a plain RuntimeError.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def out_of_memory(device: torch.device) -> RunError:
    """The error for people when the device has no memory left."""
    return RunError("out of memory on {device}: use a smaller batch_size, width or image_size", device=device.type)
