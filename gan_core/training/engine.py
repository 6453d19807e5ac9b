"""Engines carry out training steps: eagerly, or as a graph that is recorded once and replayed.

A graph is several times quicker where the networks are so small that launching kernels is most of the work.

A recorded step repeats the same kernels on the same memory, and no Python runs. So whatever changes from one step to
the next (batches, learning rates, counters) lies in tensors that are changed in place, and the random numbers come from
the device's default generator, which CUDA graphs advance at each replay as eager work would have. What only the host
can do, it does between two steps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gan_core.errors import Message
from gan_core.training.cuda_graph import Capture, CudaGraphCapture
from gan_core.training.randomness import States, read_states, write_states

WARM_UP_STEPS = 3
# How far the first replay may be off the eager step from the same state: some CUDA kernels add up in any order.
TOLERANCE = 1e-3

logger = logging.getLogger(__name__)


class Capturable(Protocol):
    """The steps of a trainer, as an engine sees them."""

    device: torch.device

    def train_step(self) -> None:
        """Do one step, all of it on the device."""

    def mutable_tensors(self) -> list[Tensor]:
        """The tensors that a step changes."""
        ...

    def last_metrics(self) -> Tensor:
        """The losses and scores of the step just done, (1, N)."""
        ...


class Engine(Protocol):
    """Does the steps of one trainer, which owns the engine; the engine does not hold on to it."""

    @property
    def name(self) -> str:
        """`eager` or `graph`."""
        ...

    @property
    def fallback_reason(self) -> str | None:
        """The reason for an eager engine, if another one was wanted."""
        ...

    def run(self, work: Capturable) -> None:
        """Do one step; always of the same trainer."""

    def reset(self) -> None:
        """To be called when tensors of the trainer have been replaced: what was recorded is no longer valid."""


class EagerEngine:
    """The reference: Python launches every kernel of every step."""

    name = "eager"

    def __init__(self, fallback_reason: Message):
        self.fallback_reason = fallback_reason

    def run(self, work: Capturable) -> None:
        """Do one step."""
        work.train_step()

    def reset(self) -> None:
        """Nothing was recorded."""


class GraphEngine:
    """Records a step and replays it.

    The first steps are done eagerly, to find libraries and memory: real steps, that move the weights as any other. The
    next one is done twice from the same state, eagerly and by replay. Only if both give the same losses and move the
    same tensors are all further ones replayed; otherwise the engine stays eager, and `fallback_reason` says why.
    """

    def __init__(self, capture: Capture, on_warning: Callable[[Message], None] = logger.warning):
        self._capture = capture
        self._on_warning = on_warning
        self.fallback_reason: Message | None = None
        self.reset()

    @property
    def name(self) -> str:
        """`graph`, or `eager` after a step that could not be recorded."""
        return "graph" if self.fallback_reason is None else "eager"

    def reset(self) -> None:
        """Record anew, after as many eager steps as at first."""
        self._warm_ups = 0
        self._is_recorded = False

    def run(self, work: Capturable) -> None:
        """Do one step."""
        if self._is_recorded:
            self._capture.replay()
        elif self.fallback_reason is not None:
            work.train_step()
        elif self._warm_ups < WARM_UP_STEPS:
            self._capture.warm_up(work.train_step)
            self._warm_ups += 1
        else:
            self._record(work)

    def _record(self, work: Capturable) -> None:
        """Record the step, and do it: twice, to compare, with the effect of once."""
        before = Snapshot.of(work)
        self._capture.warm_up(work.train_step)
        eager = Snapshot.of(work)
        before.restore()
        try:
            self._capture.record(work.train_step)
            self._capture.replay()
            self.fallback_reason = describe_mismatch(before, eager, Snapshot.of(work))
        except RuntimeError as error:
            self.fallback_reason = Message(
                "the iteration could not be recorded: {error}", error=str(error).splitlines()[0]
            )
        self._is_recorded = self.fallback_reason is None
        if not self._is_recorded:
            eager.restore()
            self._on_warning(Message("training without a CUDA graph: {why}", why=self.fallback_reason))


@dataclass(frozen=True)
class Snapshot:
    """A copy of all that a step changes.

    Attributes:
        tensors: The tensors themselves.
        values: Copies of their values.
        metrics: The losses and scores of the step just done.
        random: The state of the device's random generator.
    """

    tensors: list[Tensor]
    values: list[Tensor]
    metrics: Tensor
    random: States

    @classmethod
    def of(cls, work: Capturable) -> Snapshot:
        """The present state of a trainer."""
        tensors = work.mutable_tensors()
        values = [tensor.detach().clone() for tensor in tensors]
        return cls(tensors, values, work.last_metrics().clone(), read_states({work.device.type}))

    @torch.no_grad()
    def restore(self) -> None:
        """Give the tensors and the generator their values back."""
        for tensor, value in zip(self.tensors, self.values, strict=True):
            tensor.copy_(value)
        write_states(self.random)


def describe_mismatch(before: Snapshot, eager: Snapshot, replayed: Snapshot) -> Message | None:
    """The first difference between a replay and the eager step from the same state; None if they did the same."""
    if not torch.allclose(eager.metrics, replayed.metrics, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
        return Message(
            "its losses are {replayed}, not {eager}",
            replayed=str(replayed.metrics.tolist()),
            eager=str(eager.metrics.tolist()),
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
    on_warning: Callable[[Message], None] = logger.warning,
) -> Engine:
    """The engine for a config; where a graph cannot be had, the eager one with the reason.

    Args:
        wanted: The config's `engine`: auto, eager or graph.
        device: The device of training.
        processes: How many processes train together.
        capture: Records steps, instead of a CUDA graph.
        on_warning: Called with the reason, in one line, if a graph was asked for.
    """
    reason = _why_no_graph(wanted, device, processes, capture)
    if reason is None:
        return GraphEngine(capture or CudaGraphCapture(), on_warning)
    logger.info("training without a CUDA graph: %s", reason)
    if wanted == "graph":
        on_warning(Message("training without a CUDA graph: {why}", why=reason))
    return EagerEngine(reason)


def _why_no_graph(wanted: str, device: torch.device, processes: int, capture: Capture | None) -> Message | None:
    if wanted == "eager":
        return Message("the config asks for eager")
    if processes > 1:
        return Message("several processes train together")
    if capture is None and device.type != "cuda":
        return Message("the device is {device}", device=device.type)
    return None
