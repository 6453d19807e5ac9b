"""Torch's default random generators, one trainer at a time.

Dropout, and the initialization of weights, can only draw from the default generators. So a trainer swaps its own state
in while it works and keeps it in between: runs that take turns draw the same numbers as if each were alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor

States = dict[str, Tensor]  # {device type: state of its default generator}

# Threads that train on other devices share the CPU's generator with nobody but those that build or train on the CPU.
_cpu_generator = threading.RLock()


class Randomness:
    """The random state of one trainer on one device.

    Attributes:
        states: All that has to be kept to go on drawing the same numbers.
    """

    def __init__(self, device: torch.device):
        self.device = device
        self.states: States = {}

    @contextmanager
    def swap_in(self) -> Iterator[None]:
        """In this block the device's default generator has our state; afterwards it is as it was."""
        with self._restoring({self.device.type}):
            write_states(self.states)
            yield

    @contextmanager
    def fork_with_seed(self, seed: int) -> Iterator[None]:
        """As `swap_in`, starting from `seed`, and with the CPU's generator too, from which weights are drawn."""
        with self._restoring({self.device.type, "cpu"}):
            seed_states({self.device.type, "cpu"}, seed)
            yield

    @contextmanager
    def _restoring(self, kinds: set[str]) -> Iterator[None]:
        with _cpu_generator if "cpu" in kinds else nullcontext():
            before = read_states(kinds)
            try:
                yield
            finally:
                self.states = read_states({self.device.type})
                write_states(before)


def read_states(kinds: set[str]) -> States:
    """The states of the default generators of some device types."""
    read = {"cpu": torch.get_rng_state, "cuda": torch.cuda.get_rng_state, "mps": torch.mps.get_rng_state}
    return {kind: read[kind]() for kind in kinds}


def seed_states(kinds: set[str], seed: int) -> None:
    """As `torch.manual_seed`, which would seed the generators of all devices, also of those that train other runs."""
    for kind in kinds:
        match kind:
            case "cuda":
                torch.cuda.manual_seed(seed)
            case "mps":
                torch.mps.manual_seed(seed)
            case _:
                torch.default_generator.manual_seed(seed)


def write_states(states: States) -> None:
    """Give default generators the states that `read_states` returned."""
    write = {"cpu": torch.set_rng_state, "cuda": torch.cuda.set_rng_state, "mps": torch.mps.set_rng_state}
    for kind, state in states.items():
        write[kind](state)
