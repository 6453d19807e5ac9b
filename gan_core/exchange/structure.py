"""Finds the chain of layers from noise to image among modules, by the sizes of their weights.

A generator is a chain, or a chain that a branch joins: that of a label, an embedding or layers of its own, beside the
noise or beside what the noise has become. What shapes cannot tell is left open here, see `questions`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from gan_core.errors import CheckpointError, Message
from gan_core.exchange.parts import Part
from gan_core.exchange.plans import SIDES
from gan_core.exchange.state_dicts import LABEL_NAME

PIXELS = {channels * side**2: (channels, side) for channels in (1, 3) for side in SIDES}
MAX_CLASSES = 10_000
MAX_BRANCH_LAYERS = 3
MAX_ATTEMPTS = 5_000
RESIDUAL = re.compile(r"(^|[._])(c_sc|sc|short_?cut|skip|bypass|identity|res\w*)\d*([._]|$)", re.IGNORECASE)

SUPPORTED_LAYOUTS = Message("docs/imports.md lists the layouts that can be read")


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of weights in the chain.

    Attributes:
        part: Its module.
        role: linear, embedding or kernel, which is a convolution.
        inputs: Features or channels.
        outputs: Features or channels.
        kinds: Of a kernel, transposed or not; both where shapes leave that open.
        reshape: (channels, side) of the maps that its flat input becomes first; None where it stays flat.
        shuffled: Whether a pixel shuffle comes before it, which makes one channel of twice the side of four.
        norm: The BatchNorm after it.
        maps_norm: Whether that has a feature for each channel of the maps that the flat output becomes.
        slopes: The PReLU after it.
        before: For how many modules without weights the author's numbers leave room between it and its norm; None
            where they leave that open.
        after: The same from there to the next layer.
    """

    part: Part
    role: Literal["linear", "embedding", "kernel"]
    inputs: int
    outputs: int
    kinds: tuple[bool, ...] = ()
    reshape: tuple[int, int] | None = None
    shuffled: bool = False
    norm: Part | None = None
    maps_norm: bool = False
    slopes: Part | None = None
    before: int | None = None
    after: int | None = None

    @property
    def kernel(self) -> int:
        """Side of the kernel."""
        return self.part.weight.shape[-1]


@dataclass(frozen=True, eq=False)
class Structure:
    """A generator, as far as its shapes determine it.

    Attributes:
        main: Layers from the noise to the image.
        label: Layers of the label's branch, empty without one.
        joint: The place in `main` before which the branch joins.
        noise: Entries of noise, label included where it has no layers of its own.
        combined: Whether the label is as long as what it joins: multiplied or added rather than concatenated.
    """

    main: tuple[Layer, ...]
    label: tuple[Layer, ...]
    joint: int
    noise: int
    combined: bool

    @property
    def classes(self) -> int:
        """Inputs of the label's branch; 0 without one."""
        return self.label[0].inputs if self.label else 0

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers."""
        return (*self.main, *self.label)

    @property
    def kernels(self) -> list[Layer]:
        """The convolutions of the main chain."""
        return [layer for layer in self.main if layer.role == "kernel"]

    @property
    def convolutional(self) -> bool:
        """Whether it has convolutions."""
        return bool(self.kernels)

    @property
    def start(self) -> int:
        """The side of the first maps."""
        return next((layer.reshape[1] for layer in self.main if layer.reshape), 1)

    @property
    def channels(self) -> int:
        """Of the images."""
        return self.main[-1].outputs if self.convolutional else PIXELS[self.main[-1].outputs][0]

    @property
    def norms(self) -> int:
        """Number of BatchNorms."""
        return sum(layer.norm is not None for layer in self.layers)


def structure_of(parts: Sequence[Part]) -> Structure:
    """The generator that modules make up.

    Args:
        parts: All modules of a network, in the order of its state dict.

    Raises:
        CheckpointError: They make up no generator; the message says what was found instead.
    """
    weights = [part for part in parts if part.kind in ("matrix", "kernel")]
    if not weights:
        raise CheckpointError("it has neither fully connected layers nor convolutions")
    _refuse_others(weights)
    found = _likeliest(weights)
    if found is None:
        raise _no_chain(weights)
    _refuse_no_image(found)
    found = _with_others(found, parts)
    counted = [(container, number) for container, number in (part.place for part in parts) if number is not None]
    return replace(
        found,
        main=tuple(_counted(found.main, counted)),
        label=tuple(_counted(found.label, counted)),
    )


# Chains


def _likeliest(weights: Sequence[Part]) -> Structure | None:
    """The likeliest generator of these layers: a chain, or a chain and a label's branch.

    Layers are taken in their order, or else in one in which their sizes fit.
    """
    by_fit = _by_fit(weights)
    ways = (
        *((_plain(order) for order in (weights, by_fit)) if not any(map(_is_embedding, weights)) else ()),
        *(_branched(order) for order in (weights, by_fit)),
    )
    return next(itertools.chain.from_iterable(ways), None)


def _plain(weights: Sequence[Part]) -> Iterator[Structure]:
    for main in _chains(weights):
        yield Structure(tuple(main), (), 0, main[0].inputs, combined=False)


def _branched(weights: Sequence[Part]) -> Iterator[Structure]:
    for branch in _branches(weights):
        rest = [part for part in weights if part not in branch]
        if any(map(_is_embedding, rest)):
            continue
        for label in _chains(branch, embedded=True):
            for joint in range(len(rest)):
                yield from _joined(rest, label, joint)


def _by_fit(weights: Sequence[Part]) -> list[Part]:
    """Layers in the order in which each fits on the one before: embeddings first, then the longest chain there is."""
    tables = [part for part in weights if _is_embedding(part)]
    layers = [part for part in weights if part not in tables]
    best: list[Layer] = []
    tries = 0

    def extend(chain: list[Layer], rest: list[Part]) -> None:
        nonlocal best, tries
        tries += 1
        best = max(best, chain, key=len)
        for part in rest:
            for layer in _readings(part, embedded=False):
                if len(best) == len(layers) or tries > MAX_ATTEMPTS:
                    return
                if not chain or _following(chain[-1], layer) is not None:
                    extend([*chain, layer], [other for other in rest if other is not part])

    extend([], layers)
    found = [layer.part for layer in best]
    return [*tables, *found, *(part for part in layers if part not in found)]


def _joined(rest: Sequence[Part], label: list[Layer], joint: int) -> Iterator[Structure]:
    width = label[-1].outputs
    if joint == 0:
        for main in _chains(rest):
            if main[0].inputs > width and label[-1].role != "kernel":
                yield Structure(tuple(main), tuple(label), 0, main[0].inputs - width, combined=False)
            if main[0].inputs == width:
                yield Structure(tuple(main), tuple(label), 0, width, combined=True)
        return
    for before in _chains(rest[:joint]):
        for after in _chains(rest[joint:]):
            last, first = before[-1], after[0]
            if (last.role == "kernel") != (label[-1].role == "kernel"):
                continue
            whole = last.outputs + width
            if last.role == "kernel" or first.role == "linear":
                if first.inputs == whole and (first.role == "kernel") == (last.role == "kernel"):
                    yield Structure((*before, *after), tuple(label), joint, before[0].inputs, combined=False)
            elif (side := _side_of(whole, first.inputs)) and last.outputs % side**2 == width % side**2 == 0:
                first = replace(first, reshape=(first.inputs, side))
                yield Structure((*before, first, *after[1:]), tuple(label), joint, before[0].inputs, combined=False)


def _chains(parts: Sequence[Part], *, embedded: bool = False) -> Iterator[list[Layer]]:
    """All chains of the parts in their order; `embedded`: the first may be an embedding."""

    def extend(chain: list[Layer], rest: Sequence[Part]) -> Iterator[list[Layer]]:
        if not rest:
            yield chain
            return
        for layer in _readings(rest[0], embedded=embedded and not chain):
            if not chain:
                yield from extend([layer], rest[1:])
            elif (following := _following(chain[-1], layer)) is not None:
                yield from extend([*chain, following], rest[1:])

    yield from extend([], parts)


def _readings(part: Part, *, embedded: bool) -> list[Layer]:
    first, second = part.weight.shape[:2]
    if part.kind == "matrix":
        linear, embedding = Layer(part, "linear", second, first), Layer(part, "embedding", first, second)
        if not embedded or "bias" in part.tensors:
            return [linear]
        return [embedding] if _is_embedding(part) else [linear, embedding]
    kinds = (True, False) if part.transposed is None else (part.transposed,)
    if first == second:
        return [Layer(part, "kernel", first, first, kinds)]
    return [Layer(part, "kernel", *((first, second) if kind else (second, first)), (kind,)) for kind in kinds]


def _following(last: Layer, layer: Layer) -> Layer | None:
    """`layer` with what has to happen between `last` and it, or None if it cannot follow."""
    match last.role, layer.role:
        case "linear" | "embedding", "linear":
            return layer if last.outputs == layer.inputs else None
        case "linear" | "embedding", "kernel":
            side = _side_of(last.outputs, layer.inputs)
            return None if side is None else replace(layer, reshape=(layer.inputs, side))
        case "kernel", "kernel":
            if last.outputs == layer.inputs:
                return layer
            return replace(layer, shuffled=True) if last.outputs == 4 * layer.inputs else None
    return None


def _side_of(features: int, channels: int) -> int | None:
    """The side of the square maps that flat features become, None if they make no such maps."""
    side = math.isqrt(features // channels)
    return side if side and channels * side**2 == features else None


def _branches(weights: Sequence[Part]) -> list[list[Part]]:
    """Runs of layers that may be a label's branch, the likelier first."""
    runs = [
        list(weights[first : first + length])
        for length in range(1, min(MAX_BRANCH_LAYERS, len(weights) - 1) + 1)
        for first in range(len(weights))
        if first + length <= len(weights)
    ]

    def unlikely(run: list[Part]) -> tuple[bool, bool, int, int]:
        named = all(LABEL_NAME.search(part.name) for part in run)
        # Of two branches the one with fewer inputs is the label's.
        inputs = run[0].weight.shape[1 if run[0].kind == "matrix" else 0]
        return not _is_embedding(run[0]), not named, inputs, len(run)

    possible = [run for run in runs if _is_embedding(run[0]) or 2 <= min(run[0].weight.shape[:2]) <= 1000]
    return sorted(possible, key=unlikely)


def _is_embedding(part: Part) -> bool:
    """Whether a matrix is called an embedding, and may be one."""
    return part.kind == "matrix" and "bias" not in part.tensors and LABEL_NAME.search(part.name) is not None


# Norms and slopes


def _with_others(found: Structure, parts: Sequence[Part]) -> Structure:
    """With each norm and PReLU beside the layer that it follows.

    That is the one before it in the file where their sizes fit, and otherwise, for scripts that list all norms apart
    from the layers, the first of as many layers of its size as there are norms.
    """
    layers = {layer.part: layer for layer in found.layers}
    following = dict(pairwise(found.main))
    host: dict[Part, Layer] = {}
    groups: dict[tuple[str, int], list[Part]] = {}
    last: Layer | None = None
    for part in parts:
        if part in layers:
            last = layers[part]
            continue
        groups.setdefault((part.kind, part.features), []).append(part)
        taken = any(layer is last and other.kind == part.kind for other, layer in host.items())
        if last is not None and not taken and _placed(last, part, following.get(last)):
            host[part] = last
    for (kind, size), group in groups.items():
        if all(part in host for part in group):
            continue
        others = [layer for part, layer in host.items() if part.kind == kind and part not in group]
        free = [
            layer for layer in found.layers if layer not in others and _placed(layer, group[0], following.get(layer))
        ]
        if len(free) != len(group):
            what = "BatchNorm" if kind == "norm" else "PReLU"
            raise CheckpointError(
                "it has {count} {what} of size {size} for {layers} such hidden layers",
                count=len(group),
                what=what,
                size=size,
                layers=len(free),
            )
        host |= zip(group, free, strict=True)
    for part, layer in host.items():
        layers[layer.part] = _placed(layers[layer.part], part, following.get(layer)) or layers[layer.part]
    return replace(
        found,
        main=tuple(layers[layer.part] for layer in found.main),
        label=tuple(layers[layer.part] for layer in found.label),
    )


def _placed(layer: Layer, part: Part, following: Layer | None) -> Layer | None:
    """`layer` with a norm or PReLU after it, None if it has one or the sizes do not fit."""
    if part.kind == "slopes":
        return replace(layer, slopes=part) if layer.slopes is None and part.features in (1, layer.outputs) else None
    if layer.norm is not None or layer.role == "embedding":
        return None
    if part.features == layer.outputs:
        return replace(layer, norm=part)
    maps = following is not None and following.reshape is not None and following.reshape[0] == part.features
    return replace(layer, norm=part, maps_norm=True) if maps else None


# Numbers


def _counted(layers: Sequence[Layer], counted: Sequence[tuple[str, int]]) -> list[Layer]:
    """Layers with the modules that the author's numbers leave room for.

    Numbers of an `nn.Sequential` count activations and the like, which have no weights; those of a list without a
    single gap count nothing else and tell nothing.
    """

    def gap(one: Part, other: Part) -> int | None:
        (container, first), (same, second) = one.place, other.place
        if first is None or second is None or container != same or second <= first:
            return None
        used = [number for name, number in counted if name == container]
        return second - first - 1 if max(used) - min(used) >= len(used) else None

    result = []
    for place, layer in enumerate(layers):
        end = layer.norm or layer.part
        following = layers[place + 1].part if place + 1 < len(layers) else None
        before = gap(layer.part, layer.norm) if layer.norm else None
        result.append(replace(layer, before=before, after=gap(end, following) if following else None))
    return result


# Refusals


def _refuse_others(weights: Sequence[Part]) -> None:
    """Raises `CheckpointError` for networks that are known not to be a generator from noise, or not a plain chain."""
    names = [part.name.lower() for part in weights]
    if any("encoder" in name for name in names) and any("decoder" in name for name in names):
        raise CheckpointError("it is an autoencoder, with an encoder and a decoder; {hint}", hint=DECODER_ALONE)
    if any(map(RESIDUAL.search, names)):
        raise CheckpointError("it has residual blocks, whose layers do not follow one another")
    first = weights[0]
    if first.kind == "kernel" and len(weights) > 1:
        outputs, inputs = first.weight.shape[:2]
        if inputs in (1, 3) and outputs > 3 and first.transposed is not True and first.weight.shape[-1] > 1:
            last = weights[-1].weight.shape[:2]
            widest = max(max(part.weight.shape[:2]) for part in weights)
            if weights[-1].kind == "matrix" or (min(last) == 1 and 2 * max(last) >= widest):
                raise CheckpointError("pictures go in, so it is a discriminator; take the generator's file")
            raise CheckpointError("it makes pictures from pictures, not from noise, which the workshop cannot show")


DECODER_ALONE = Message("a GAN draws from noise. Save its decoder alone: torch.save(model.decoder.state_dict(), ...)")


def _refuse_no_image(found: Structure) -> None:
    first, last = found.main[0], found.main[-1]
    if found.convolutional:
        if last.outputs not in (1, 3):
            raise CheckpointError("it gives {outputs} channels, neither grey nor RGB", outputs=last.outputs)
        return
    if first.inputs in PIXELS and first.inputs == last.outputs:
        narrowest = min(layer.outputs for layer in found.main)
        raise CheckpointError(
            "it is an autoencoder: {inputs} pixels go in and come out again, through {narrowest} numbers; {hint}",
            inputs=first.inputs,
            narrowest=narrowest,
            hint=DECODER_ALONE,
        )
    if last.outputs == 1:
        raise CheckpointError("it gives one number, so it is a discriminator; take the generator's file")
    if last.outputs not in PIXELS:
        if last.outputs == 2:
            raise CheckpointError("it gives 2 numbers, points, not pictures")
        raise CheckpointError(
            "it gives {outputs} numbers, which is no square image of {smallest} to {largest} px, grey or RGB",
            outputs=last.outputs,
            smallest=min(SIDES),
            largest=max(SIDES),
        )


def _no_chain(weights: Sequence[Part]) -> CheckpointError:
    sizes = ["x".join(map(str, part.weight.shape)) for part in weights[:8]]
    if len(weights) > 8:
        return CheckpointError(
            "its layers do not follow one another (weights {sizes} and {more} more)",
            sizes=sizes,
            more=len(weights) - 8,
        )
    return CheckpointError("its layers do not follow one another (weights {sizes})", sizes=sizes)
