"""A generator as the list of its layers: whatever another script built, described rather than squeezed into a family.

    >>> LayeredGenerator(noise=64, layers=[
    ...     {"kind": "linear", "outputs": 784},
    ...     {"kind": "activation", "function": "tanh"},
    ...     {"kind": "reshape", "shape": [1, 28, 28]},
    ... ])

A description may come from a file that nobody trusts: `LAYERS` holds the only kinds there are, and each checks its
values and follows the shape of what passes through, so that no layer is larger than `MAX_VALUES` and the like allow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from gan_core.nets.base import Net
from gan_core.nets.conv import LatentProjection

MAX_LAYERS = 200
MAX_VALUES = 1 << 24  # of one example, after a layer
MAX_KERNEL = 16
MAX_SIDE = 512

Shape = tuple[int, ...]  # of one example: (features,) or (channels, height, width)
Join = Literal["last", "first", "multiply", "add", "unused"]

ACTIVATIONS: dict[str, Callable[..., nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


class LayeredGenerator(Net):
    """Latent vectors (N, noise + label) -> images (N, C, S, S) in -1 .. 1.

    A layer is a mapping with its `kind`, one of `LAYERS`, the arguments of that kind, and optionally the `name` that
    it had in the author's script. Sizes of inputs follow from the layers before.

    Args:
        noise: Entries of noise, the first of a latent vector.
        layers: The layers after the label has joined the noise.
        label: Entries after the noise, class weights and codes; 0 without. Where the label is unused, there are none.
        noise_layers: Layers of the noise before the label joins it.
        label_layers: Layers of the label.
        join: Whether the label is put last or first beside the noise, or multiplied with it, or added to it; unused
            keeps the layers of a label that an author's script has and never calls.
    """

    def __init__(
        self,
        *,
        noise: int,
        layers: Sequence[Mapping[str, Any]],
        label: int = 0,
        noise_layers: Sequence[Mapping[str, Any]] = (),
        label_layers: Sequence[Mapping[str, Any]] = (),
        join: Join = "last",
    ):
        super().__init__()
        if len(noise_layers) + len(label_layers) + len(layers) > MAX_LAYERS:
            raise ValueError(f"more than {MAX_LAYERS} layers")
        if join not in get_args(Join):
            raise ValueError(f"unknown join {join!r}")
        self.noise_size, self.join = _count(noise), join
        if label == 0 and label_layers:
            raise ValueError("layers for a label, but no label")
        # Those of the label come last: the first layer of a generator is the one that takes its noise.
        self.noise_layers, shape = _sequence(noise_layers, (noise,))
        self.label_layers: nn.Sequential | None = None
        self.label_shape: Shape = ()
        if label:
            label_branch, self.label_shape = _sequence(label_layers, (_count(label),))
            shape = shape if join == "unused" else _joined(shape, self.label_shape, join)
        self.layers, shape = _sequence(layers, shape)
        if label:
            self.label_layers = label_branch
        if len(shape) != 3:
            raise ValueError(f"its output {shape} is no image")

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, C, S, S) of latent vectors (N, noise + label)."""
        hidden = self.noise_layers(z[:, : self.noise_size])
        if self.label_layers is not None and self.join != "unused":
            label = self.label_layers(z[:, self.noise_size :])
            match self.join:
                case "multiply":
                    hidden = hidden * label
                case "add":
                    hidden = hidden + label
                case "last":
                    hidden = torch.cat([hidden, label], dim=1)
                case "first":
                    hidden = torch.cat([label, hidden], dim=1)
        images: Tensor = self.layers(hidden)
        return images

    def noise_inputs(self, noise_size: int) -> slice:
        """Which inputs of the first layer are noise; a label that is put first comes before them."""
        before = self.label_shape[0] if self.label_shape and self.join == "first" and not len(self.noise_layers) else 0
        return slice(before, before + noise_size)

    def author_state(self) -> dict[str, Tensor]:
        """The weights under the names that their author gave them, in the order of the network."""
        branches = (self.noise_layers, self.label_layers or (), self.layers)
        layers = [*self._arguments["noise_layers"], *self._arguments["label_layers"], *self._arguments["layers"]]
        modules = [module for branch in branches for module in branch]
        return {
            f"{layer['name']}.{key}": tensor
            for layer, module in zip(layers, modules, strict=True)
            if "name" in layer
            for key, tensor in module.state_dict().items()
        }


class ClassEmbedding(nn.Embedding):
    """Class weights (N, classes) -> (N, length): a one-hot row picks a vector, other weights mix them."""

    def forward(self, weights: Tensor) -> Tensor:
        """Embeddings (N, length)."""
        return weights @ self.weight


class ChannelsLast(nn.Module):
    """Flat pixels (N, S S C), the channels of a pixel side by side, -> images (N, C, S, S)."""

    def __init__(self, shape: Shape):
        super().__init__()
        channels, height, width = shape
        self.shape = (height, width, channels)

    def forward(self, flat: Tensor) -> Tensor:
        """Images (N, C, S, S)."""
        return flat.view(-1, *self.shape).permute(0, 3, 1, 2)


class Cut(nn.Module):
    """Maps (N, C, H, W) -> their first rows and columns (N, C, side, side)."""

    def __init__(self, side: int):
        super().__init__()
        self.side = side

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (N, C, side, side)."""
        return maps[:, :, : self.side, : self.side]


class FromRange(nn.Module):
    """Values of which `low` is black and `high` is white -> -1 .. 1."""

    def __init__(self, low: float, high: float):
        super().__init__()
        self.scale, self.shift = 2 / (high - low), -(high + low) / (high - low)

    def forward(self, images: Tensor) -> Tensor:
        """Values in -1 .. 1."""
        return images * self.scale + self.shift


def _sequence(layers: Sequence[Mapping[str, Any]], shape: Shape) -> tuple[nn.Sequential, Shape]:
    """The modules of `layers`, and the shape of what comes out where `shape` goes in."""
    modules = []
    for layer in layers:
        if not isinstance(layer, Mapping):
            raise ValueError("a layer is a mapping")
        arguments = {name: value for name, value in layer.items() if name not in ("kind", "name")}
        if not isinstance(layer.get("name", ""), str) or layer.get("kind") not in LAYERS:
            raise ValueError(f"unknown layer {layer.get('kind')!r}")
        module, shape = LAYERS[layer["kind"]](shape, **arguments)
        if math.prod(shape) > MAX_VALUES or (len(shape) == 3 and max(shape[1:]) > MAX_SIDE):
            raise ValueError(f"a layer of {shape} is too large")
        modules.append(module)
    return nn.Sequential(*modules), shape


def _joined(noise: Shape, label: Shape, join: Join) -> Shape:
    if join in ("multiply", "add"):
        if noise != label:
            raise ValueError(f"{noise} and {label} cannot be combined entry by entry")
        return noise
    if noise[1:] != label[1:]:
        raise ValueError(f"{noise} and {label} cannot stand side by side")
    return (noise[0] + label[0], *noise[1:])


def _linear(shape: Shape, *, outputs: int, bias: bool = True) -> tuple[nn.Module, Shape]:
    (inputs,) = shape
    return nn.Linear(inputs, _count(outputs), bias=bool(bias)), (outputs,)


def _embedding(shape: Shape, *, length: int) -> tuple[nn.Module, Shape]:
    (classes,) = shape
    return ClassEmbedding(classes, _count(length)), (length,)


def _reshape(shape: Shape, *, shape_: Sequence[int]) -> tuple[nn.Module, Shape]:
    to = tuple(_count(size) for size in shape_)
    if len(shape) != 1 or len(to) != 3 or math.prod(to) != shape[0]:
        raise ValueError(f"{shape} cannot become {to}")
    return nn.Unflatten(1, to), to


def _channels_last(shape: Shape, *, shape_: Sequence[int]) -> tuple[nn.Module, Shape]:
    _module, to = _reshape(shape, shape_=shape_)
    return ChannelsLast(to), to


def _transposed(
    shape: Shape, *, outputs: int, kernel: int, stride: int = 1, padding: int = 0, extra: int = 0, bias: bool = True
) -> tuple[nn.Module, Shape]:
    """`extra` is the output padding."""
    channels, side = _square(shape)
    kernel, stride = _count(kernel, MAX_KERNEL), _count(stride, MAX_KERNEL)
    to = _count((side - 1) * stride - 2 * _count(padding, MAX_KERNEL, 0) + kernel + _count(extra, stride, 0))
    if side == 1 and padding == extra == 0:
        return LatentProjection(channels, _count(outputs), kernel, bias=bool(bias)), (outputs, to, to)
    layer = nn.ConvTranspose2d(channels, _count(outputs), kernel, stride, padding, extra, bias=bool(bias))
    return layer, (outputs, to, to)


def _conv(
    shape: Shape, *, outputs: int, kernel: int, stride: int = 1, padding: int = 0, bias: bool = True
) -> tuple[nn.Module, Shape]:
    channels, side = _square(shape)
    kernel, stride = _count(kernel, MAX_KERNEL), _count(stride, MAX_KERNEL)
    to = _count((side + 2 * _count(padding, MAX_KERNEL, 0) - kernel) // stride + 1)
    return nn.Conv2d(channels, _count(outputs), kernel, stride, padding, bias=bool(bias)), (outputs, to, to)


def _upsample(shape: Shape, *, mode: str = "nearest") -> tuple[nn.Module, Shape]:
    """Doubles the side; "bilinear-corners" keeps the corners of both maps in the same place."""
    channels, side = _square(shape)
    to = (channels, 2 * side, 2 * side)
    match mode:
        case "nearest":
            return nn.Upsample(scale_factor=2, mode="nearest"), to
        case "bilinear" | "bilinear-corners":
            return nn.Upsample(scale_factor=2, mode="bilinear", align_corners=mode != "bilinear"), to
    raise ValueError(f"unknown way of up-sampling {mode!r}")


def _pixel_shuffle(shape: Shape) -> tuple[nn.Module, Shape]:
    channels, side = _square(shape)
    if channels % 4:
        raise ValueError(f"{channels} channels cannot be shuffled into pixels")
    return nn.PixelShuffle(2), (channels // 4, 2 * side, 2 * side)


def _cut(shape: Shape, *, side: int) -> tuple[nn.Module, Shape]:
    channels, before = _square(shape)
    return Cut(side), (channels, _count(side, before), side)


def _batch_norm(shape: Shape, *, eps: float = 1e-5, affine: bool = True) -> tuple[nn.Module, Shape]:
    kind = nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d
    return kind(shape[0], eps=_number(eps), affine=bool(affine)), shape


def _activation(shape: Shape, *, function: str, slope: float = 0.0) -> tuple[nn.Module, Shape]:
    """`slope` is that of a leaky ReLU where its input is negative."""
    if function not in ACTIVATIONS:
        raise ValueError(f"unknown activation {function!r}")
    return nn.LeakyReLU(_number(slope)) if function == "leaky" else ACTIVATIONS[function](), shape


def _prelu(shape: Shape, *, slopes: int = 1) -> tuple[nn.Module, Shape]:
    if slopes not in (1, shape[0]):
        raise ValueError(f"{slopes} slopes for {shape[0]} features")
    return nn.PReLU(slopes), shape


def _range(shape: Shape, *, low: float, high: float) -> tuple[nn.Module, Shape]:
    if not _number(low) < _number(high):
        raise ValueError(f"no range from {low} to {high}")
    return FromRange(low, high), shape


LAYERS: dict[str, Callable[..., tuple[nn.Module, Shape]]] = {
    "linear": _linear,
    "embedding": _embedding,
    "reshape": lambda before, *, shape: _reshape(before, shape_=shape),
    "channels_last": lambda before, *, shape: _channels_last(before, shape_=shape),
    "transposed": _transposed,
    "conv": _conv,
    "upsample": _upsample,
    "pixel_shuffle": _pixel_shuffle,
    "cut": _cut,
    "batch_norm": _batch_norm,
    "activation": _activation,
    "prelu": _prelu,
    "range": _range,
}


def _count(value: Any, maximum: int = MAX_VALUES, minimum: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
        raise ValueError(f"{value!r} is not a whole number from {minimum} to {maximum}")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return value


def _square(shape: Shape) -> tuple[int, int]:
    """Channels and side of a square map."""
    if len(shape) != 3 or shape[1] != shape[2]:
        raise ValueError(f"{shape} is no square map")
    return shape[0], shape[1]
