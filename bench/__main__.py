"""Images per second of the workshop's engine against the loop of the tutorials, in one run on one machine.

    python -m bench                        # vanilla and dcgan, a minute each
    python -m bench --rounds 9 --seconds 5 --families dcgan --threads 2

The loops take turns, so that a change in what else the machine does meets them all. The ratio is taken within each
round; medians and the range over rounds are printed. The workshop's loop runs in float32 and, on a CPU that is quick
at bfloat16, in mixed precision too. MNIST is used where it is found, else the project's own strokes.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from bench.plain import PlainLoop
from gan_core.config import RunConfig
from gan_core.data import ImageData, load_dataset
from gan_core.errors import DataError
from gan_core.families import new_config
from gan_core.training import Trainer
from gan_core.training.device import is_quick_in_bfloat16


class WorkshopLoop:
    """The project's trainer, behind the same face as `PlainLoop`."""

    def __init__(self, config: RunConfig, data: ImageData):
        self.trainer = Trainer(config, data)

    def run(self, seconds: float) -> float:
        start = time.perf_counter()
        deadline = start + seconds
        steps = self.trainer.advance(10**9, interrupted=lambda: time.perf_counter() > deadline)
        self.trainer.drain()
        return steps * self.trainer.config.batch_size / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", nargs="+", default=["vanilla", "dcgan"], help="unconditional families")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="per loop and round")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1, help="torch threads, for both loops")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    data = load()
    print(f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {options.threads} thread(s)")
    print(f"{data.name}, batch {options.batch_size}, {options.rounds} rounds of {options.seconds} s")
    precisions = ["float32", "mixed"] if is_quick_in_bfloat16(torch.device("cpu")) else ["float32"]
    header = "".join(f"{'workshop, ' + precision:>21} {'ratio':>6} {'range':>14}" for precision in precisions)
    print(f"{'family':10} {'plain loop':>12}{header}")
    for family in options.families:
        config = new_config(family, data.name, batch_size=options.batch_size, steps=10**7, device="cpu")
        loops = [PlainLoop(config, data)]
        loops += [WorkshopLoop(config.replace(precision=precision), data) for precision in precisions]
        for loop in loops:
            loop.run(1.0)  # warm up
        plain, *ours = zip(*([loop.run(options.seconds) for loop in loops] for _ in range(options.rounds)), strict=True)
        row = f"{family:10} {statistics.median(plain):10,.0f}/s"
        for rates in ours:
            ratios = [mine / theirs for mine, theirs in zip(rates, plain, strict=True)]
            spread = f"{min(ratios):.2f} - {max(ratios):.2f}"
            row += f"{statistics.median(rates):19,.0f}/s {statistics.median(ratios):5.2f}x {spread:>14}"
        print(row)


def load() -> ImageData:
    try:
        return load_dataset("mnist")
    except DataError:
        return load_dataset("strokes")


if __name__ == "__main__":
    main()
