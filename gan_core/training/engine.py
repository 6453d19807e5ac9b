"""Engines: what carries out an iteration. Eager launches every kernel from Python; a graph records the iteration once
and replays it, which is several times quicker where the networks are so small that launching is most of the work.

A recorded iteration repeats the same kernels on the same memory, and no Python runs. So whatever changes from one
iteration to the next (batches, learning rates, counters) lies in tensors that are changed in place, and the random
numbers come from the device's default generator, which CUDA graphs advance at each replay as eager work would have.
What only the host can do, it does between two iterations.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gan_core.errors import Message
from gan_core.training.device import device_lock
from gan_core.training.randomness import States, read_states, write_states

WARM_UP = 3
# How far the first replay may be off the eager iteration from the same state: some CUDA kernels add up in any order.
TOLERANCE = 1e-3

logger = logging.getLogger(__name__)


class Work(Protocol):
    """The iterations of a trainer, as an engine sees them.

    iterate:  one iteration, all of it on the device
    changing: the tensors that it changes
    newest:   the losses and scores of the iteration just done
    """

    device: torch.device

    def iterate(self) -> None: ...

    def changing(self) -> list[Tensor]: ...

    def newest(self) -> Tensor: ...


class Engine(Protocol):
    """name: eager or graph; why: the reason, if another one was wanted.

    An engine does not hold on to the trainer whose iterations it does, which owns it.
    """

    why: Message | None

    @property
    def name(self) -> str: ...

    def run(self, work: Work) -> None:
        """Do one iteration; always of the same trainer."""

    def reset(self) -> None:
        """To be called when tensors of the trainer have been replaced: what was recorded is no longer valid."""


class EagerEngine:
    """The reference: Python launches every kernel of every iteration."""

    name = "eager"

    def __init__(self, why: Message):
        self.why = why

    def run(self, work: Work) -> None:
        work.iterate()

    def reset(self) -> None:
        pass


class Capture(Protocol):
    """What records work on the device. `GraphEngine` knows nothing else of CUDA."""

    def warm_up(self, work: Callable[[], None]) -> None:
        """Do the work in the surroundings in which it will be recorded."""

    def record(self, work: Callable[[], None]) -> None:
        """Record the work WITHOUT doing it, in place of what was recorded before."""

    def replay(self) -> None:
        """Do what was recorded."""


class CudaCapture:
    """A CUDA graph. It is recorded on a stream of its own and replayed on the current one."""

    def __init__(self):
        self._stream = torch.cuda.Stream()
        self._graph: torch.cuda.CUDAGraph | None = None

    def warm_up(self, work: Callable[[], None]) -> None:
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            work()
        torch.cuda.current_stream().wait_stream(self._stream)

    def record(self, work: Callable[[], None]) -> None:
        self._graph = None  # first give back its memory
        graph = torch.cuda.CUDAGraph()
        # Only one capture at a time in a process. Other threads may go on with what is not CUDA.
        capturing = torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local")
        with device_lock, _no_garbage_collection(), _unharmed_generator(), capturing:
            work()
        self._graph = graph

    def replay(self) -> None:
        self._graph.replay()


class GraphEngine:
    """Records an iteration and replays it.

    The first iterations are done eagerly, to find libraries and memory: real iterations, that move the weights as any
    other. The next one is done twice from the same state, eagerly and by replay. Only if both give the same losses and
    move the same tensors are all further ones replayed; otherwise the engine stays eager, and `why` says so.
    """

    def __init__(self, capture: Capture, tell: Callable[[Message], None] = logger.warning):
        self._capture = capture
        self._tell = tell
        self.why: Message | None = None
        self.reset()

    @property
    def name(self) -> str:
        return "graph" if self.why is None else "eager"

    def reset(self) -> None:
        self._warm_ups = 0
        self._is_recorded = False

    def run(self, work: Work) -> None:
        if self._is_recorded:
            self._capture.replay()
        elif self.why is not None:
            work.iterate()
        elif self._warm_ups < WARM_UP:
            self._capture.warm_up(work.iterate)
            self._warm_ups += 1
        else:
            self._record(work)

    def _record(self, work: Work) -> None:
        """Record the iteration, and do it: twice, to compare, with the effect of once."""
        before = Moment.of(work)
        self._capture.warm_up(work.iterate)
        eager = Moment.of(work)
        before.restore()
        try:
            self._capture.record(work.iterate)
            self._capture.replay()
            self.why = difference(before, eager, Moment.of(work))
        except RuntimeError as error:
            self.why = Message("the iteration could not be recorded: {error}", error=str(error).splitlines()[0])
        self._is_recorded = self.why is None
        if not self._is_recorded:
            eager.restore()
            self._tell(Message("training without a CUDA graph: {why}", why=self.why))


@dataclass(frozen=True)
class Moment:
    """A copy of all that an iteration changes.

    places: the tensors themselves; values: what was in them; losses: of the iteration just done
    """

    places: list[Tensor]
    values: list[Tensor]
    losses: Tensor
    random: States

    @classmethod
    def of(cls, work: Work) -> Moment:
        places = work.changing()
        values = [place.detach().clone() for place in places]
        return cls(places, values, work.newest().clone(), read_states({work.device.type}))

    @torch.no_grad()
    def restore(self) -> None:
        for place, value in zip(self.places, self.values, strict=True):
            place.copy_(value)
        write_states(self.random)


def difference(before: Moment, eager: Moment, replayed: Moment) -> Message | None:
    """What a replay did otherwise than the eager iteration from the same state; None if it did the same."""
    if not torch.allclose(eager.losses, replayed.losses, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
        return Message(
            "its losses are {replayed}, not {eager}",
            replayed=str(replayed.losses.tolist()),
            eager=str(eager.losses.tolist()),
        )
    moved = [
        [not torch.equal(old, new) for old, new in zip(before.values, after.values, strict=True)]
        for after in (eager, replayed)
    ]
    if moved[0] != moved[1]:
        return Message("it moves {replayed} tensors, not {eager}", replayed=sum(moved[1]), eager=sum(moved[0]))
    if any(not torch.equal(eager.random[kind], replayed.random[kind]) for kind in eager.random):
        return Message("it draws other random numbers")
    return None


def choose_engine(
    wanted: str,
    device: torch.device,
    *,
    processes: int = 1,
    capture: Capture | None = None,
    tell: Callable[[Message], None] = logger.warning,
) -> Engine:
    """The engine for a config's `engine`: auto, eager or graph. Where a graph cannot be had, eager with the reason.

    capture: instead of a CUDA graph
    tell:    told the reason, in one line, if a graph was asked for
    """
    why = _why_no_graph(wanted, device, processes, capture)
    if why is None:
        return GraphEngine(capture or CudaCapture(), tell)
    logger.info("training without a CUDA graph: %s", why)
    if wanted == "graph":
        tell(Message("training without a CUDA graph: {why}", why=why))
    return EagerEngine(why)


def _why_no_graph(wanted: str, device: torch.device, processes: int, capture: Capture | None) -> Message | None:
    if wanted == "eager":
        return Message("the config asks for eager")
    if processes > 1:
        return Message("several processes train together")
    if capture is None and device.type != "cuda":
        return Message("the device is {device}", device=device.type)
    return None


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
