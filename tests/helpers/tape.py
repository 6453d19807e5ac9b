"""A capture that runs on the CPU and keeps the promises of a CUDA graph: no Python at replay, the same memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# Its schema does not tell that it updates the running statistics, arguments 3 and 4.
BATCH_NORM = torch.ops.aten.native_batch_norm.default
READS = torch.ops.aten._local_scalar_dense.default


class TapeCapture:
    """Records the operations under autograd with the tensors they touch, and repeats them on the same tensors.

    Like a CUDA graph it leaves no trace of having recorded: what the work changed meanwhile is put back.
    """

    def __init__(self):
        self.recorded = 0
        self.replayed = 0
        self._tape: list[tuple] = []

    def warm_up(self, work: Callable[[], None]) -> None:
        work()

    def record(self, work: Callable[[], None]) -> None:
        random = torch.get_rng_state()
        mode = _Recording()
        try:
            with mode:
                work()
        finally:
            mode.undo()
            torch.set_rng_state(random)
        self._tape = mode.tape
        self.recorded += 1

    @torch.no_grad()
    def replay(self) -> None:
        for operation, args, kwargs, results in self._tape:
            for old, new in zip(results, _tensors(operation(*args, **kwargs)), strict=True):
                if old is not new:
                    old.copy_(new)
        self.replayed += 1


class _Recording(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.tape: list[tuple] = []
        self._born: set[int] = set()
        self._before: dict[int, tuple[Any, Any]] = {}
        self._kept: list[Tensor] = []  # so that no address is used twice

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if operation is READS:
            raise RuntimeError("operation not permitted when stream is capturing")
        for tensor in _written(operation, args, kwargs):
            self._keep_before(tensor)
        result = operation(*args, **kwargs)
        if operation.namespace != "aten":
            return result
        results = _tensors(result)
        self._kept += [*results, *_tensors((args, kwargs))]
        aliases = [value.alias_info for value in operation._schema.returns]
        if not any(aliases):
            self._born |= {tensor.untyped_storage().data_ptr() for tensor in results}
        if not any(alias is not None and not alias.is_write for alias in aliases):  # a view stays what it is
            self.tape.append((operation, args, kwargs, results))
        return result

    def _keep_before(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        place = storage.data_ptr()
        if place not in self._born and place not in self._before:
            self._before[place] = storage, storage.clone()

    def undo(self) -> None:
        for storage, before in self._before.values():
            storage.copy_(before)


def _tensors(values: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


def _written(operation, args, kwargs) -> list[Tensor]:
    if operation is BATCH_NORM:
        return _tensors(args[3:5])
    arguments = operation._schema.arguments
    given = {argument.name: value for argument, value in zip(arguments, args, strict=False)} | kwargs
    return [
        tensor
        for argument in arguments
        if argument.alias_info is not None and argument.alias_info.is_write and argument.name in given
        for tensor in _tensors(given[argument.name])
    ]
