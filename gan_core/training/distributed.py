"""`World`: the processes that train one run together. A world of one does nothing and costs nothing.

    torchrun --nproc-per-node 2 -m gan_core train --family dcgan --dataset mnist

Every process has a copy of the networks and sees its share of each batch. The gradients of a phase are averaged in one
flat piece, so all copies stay the same. There is no DistributedDataParallel: it broadcasts buffers between the two
forward passes of the discriminator's turn, which then cannot go back.

The first process leads: it alone decides what is done next, keeps the record and speaks to people. Before anything that
all must do together it gives a `Command`, and the others obey (`gan_core.runs.train.follow`).
"""

from __future__ import annotations

import os
from datetime import timedelta
from enum import IntEnum
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from gan_core.errors import ConfigError

# A follower waits through the leader's downloads. A process that dies is noticed at once, whatever this says.
TIMEOUT = timedelta(hours=6)


class Command(IntEnum):
    """What the first process asks of the others. START comes with a message: config and state to go on from."""

    END = 1
    START = 2
    ITERATE = 3
    DRAIN = 4
    STATE = 5


class World:
    """rank: number of this process, 0 is the first; size: how many there are.

    stopping: whether any of them was asked to stop, as far as is known here
    """

    rank = 0
    size = 1
    stopping = False

    @staticmethod
    def from_environment() -> World:
        """The world that torchrun has started, told by its variables; without them a world of one.

        Each process of a machine takes a GPU of its own as far as there are any.
        """
        if int(os.environ.get("WORLD_SIZE", 1)) == 1:
            return World()
        return _Processes()

    def check_device(self, device: torch.device) -> None:
        """Raise `ConfigError` where there are GPUs to train on, but not one for each process."""

    def __enter__(self) -> World:
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the world; processes that still wait for this one find out."""

    # Tensors

    def all_reduce_gradients(self, module: nn.Module) -> None:
        """Replace every gradient by its mean over the processes."""

    def mean(self, tensor: Tensor) -> Tensor:
        """The mean over the processes."""
        return tensor

    def follow_first(self, tensor: Tensor) -> None:
        """Give `tensor` the values that it has in the first process."""

    def gather(self, value: Any) -> list[Any]:
        """The values of all processes, by rank."""
        return [value]

    def share(self, batch_size: int) -> int:
        """How many images of a batch fall to each process. Raises `ConfigError` where it cannot be divided."""
        if batch_size % self.size:
            raise ConfigError(
                "batch_size",
                "{batch_size} cannot be divided among {processes} processes",
                batch_size=batch_size,
                processes=self.size,
            )
        return batch_size // self.size

    def seed(self, *numbers: int) -> int:
        """A seed for this process alone, made from numbers that all have in common."""
        return int(np.random.SeedSequence([*numbers, self.rank]).generate_state(1)[0])

    # Leading and following

    def lead(self, command: Command, message: Any = None) -> None:
        """In the first process: have the others do something that this one does next. In the others: nothing."""

    def obey(self, stop: bool) -> tuple[Command, Any]:
        """In the other processes: wait for the next command and its message. stop: whether this one was asked to.

        Raises `RuntimeError` when the first process has gone without a word.
        """
        return Command.END, None


def mean_over_processes(tensor: Tensor) -> Tensor:
    """The mean of what the processes of a world of several hand in, all at the same point of their work."""
    total = tensor.clone(memory_format=torch.contiguous_format)
    dist.all_reduce(total)
    return total.div_(dist.get_world_size())


class _Processes(World):
    """More than one. Numbers on the CPU go by gloo, those on GPUs by NCCL where there is NCCL."""

    def __init__(self):
        self.stopping = False
        gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
        local_rank = int(os.environ["LOCAL_RANK"])
        if local_rank < gpus:
            torch.cuda.set_device(local_rank)
        by_nccl = gpus > 0 and dist.is_nccl_available()  # Windows has none
        dist.init_process_group("cpu:gloo,cuda:nccl" if by_nccl else "gloo", timeout=TIMEOUT)
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self._too_few = [here for here, missing in self.gather((gpus, local_rank >= gpus)) if missing]

    def __exit__(self, *error: object) -> None:
        dist.destroy_process_group()

    def check_device(self, device: torch.device) -> None:
        if device.type == "cuda" and self._too_few:
            gpus = self._too_few[0]
            raise ConfigError(
                "device", "{gpus} GPUs are fewer than the processes started; start fewer, or use cpu", gpus=gpus
            )

    def all_reduce_gradients(self, module: nn.Module) -> None:
        gradients = [p.grad for p in module.parameters() if p.grad is not None]
        flat = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(mean.view(gradient.shape))

    def mean(self, tensor: Tensor) -> Tensor:
        return mean_over_processes(tensor)

    def follow_first(self, tensor: Tensor) -> None:
        dist.broadcast(tensor, src=0)

    def gather(self, value: Any) -> list[Any]:
        values = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def lead(self, command: Command, message: Any = None) -> None:
        if self.rank == 0:
            self._agree(command)
            if command is Command.START:
                dist.broadcast_object_list([message], src=0)

    def obey(self, stop: bool) -> tuple[Command, Any]:
        command = self._agree(0, stop)
        message = [None]
        if command is Command.START:
            dist.broadcast_object_list(message, src=0)
        return command, message[0]

    def _agree(self, command: int, stop: bool = False) -> Command:
        """One exchange: the first process gives the command, each says whether it was asked to stop."""
        said = torch.tensor([command, int(stop)])
        dist.all_reduce(said, dist.ReduceOp.MAX)
        self.stopping = self.stopping or bool(said[1])
        return Command(int(said[0]))
