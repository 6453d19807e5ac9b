"""`Batches`: which real images come next, decided on the device."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import ImageData
from gan_core.data.image_data import normalise
from gan_core.training.distributed import World


class Batches:
    """Batches of a dataset in random order; an order that is used up is replaced by a new one.

    turns: batches in one iteration, which all come from one order. A dataset too small for them is repeated.
    world: its processes share each batch; all follow the order of the first

    Where the next batch begins is a tensor, so that an iteration recorded once finds other images each time. The host
    counts along, because it decides between two iterations whether a new order is due.
    """

    def __init__(self, data: ImageData, batch_size: int, turns: int, world: World):
        self.data = data
        self._world = world
        self._batch_size = batch_size
        self._per_iteration = batch_size * turns
        device = data.images.device
        share = world.share(batch_size)
        self._mine = torch.arange(share, device=device) + world.rank * share
        self._cursor = torch.zeros((), dtype=torch.int64, device=device)
        self._used = 0
        rounds = -(-self._per_iteration // len(data))
        self._order = torch.empty(rounds * len(data), dtype=torch.int64, device=device)
        self._shuffle()

    def prepare(self) -> None:
        """To be called before each iteration: a new order if this one is used up."""
        if self._used + self._per_iteration > len(self._order):
            self._shuffle()
            self.go_to(0)
        self._used += self._per_iteration

    def next(self) -> tuple[Tensor, Tensor | None]:
        """Images float (N, C, H, W) in -1 .. 1 and their labels int64 (N,), if there are any."""
        picked = self._order.index_select(0, self._cursor + self._mine)
        self._cursor.add_(self._batch_size)
        images = normalise(self.data.images.index_select(0, picked))
        labels = None if self.data.labels is None else self.data.labels.index_select(0, picked)
        return images.contiguous(memory_format=torch.channels_last), labels

    def go_to(self, used: int) -> None:
        """Go on after the first `used` images of the order."""
        self._used = used
        self._cursor.fill_(used)

    def state(self) -> dict[str, Tensor | int]:
        return {"order": self._order, "cursor": self._used}

    def load(self, order: Tensor, cursor: int) -> None:
        """Inverse of `state`."""
        self._order.copy_(order)
        self.go_to(cursor)

    def changing(self) -> list[Tensor]:
        """The tensors that an iteration changes."""
        return [self._cursor]

    def _shuffle(self) -> None:
        n = len(self.data)
        for part in self._order.split(n):
            part.copy_(torch.randperm(n, device=part.device))
        self._world.follow_first(self._order)
