"""`Batches`: the order of the real images, decided on the device."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data import ImageData
from gan_core.data.image_data import normalize
from gan_core.training.process_group import ProcessGroup


class Batches:
    """Batches of a dataset in random order; an order that is used up is replaced by a new one.

    Where the next batch begins is a tensor, so that a captured step finds other images at each replay. The host counts
    along, because it decides between two steps whether a new order is due.

    Args:
        data: The dataset, on the device of training.
        batch_size: Images in a batch, of all processes together.
        batches_per_step: See `make_room`.
        group: Its processes divide each batch; all follow the order of rank 0.
        mirror: Whether each image has left and right exchanged with a probability of one half.
    """

    def __init__(
        self, data: ImageData, batch_size: int, batches_per_step: int, group: ProcessGroup, *, mirror: bool = False
    ):
        self.data = data
        self._mirror = mirror
        self._group = group
        self._batch_size = batch_size
        device = data.images.device
        local = group.local_batch_size(batch_size)
        self._mine = torch.arange(local, device=device) + group.rank * local
        self._cursor = torch.zeros((), dtype=torch.int64, device=device)
        self._used = 0
        self._order = torch.empty(0, dtype=torch.int64, device=device)
        self.make_room(batches_per_step)

    def make_room(self, batches: int) -> None:
        """Let an order hold the batches of a step, which all come from one; one that cannot is replaced at once.

        A dataset too small for them is repeated. The order may become another tensor.
        """
        rounds = -(-batches * self._batch_size // len(self.data))
        if rounds * len(self.data) > len(self._order):
            self._order = self._order.new_empty(rounds * len(self.data))
            self._shuffle()
            self.go_to(0)

    def prepare(self, batches: int) -> None:
        """To be called before each step, which takes so many: a new order if this one is used up."""
        images = batches * self._batch_size
        if self._used + images > len(self._order):
            self._shuffle()
            self.go_to(0)
        self._used += images

    def next(self) -> tuple[Tensor, Tensor | None]:
        """Images float32 (N, C, H, W) in -1..1 and their labels int64 (N,), if there are any."""
        picked = self._order.index_select(0, self._cursor + self._mine)
        self._cursor.add_(self._batch_size)
        images = normalize(self.data.images.index_select(0, picked))
        if self._mirror:
            mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        labels = None if self.data.labels is None else self.data.labels.index_select(0, picked)
        return images.contiguous(memory_format=torch.channels_last), labels

    def go_to(self, used: int) -> None:
        """Go on after the first `used` images of the order."""
        self._used = used
        self._cursor.fill_(used)

    def state_dict(self) -> dict[str, Tensor | int]:
        """The order, and how far it is used up."""
        return {"order": self._order, "cursor": self._used}

    def load_state(self, order: Tensor, cursor: int) -> None:
        """Inverse of `state_dict`."""
        if len(order) != len(self._order):
            self._order = order.to(self._order)
        else:
            self._order.copy_(order)
        self.go_to(cursor)

    def mutable_tensors(self) -> list[Tensor]:
        """The tensors that a step changes."""
        return [self._cursor]

    def _shuffle(self) -> None:
        n = len(self.data)
        for part in self._order.split(n):
            part.copy_(torch.randperm(n, device=part.device))
        self._group.broadcast_from_leader(self._order)
