"""CUDA graphs: a training step is captured once and replayed, without any Python."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from gan_core.training.device import graph_capture_guard


class Capture(Protocol):
    """Records work on a device. `GraphEngine` knows nothing else of CUDA."""

    def warm_up(self, work: Callable[[], None]) -> None:
        """Do the work in the surroundings in which it will be recorded."""

    def record(self, work: Callable[[], None]) -> None:
        """Record the work WITHOUT doing it, in place of what was recorded before."""

    def replay(self) -> None:
        """Do what was recorded."""


class CudaGraphCapture:
    """A CUDA graph. It is captured on a stream of its own and replayed on the current one."""

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()
        self._graph: torch.cuda.CUDAGraph | None = None

    def warm_up(self, work: Callable[[], None]) -> None:
        """Do the work on the stream of the capture."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            work()
        torch.cuda.current_stream().wait_stream(self._stream)

    def record(self, work: Callable[[], None]) -> None:
        """Capture the work in a new graph."""
        self._graph = None  # first give back its memory
        graph = torch.cuda.CUDAGraph()
        # Only one capture at a time in a process. Other threads may go on with what is not CUDA.
        capturing = torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local")
        guard = graph_capture_guard(self._stream.device)
        with guard, _no_garbage_collection(), _unharmed_generator(), capturing:
            work()
        self._graph = graph

    def replay(self) -> None:
        """Launch the graph."""
        assert self._graph is not None, "nothing was recorded"
        self._graph.replay()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A collection could free memory of another stream in the middle of a capture."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _unharmed_generator() -> Iterator[None]:
    """After a capture that failed, some releases of torch leave the default generator unusable: replace its state."""
    generator = torch.cuda.default_generators[torch.cuda.current_device()]
    try:
        yield
    except BaseException:
        generator.graphsafe_set_state(generator.clone_state())
        raise
