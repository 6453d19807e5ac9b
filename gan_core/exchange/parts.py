"""Groups the tensors of a state dict by module: layers, norms, and slopes of PReLUs.

Weights that are stored as factors (spectral and weight normalization) are multiplied out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from gan_core.errors import CheckpointError

MAX_PARTS = 200
COUNTERS = {"num_batches_tracked", "n_averaged"}

Kind = Literal["matrix", "kernel", "norm", "slopes"]


@dataclass(frozen=True, eq=False)
class Part:
    """One module of the author's network.

    Attributes:
        name: Of the module in the state dict.
        kind: matrix: weight (out, in) of a fully connected layer, or (classes, length) of an embedding.
            kernel: weight of a convolution (out, in, k, k) or of a transposed one (in, out, k, k).
            norm: a BatchNorm with its running statistics. slopes: a PReLU.
        tensors: By the last part of their names; a layer has a `weight`.
        transposed: Of a kernel, whether it is a transposed convolution; None where its tensors leave that open.
    """

    name: str
    kind: Kind
    tensors: Mapping[str, Tensor]
    transposed: bool | None = None

    @property
    def weight(self) -> Tensor:
        """Of all kinds but norms."""
        return self.tensors["weight"]

    @property
    def features(self) -> int:
        """Of a norm, or of a PReLU."""
        return len(self.tensors["running_mean" if self.kind == "norm" else "weight"])

    @property
    def place(self) -> tuple[str, int | None]:
        """The container and the number in it, where the module lies in an `nn.Sequential` or in a list."""
        container, _, leaf = self.name.rpartition(".")
        return (container, int(leaf)) if leaf.isdecimal() and len(leaf) < 4 else (self.name, None)


def parts_of(tensors: Mapping[str, Tensor]) -> list[Part]:
    """The modules of a state dict in order of appearance. Raises `CheckpointError` for one that cannot be read."""
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        module, leaf = _module_and_leaf(name)
        if leaf not in COUNTERS:
            modules.setdefault(module, {})[leaf] = tensor
    if len(modules) > MAX_PARTS:
        raise CheckpointError("it has {count} layers, more than any generator of this kind", count=len(modules))
    return [_part(name, own) for name, own in modules.items()]


def _module_and_leaf(name: str) -> tuple[str, str]:
    if ".parametrizations." in f".{name}":
        module, _, leaf = f".{name}".rpartition(".parametrizations.")
        return module[1:], leaf
    module, _, leaf = name.rpartition(".")
    return module, leaf


def _part(name: str, tensors: Mapping[str, Tensor]) -> Part:
    if not all(tensor.is_floating_point() for tensor in tensors.values()):
        raise CheckpointError("{name!r} has weights that are not floating-point numbers", name=name)
    tensors, transposed = _multiply_factors(tensors)
    leaves = tensors.keys()
    if {"running_mean", "running_var"} <= leaves <= {"weight", "bias", "running_mean", "running_var"}:
        if any(tensor.shape != tensors["running_mean"].shape or tensor.dim() != 1 for tensor in tensors.values()):
            raise CheckpointError("{name!r} has running statistics that do not fit its weights", name=name)
        return Part(name, "norm", tensors)
    weight = tensors.get("weight")
    if weight is not None and leaves <= {"weight", "bias"} and weight.numel():
        if weight.dim() == 1 and leaves == {"weight"}:
            return Part(name, "slopes", tensors)
        if weight.dim() == 1:
            raise CheckpointError(
                "{name!r} is a LayerNorm, InstanceNorm or BatchNorm without running statistics; none of them "
                "can be read",
                name=name,
            )
        if weight.dim() == 2:
            if (bias := tensors.get("bias")) is not None and bias.shape != weight.shape[:1]:
                raise CheckpointError("{name!r} has a bias and weights that do not fit each other", name=name)
            return Part(name, "matrix", tensors)
        if weight.dim() == 4 and weight.shape[2] == weight.shape[3]:
            return Part(name, "kernel", tensors, _is_transposed(name, weight, tensors.get("bias"), transposed))
    found = list(map(repr, sorted(tensors)[:6]))
    raise CheckpointError("{name!r} consists of {found}, which is no layer that can be read", name=name, found=found)


def _is_transposed(name: str, weight: Tensor, bias: Tensor | None, transposed: bool | None) -> bool | None:
    if bias is None or transposed is not None:
        return transposed
    fits = [axis for axis in (0, 1) if bias.shape == (weight.shape[axis],)]
    if not fits:
        raise CheckpointError("{name!r} has a bias and weights that do not fit each other", name=name)
    return bool(fits[0]) if len(fits) == 1 else None


def _multiply_factors(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], bool | None]:
    """The tensors with a plain `weight`, and whether its factors say that it is a transposed convolution's.

    Both ways of writing normalisation are known, by hooks (weight_orig, weight_u, weight_v; weight_g, weight_v) and by
    parametrisation (weight.original, weight.0._u ...).
    """
    tensors, transposed = dict(tensors), None
    for matrix, left, right in (
        ("weight_orig", "weight_u", "weight_v"),
        ("weight.original", "weight.0._u", "weight.0._v"),
    ):
        if {matrix, left, right} <= tensors.keys():
            weight, u, v = (tensors.pop(name) for name in (matrix, left, right))
            tensors["weight"], transposed = _spectral(weight, u, v)
    for length, direction in (("weight_g", "weight_v"), ("weight.original0", "weight.original1")):
        if {length, direction} <= tensors.keys():
            g, v = tensors.pop(length), tensors.pop(direction)
            if g.dim() != v.dim() or any(size not in (1, other) for size, other in zip(g.shape, v.shape, strict=True)):
                raise CheckpointError("its weight normalisation does not fit its weights")
            axes = [axis for axis, size in enumerate(g.shape) if size == 1]
            tensors["weight"] = g * v / v.norm(dim=axes, keepdim=True)
    return tensors, transposed


def _spectral(weight: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, bool | None]:
    """`weight` divided by u^T W v; the rows of W are outputs, which a transposed convolution has on the second axis."""
    found: list[tuple[float, Tensor, bool]] = []
    for axis in (0, 1) if weight.dim() == 4 else (0,):
        rows = weight.movedim(axis, 0).flatten(1)
        if rows.shape == (u.numel(), v.numel()):
            moved = rows @ v.flatten()
            sigma = u.flatten() @ moved
            # After an iteration u is W v divided by its length, so that the right W gives the larger share.
            found.append(((sigma / moved.norm().clamp_min(1e-12)).item(), weight / sigma, bool(axis)))
    if not found:
        raise CheckpointError("its spectral normalisation does not fit its weights")
    _share, divided, second = max(found, key=lambda entry: entry[0])
    return divided, second if weight.dim() == 4 else None
