"""`ProcessGroup`: the processes that train one run together. A group of one does nothing and costs nothing.

    torchrun --nproc-per-node 2 -m gan_core train --family dcgan --dataset mnist

Every process runs the same program on a copy of the networks and sees its part of each batch. The gradients of an
update are averaged in one flat tensor, so all copies stay the same. Rank 0 also writes the record of the run.

There is no DistributedDataParallel: it averages gradients in hooks of a single backward pass, and here the gradient
penalties differentiate through `autograd.grad`, and each network takes part in two losses, one of which must leave no
gradients in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from gan_core.errors import ConfigError, RunError

# The others wait while rank 0 downloads a dataset. A process that dies is noticed at once, whatever this says.
TIMEOUT = timedelta(hours=6)

T = TypeVar("T")


class PeerError(RunError):
    """Another process of the group has failed or has gone; the error itself is reported there."""

    def __init__(self) -> None:
        super().__init__("another process of this run has ended; resume the run to go on from its last checkpoint")


class ProcessGroup:
    """A group of one process, and the interface of a larger one.

    Attributes:
        rank: Number of this process, from 0.
        size: Number of processes.
    """

    rank = 0
    size = 1

    @staticmethod
    def from_environment() -> ProcessGroup:
        """The group that torchrun has started, by its environment variables; without them a group of one.

        Each process of a machine takes a GPU of its own as far as there are any.
        """
        if int(os.environ.get("WORLD_SIZE", 1)) == 1:
            return ProcessGroup()
        return _TorchProcessGroup()

    def __enter__(self) -> ProcessGroup:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the group. Processes that still wait for this one get a `PeerError`."""

    @property
    def is_leader(self) -> bool:
        """Whether this is the process that writes and reports, rank 0."""
        return self.rank == 0

    def check_device(self, device: torch.device) -> None:
        """Check that each process has a device.

        Raises:
            ConfigError: There are GPUs to train on, but not one for each process.
        """

    def local_batch_size(self, batch_size: int) -> int:
        """The number of images of a batch that each process sees.

        Raises:
            ConfigError: The batch cannot be divided.
        """
        if batch_size % self.size:
            raise ConfigError(
                "batch_size",
                "{batch_size} cannot be divided among {processes} processes",
                batch_size=batch_size,
                processes=self.size,
            )
        return batch_size // self.size

    def seed(self, *numbers: int) -> int:
        """A seed for this process alone, made from numbers that all processes have in common."""
        return int(np.random.SeedSequence([*numbers, self.rank]).generate_state(1)[0])

    # Collective: every process calls these, in the same order. Each raises `PeerError` when another process has gone.

    def all_reduce_gradients(self, module: nn.Module) -> None:
        """Replace every gradient by its mean over the processes."""

    def mean(self, tensor: Tensor) -> Tensor:
        """The mean over the processes."""
        return tensor

    def broadcast_from_leader(self, tensor: Tensor) -> None:
        """Give `tensor` the values that it has in rank 0, in place."""

    def gather(self, value: T) -> list[T]:
        """The values of all processes, by rank."""
        return [value]

    def on_leader(self, work: Callable[[], T]) -> T:
        """Call `work` in rank 0 alone and return its result, which can be pickled, in every process.

        Raises:
            PeerError: In the other processes, when `work` raises in rank 0.
        """
        return work()

    def leader_first(self, work: Callable[[], T]) -> T:
        """Call `work` in every process, in rank 0 before the others: what it downloads is there for them.

        Raises:
            PeerError: `work` has raised in another process.
        """
        return work()


def mean_over_processes(tensor: Tensor) -> Tensor:
    """The mean of the tensors of all processes of the default group; collective."""
    total = tensor.clone(memory_format=torch.contiguous_format)
    with _peers():
        dist.all_reduce(total)
    return total.div_(dist.get_world_size())


@contextmanager
def _peers() -> Iterator[None]:
    """Around a collective call, which fails when another process has gone."""
    try:
        yield
    except RuntimeError as error:
        raise PeerError from error


class _TorchProcessGroup(ProcessGroup):
    """The default group of `torch.distributed`: gloo between CPUs, NCCL between GPUs where there is NCCL."""

    def __init__(self) -> None:
        gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
        local_rank = int(os.environ["LOCAL_RANK"])
        if local_rank < gpus:
            torch.cuda.set_device(local_rank)
        has_nccl = gpus > 0 and dist.is_nccl_available()  # Windows has none
        dist.init_process_group("cpu:gloo,cuda:nccl" if has_nccl else "gloo", timeout=TIMEOUT)
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self._too_few = [here for here, missing in self.gather((gpus, local_rank >= gpus)) if missing]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        dist.destroy_process_group()

    def check_device(self, device: torch.device) -> None:
        if device.type == "cuda" and self._too_few:
            raise ConfigError(
                "device",
                "{gpus} GPUs are fewer than the processes started; start fewer, or use cpu",
                gpus=self._too_few[0],
            )

    def all_reduce_gradients(self, module: nn.Module) -> None:
        gradients = [p.grad for p in module.parameters() if p.grad is not None]
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view(gradient.shape))

    def mean(self, tensor: Tensor) -> Tensor:
        return mean_over_processes(tensor)

    def broadcast_from_leader(self, tensor: Tensor) -> None:
        with _peers():
            dist.broadcast(tensor, src=0)

    def gather(self, value: T) -> list[T]:
        values = [value] * self.size
        with _peers():
            dist.all_gather_object(values, value)
        return values

    def on_leader(self, work: Callable[[], T]) -> T:
        result: list[tuple[T] | None] = [None]
        try:
            if self.is_leader:
                result[0] = (work(),)
        finally:
            with _peers():
                dist.broadcast_object_list(result, src=0)
        if result[0] is None:
            raise PeerError
        return result[0][0]

    def leader_first(self, work: Callable[[], T]) -> T:
        results: list[T] = []
        self.on_leader(lambda: results.append(work()))
        failure: Exception | None = None
        if not self.is_leader:
            try:
                results.append(work())
            except Exception as error:  # the others have to know
                failure = error
        failed = self.gather(failure is not None)
        if failure is not None:
            raise failure
        if any(failed):
            raise PeerError
        return results[0]
