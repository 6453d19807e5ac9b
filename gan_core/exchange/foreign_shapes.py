"""Recognising a generator by its tensors alone: their order, their shapes, and as little of their names as possible.

What can be read are chains: fully connected layers from a latent vector to the pixels, and transposed convolutions
that double the side at each step. BatchNorm may follow any layer but the last; one label embedding may join the
latent vector. Everything is raised to the form of `MLPGenerator` or `DCGANGenerator`.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gan_core.config import IMAGE_SIZES
from gan_core.errors import CheckpointError
from gan_core.nets import Net
from gan_core.nets.conv import enlarged
from gan_core.runs.checkpoint import restore_net

READABLE = (
    "readable are fully connected generators, and DCGANs of transposed convolutions (first kernel 4x4 or 7x7, then "
    "4x4), for 28, 32 or 64 px, grey or RGB"
)
PIXELS = {channels * size**2: (channels, size) for channels in (1, 3) for size in IMAGE_SIZES}
MAX_MODULES = 200
EMBEDDING_NAME = re.compile(r"emb|label|class|cond", re.IGNORECASE)
REPARAMETRISED = re.compile(r"(^|\.)(parametrizations\.|weight_(orig|g|u|v)$)")

Norm = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Layer:
    """A fully connected layer, weight (out, in), or a transposed convolution, weight (in, out, k, k)."""

    name: str
    weight: Tensor
    bias: Tensor | None = None
    norm: Norm | None = None

    @property
    def inputs(self) -> int:
        return self.weight.shape[1 if self.weight.dim() == 2 else 0]

    @property
    def outputs(self) -> int:
        return self.weight.shape[0 if self.weight.dim() == 2 else 1]


@dataclass(frozen=True)
class Assumptions:
    """What shapes cannot tell.

    label_first: the script wrote cat([embedding, noise]), not cat([noise, embedding])
    """

    negative_slope: float
    norm_eps: float = 1e-5
    noise: str = "normal"
    label_first: bool = False


@dataclass(frozen=True)
class GeneratorShape:
    """A recognised generator.

    layers:    from the latent vector to the image, each with its BatchNorm
    embedding: (classes, length), or None without a condition
    """

    layers: tuple[Layer, ...]
    embedding: Tensor | None
    channels: int
    image_size: int

    @property
    def convolutional(self) -> bool:
        return self.layers[0].weight.dim() == 4

    @property
    def family(self) -> str:
        if self.convolutional:
            return "dcgan" if self.embedding is None else "cdcgan"
        return "vanilla" if self.embedding is None else "cgan"

    @property
    def num_classes(self) -> int:
        return 0 if self.embedding is None else self.embedding.shape[0]

    @property
    def latent_size(self) -> int:
        return self.layers[0].inputs - (0 if self.embedding is None else self.embedding.shape[1])

    @property
    def normalised(self) -> bool:
        return any(layer.norm is not None for layer in self.layers)

    def describe(self) -> str:
        """One sentence for people."""
        kind = "transposed convolutions" if self.convolutional else "fully connected layers"
        widths = "-".join(str(layer.outputs) for layer in self.layers)
        norms = sum(layer.norm is not None for layer in self.layers)
        classes = f" and {self.num_classes} classes" if self.num_classes else ""
        colour = "grey" if self.channels == 1 else "RGB"
        return (
            f"{len(self.layers)} {kind} {widths} on {self.latent_size} noise entries{classes}, {norms} with BatchNorm, "
            f"drawing {self.image_size} px {colour} images."
        )


def recognise(tensors: Mapping[str, Tensor]) -> GeneratorShape:
    """The generator that a state dict belongs to. Raises `CheckpointError` that says what was found instead."""
    if any(REPARAMETRISED.search(name) for name in tensors):
        raise CheckpointError("it uses spectral or weight normalisation; remove it from the model before saving")
    parts = _by_module(tensors)
    if len(parts) > MAX_MODULES:
        raise CheckpointError(f"it has {len(parts)} layers, more than any generator of this kind")
    modules = [_read_module(name, own) for name, own in parts.items()]
    layers = [module for module in modules if module.weight.dim() > 1]
    kernels = [layer for layer in layers if layer.weight.dim() == 4]
    matrices = [layer for layer in layers if layer.weight.dim() == 2]
    if kernels:
        chain, embedding = _convolutions(kernels, matrices)
        channels, image_size = chain[-1].outputs, _side(chain)
    elif matrices:
        chain, embedding = _dense(matrices)
        channels, image_size = PIXELS[chain[-1].outputs]
    else:
        raise CheckpointError("it has neither fully connected layers nor convolutions")
    shape = GeneratorShape(
        tuple(_place_norms(modules, chain)), None if embedding is None else embedding.weight, channels, image_size
    )
    if shape.latent_size < 1:
        raise CheckpointError(
            "its label embedding is as long as the first layer's input, so it is multiplied with the noise; only "
            "embeddings beside the noise can be read"
        )
    return shape


def build(shape: GeneratorShape, assumptions: Assumptions, source: str) -> Net:
    """Our own network with the recognised weights. Raises `CheckpointError`, naming `source`, if they do not fit."""
    layers = list(shape.layers)
    tensors: dict[str, Tensor] = {}
    spec = {
        "latent_size": shape.latent_size,
        "channels": shape.channels,
        "num_classes": shape.num_classes,
        "bias": any(layer.bias is not None for layer in layers),
        "negative_slope": assumptions.negative_slope,
        "norm_eps": assumptions.norm_eps,
    }
    if shape.embedding is not None:
        layers[0] = _noise_first(layers[0], shape.embedding, assumptions.label_first)
    widths = [layer.outputs for layer in layers[:-1]]
    norm = [layer.norm is not None for layer in layers[:-1]]
    if shape.convolutional:
        spec |= {"net": "DCGANGenerator", "features": widths, "norm": any(norm)}
        spec["start"], *spec["kernels"] = (layer.weight.shape[-1] for layer in layers)
        if shape.embedding is not None:
            layers[0] = _absorb_embedding(layers[0], shape.embedding)
        if any(norm):
            layers[:-1] = [_with_norm(layer, assumptions.norm_eps) for layer in layers[:-1]]
    else:
        spec |= {"net": "MLPGenerator", "hidden": widths, "norm": norm, "image_size": shape.image_size}
        if shape.embedding is not None:
            spec["embedding_size"] = shape.embedding.shape[1]
            tensors["embedding.weight"] = shape.embedding
    return restore_net(spec, tensors | _sequential_state(layers, spec["bias"]), source)


# Reading modules


def _by_module(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors by the module they belong to, in order of appearance."""
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        module, _, leaf = name.rpartition(".")
        if leaf not in ("num_batches_tracked", "n_averaged"):  # counters, not weights
            modules.setdefault(module, {})[leaf] = tensor
    return modules


def _read_module(name: str, parts: Mapping[str, Tensor]) -> Layer:
    """A module of the state dict; one whose weight has one axis is a BatchNorm with its statistics in `norm`."""
    weight, bias = parts.get("weight"), parts.get("bias")
    if not all(tensor.is_floating_point() for tensor in parts.values()):
        raise CheckpointError(f"{name!r} has weights that are not floating-point numbers")
    if parts.keys() <= {"weight", "bias", "running_mean", "running_var"} and parts.keys() >= {
        "running_mean",
        "running_var",
    }:
        return _read_norm(name, parts)
    if weight is not None and parts.keys() <= {"weight", "bias"} and weight.numel():
        if weight.dim() in (2, 4):
            return Layer(name, weight, bias)
        if weight.dim() == 1:
            raise CheckpointError(
                f"{name!r} is a PReLU, LayerNorm or BatchNorm without running statistics; none of them can be read"
            )
    leaves = ", ".join(map(repr, sorted(parts)[:6]))
    raise CheckpointError(f"{name!r} consists of {leaves}, which is no layer that can be read")


def _read_norm(name: str, parts: Mapping[str, Tensor]) -> Layer:
    mean = parts["running_mean"]
    # Without scale and shift (affine=False) BatchNorm multiplies by one and adds zero.
    norm = {"weight": torch.ones_like(mean), "bias": torch.zeros_like(mean), **parts}
    if mean.dim() != 1 or any(tensor.shape != mean.shape for tensor in norm.values()):
        raise CheckpointError(f"{name!r} has running statistics that do not fit its weights")
    return Layer(name, norm["weight"], norm=norm)


# Finding the chain


def _dense(matrices: Sequence[Layer]) -> tuple[list[Layer], Layer | None]:
    """The chain of fully connected layers, and the label embedding beside it."""
    drawn: list[int] = []
    for embedding in [None, *_possible_embeddings(matrices)]:
        chain = _find_chain([layer for layer in matrices if layer is not embedding])
        if chain and chain[-1].outputs in PIXELS:
            return chain, embedding
        drawn += [chain[-1].outputs] if chain else []
    if not drawn:
        sizes = ", ".join(f"{layer.inputs} to {layer.outputs}" for layer in matrices[:8])
        raise CheckpointError(f"its fully connected layers do not follow one another ({sizes})")
    if drawn[0] == 1:
        raise CheckpointError("it gives one number, as a discriminator does; take the generator's file")
    raise CheckpointError(f"it gives {drawn[0]} numbers, which is no image of 28, 32 or 64 px")


def _convolutions(kernels: Sequence[Layer], matrices: Sequence[Layer]) -> tuple[list[Layer], Layer | None]:
    """The chain of transposed convolutions, and the label embedding beside it."""
    sides = ", ".join("x".join(map(str, layer.weight.shape[2:])) for layer in kernels[:8])
    found = f"it has {len(kernels)} convolutions with kernels {sides}"
    embeddings = _possible_embeddings(matrices)
    if len(matrices) > 1 or len(embeddings) < len(matrices):
        raise CheckpointError(f"{found} after fully connected layers")
    chain = _find_chain(kernels, by_shape=False)
    if chain is None:
        raise CheckpointError(f"{found}, which are not transposed or do not follow one another")
    if chain[-1].outputs not in (1, 3):
        raise CheckpointError(f"{found}, and gives {chain[-1].outputs} channels, neither grey nor RGB")
    if _side(chain) is None:
        raise CheckpointError(found)
    return chain, embeddings[0] if embeddings else None


def _side(chain: Sequence[Layer]) -> int | None:
    """Side of the images that transposed convolutions draw, None if it or the kernels are not DCGAN's."""
    start = chain[0].weight.shape[-1]
    kernels = [tuple(layer.weight.shape[2:]) for layer in chain[1:]]
    if chain[0].weight.shape[-2:] != (start, start) or not all(kernel in ((3, 3), (4, 4)) for kernel in kernels):
        return None
    side = start
    for kernel, _ in kernels:
        side = enlarged(side, kernel)
    return side if side in IMAGE_SIZES else None


def _possible_embeddings(matrices: Sequence[Layer]) -> list[Layer]:
    """Matrices without bias that are called like an embedding, or the only one without a bias."""
    plain = [layer for layer in matrices if layer.bias is None]
    named = [layer for layer in plain if EMBEDDING_NAME.search(layer.name)]
    return named or (plain if len(plain) == 1 else [])


def _find_chain(layers: Sequence[Layer], *, by_shape: bool = True) -> list[Layer] | None:
    """The order in which each layer takes what the one before gives.

    That is the order of the file, else of the names (safetensors sorts them as text: 10 before 2), else the one
    order that the shapes allow.
    """
    orders = [list(layers), sorted(layers, key=_natural)]
    if by_shape:
        orders.append(_order_by_shape(layers))
    return next((order for order in orders if order and _follows(order)), None)


def _follows(layers: Sequence[Layer]) -> bool:
    return all(a.outputs == b.inputs for a, b in itertools.pairwise(layers))


def _order_by_shape(layers: Sequence[Layer]) -> list[Layer]:
    """Layers in the only order that fits, empty when there is none or more than one."""
    outputs = {layer.outputs for layer in layers}
    left, order = list(layers), []
    fitting = [layer for layer in left if layer.inputs not in outputs]
    while len(fitting) == 1:
        order += fitting
        left.remove(fitting[0])
        fitting = [layer for layer in left if layer.inputs == order[-1].outputs]
    return [] if left else order


def _natural(layer: Layer) -> list[tuple[int, str]]:
    """Sorts names by their numbers: fc2 before fc10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", layer.name)]


# BatchNorm


def _place_norms(modules: Sequence[Layer], chain: Sequence[Layer]) -> list[Layer]:
    """The chain with each BatchNorm at its layer.

    A BatchNorm stands right after its layer, as in nn.Sequential; where a script lists them apart (fc1, fc2, bn1,
    bn2), their sizes tell, if they can.
    """
    for order in (list(modules), sorted(modules, key=_natural)):
        placed = _norms_after_layers(order, chain)
        if placed is not None:
            break
    else:
        placed = _norms_by_size([module.norm for module in modules if module.norm is not None], chain)
    if chain[-1].name in placed:
        raise CheckpointError("BatchNorm follows its last layer, which cannot be read")
    return [replace(layer, norm=placed.get(layer.name)) for layer in chain]


def _norms_after_layers(modules: Sequence[Layer], chain: Sequence[Layer]) -> dict[str, Norm] | None:
    placed: dict[str, Norm] = {}
    widths = {layer.name: layer.outputs for layer in chain}
    before: str | None = None
    for module in modules:
        if module.norm is not None:
            if before is None or before in placed or widths[before] != len(module.weight):
                return None
            placed[before] = module.norm
        elif module.name in widths:
            before = module.name
    return placed


def _norms_by_size(norms: Sequence[Norm], chain: Sequence[Layer]) -> dict[str, Norm]:
    placed: dict[str, Norm] = {}
    for width in Counter(len(norm["weight"]) for norm in norms):
        own = [norm for norm in norms if len(norm["weight"]) == width]
        layers = [layer for layer in chain[:-1] if layer.outputs == width]
        if len(own) != len(layers):
            raise CheckpointError(f"it has {len(own)} BatchNorm of size {width} for {len(layers)} such hidden layers")
        placed |= {layer.name: norm for layer, norm in zip(layers, own, strict=True)}
    return placed


def _with_norm(layer: Layer, eps: float) -> Layer:
    """The layer with a BatchNorm: its own, or one that changes nothing."""
    if layer.norm is not None:
        return layer
    ones, zeros = torch.ones(layer.outputs), torch.zeros(layer.outputs)
    return replace(
        layer, norm={"weight": ones * (1 + eps) ** 0.5, "bias": zeros, "running_mean": zeros, "running_var": ones}
    )


# Rewriting to our networks


def _noise_first(layer: Layer, embedding: Tensor, label_first: bool) -> Layer:
    """The first layer for an input of noise, then embedding."""
    if not label_first:
        return layer
    axis = 1 if layer.weight.dim() == 2 else 0
    return replace(layer, weight=layer.weight.roll(-embedding.shape[1], dims=axis))


def _absorb_embedding(layer: Layer, embedding: Tensor) -> Layer:
    """The first transposed convolution, taking class weights directly: the product of two linear maps is one."""
    noise, label = layer.weight.split([layer.inputs - embedding.shape[1], embedding.shape[1]])
    return replace(layer, weight=torch.cat([noise, torch.tensordot(embedding, label, dims=1)]))


def _sequential_state(layers: Sequence[Layer], bias: bool) -> dict[str, Tensor]:
    """The state of `nn.Sequential`: each layer, its BatchNorm if any, and an activation without state."""
    tensors: dict[str, Tensor] = {}
    index = 0
    for layer in layers:
        tensors[f"layers.{index}.weight"] = layer.weight
        if bias:
            tensors[f"layers.{index}.bias"] = torch.zeros(layer.outputs) if layer.bias is None else layer.bias
        if layer.norm is not None:
            index += 1
            tensors |= {f"layers.{index}.{name}": tensor for name, tensor in layer.norm.items()}
            tensors[f"layers.{index}.num_batches_tracked"] = torch.tensor(0)
        index += 2
    return tensors
