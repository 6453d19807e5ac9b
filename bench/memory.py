"""Peak memory of training, each in a fresh process: the highest resident memory less what the imports took.

python -m bench memory dcgan 28        # one of them, in MB
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
from pathlib import Path

MB = 1e6
STEPS = 3
IMAGES = 1024  # random ones: the memory of a whole dataset is the dataset's own affair


def peak() -> float:
    """The highest resident memory of this process so far, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss of a process begins with the peak of the one that started it
        fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024 / MB
    if sys.platform == "win32":
        return _peak_on_windows() / MB
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB


def _peak_on_windows() -> int:
    """PeakWorkingSetSize of PROCESS_MEMORY_COUNTERS, in bytes."""

    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("page_faults", ctypes.c_uint32),
            ("peak_working_set", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 7),
        )

    counters = Counters(cb=ctypes.sizeof(Counters))
    kernel = ctypes.windll.kernel32
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = [ctypes.c_void_p, ctypes.POINTER(Counters), ctypes.c_uint32]
    kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), counters, counters.cb)
    return counters.peak_working_set


def train_and_measure(family: str, image_size: int, batch_size: int, precision: str, device: str) -> float:
    """MB that a trainer takes at most: networks, optimisers, and the activations and gradients of its steps."""
    import torch

    from gan_core.data import ImageData
    from gan_core.families import new_config
    from gan_core.training import Trainer

    torch.set_num_threads(1)
    images = torch.randint(256, (IMAGES, 1, image_size, image_size), dtype=torch.uint8)
    data = ImageData("strokes", images, torch.arange(IMAGES) % 10, tuple("0123456789"))
    settings = {"image_size": image_size, "batch_size": batch_size, "precision": precision, "device": device}
    # The first step of an optimiser loads modules of torch, which are imports too.
    weight = torch.nn.Parameter(torch.zeros(1))
    weight.grad = torch.zeros(1)
    torch.optim.Adam([weight], fused=True).step()
    before = peak()
    trainer = Trainer(new_config(family, "strokes", **settings), data)
    trainer.train_steps(STEPS)
    trainer.flush()
    return torch.cuda.max_memory_allocated() / MB if device == "cuda" else peak() - before


def peak_of_training(family: str, image_size: int, *, batch_size: int, precision: str, device: str) -> float:
    """`train_and_measure` in a process of its own."""
    arguments = [family, image_size, "--batch-size", batch_size, "--precision", precision, "--device", device]
    command = [sys.executable, "-m", "bench", "memory", *map(str, arguments)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"memory of {family} could not be measured:\n{done.stderr}")
    return float(done.stdout)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("family")
    parser.add_argument("image_size", type=int)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--precision", default="float32", choices=["float32", "mixed"])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda", "mps"])


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    settings = (options.family, options.image_size, options.batch_size, options.precision, options.device)
    print(f"{train_and_measure(*settings):.1f}")
