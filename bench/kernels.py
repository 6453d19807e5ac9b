"""Kinds of kernels: what an operation of torch does for a step."""

from __future__ import annotations

# The first kind of which a fragment is in an operation's name; so the order matters.
KINDS: dict[str, tuple[str, ...]] = {
    "convolution": ("conv",),
    "matrix product": ("::mm", "addmm", "bmm", "::matmul", "::linear"),
    "optimiser, averaging": ("adam", "sgd", "rmsprop", "optimizer", "lerp", "_foreach"),
    "normalisation, activation, loss": (
        "batch_norm",
        "relu",
        "threshold",
        "tanh",
        "sigmoid",
        "softplus",
        "softmax",
        "nll",
        "clamp_min",
        "dropout",
        "pool",
        "upsample",
    ),
    "data and noise": ("normal_", "uniform_", "randn", "randperm", "random_", "index_select", "one_hot", "scatter"),
    "copies and casts": ("copy", "::to", "::cat", "clone", "contiguous", "zero_", "fill_", "zeros", "ones"),
}
OTHER = "other kernels, autograd"
ARITHMETIC = ("convolution", "matrix product")


def kind_of(operation: str) -> str:
    """The kind of an operation by the profiler's name of it, such as aten::mm or Optimizer.step#Adam.step."""
    name = operation.lower()
    if not name.startswith(("aten::", "optimizer.")):
        return OTHER  # autograd's nodes are called after the operations that they run
    return next((kind for kind, parts in KINDS.items() if any(part in name for part in parts)), OTHER)
