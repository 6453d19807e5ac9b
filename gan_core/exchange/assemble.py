"""Builds a network from a structure and the answers to its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from gan_core.exchange.parts import Part
from gan_core.exchange.plans import Step, read_plan
from gan_core.exchange.questions import image_side, is_opening, order_from_numbers, split_label
from gan_core.exchange.structure import Layer, Structure
from gan_core.latent_spec import LatentSpec, Section
from gan_core.models.checkpoint import restore_net
from gan_core.nets import LayeredGenerator, Net

Answers = Mapping[str, str]


def generator_of(structure: Structure, answers: Answers, source: str) -> Net:
    """The author's network.

    Args:
        structure: Its layers.
        answers: To all questions that the structure leaves open, by name.
        source: Name of the file, for messages.

    Raises:
        CheckpointError: The weights do not fit or are not finite.
    """
    spec, tensors = describe(structure, answers)
    return restore_net(spec, tensors, source)


def latent_of(structure: Structure, answers: Answers) -> LatentSpec:
    """The layout of the latent vector: noise, then classes, called 0, 1, 2 ..., or categories and codes."""
    distribution: Literal["normal", "uniform"] = "uniform" if answers["noise"] == "uniform" else "normal"
    _side, classes, codes = split_label(answers["label"])
    classes = classes or (0 if answers["label"] == "unused" else structure.classes)
    names = tuple(map(str, range(classes)))
    noise = structure.noise if structure.label else structure.noise - classes - codes
    if not codes:
        return LatentSpec.of(noise, distribution, names)
    sections = (
        Section("noise", noise, distribution),
        Section("category", classes, "one_hot", names),
        Section("code", codes, "uniform"),
    )
    return LatentSpec(sections)


def describe(structure: Structure, answers: Answers) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The spec of a `LayeredGenerator`, and its state dict; arguments as of `generator_of`."""
    steps = dict(zip((layer.part for layer in structure.kernels), _plan(answers), strict=False))
    branches = {"noise_layers": _Branch(), "label_layers": _Branch(), "layers": _Branch()}
    before, after = structure.main[: structure.joint], structure.main[structure.joint :]
    side = after[0].reshape[1] if before and after[0].reshape else None
    writer = _Writer(structure, answers, steps)
    writer.write(branches["noise_layers"], before, joined_at=side)
    writer.write(branches["label_layers"], structure.label, joined_at=side)
    writer.write(branches["layers"], after, joined=bool(before))
    writer.end(branches["layers"])
    position, classes, codes = split_label(answers["label"])
    noise = structure.noise if structure.label else structure.noise - classes - codes
    spec = {
        "net": LayeredGenerator.__name__,
        "noise": noise,
        "label": structure.classes or classes + codes,
        "join": answers["label"] if structure.label else position if classes else "last",
        **{name: branch.layers for name, branch in branches.items()},
    }
    tensors = {f"{name}.{key}": tensor for name, branch in branches.items() for key, tensor in branch.tensors.items()}
    return spec, tensors


def _plan(answers: Answers) -> Sequence[Step]:
    return read_plan(answers["plan"]) if "plan" in answers else ()


class _Branch:
    """A sequence of layers, with their weights."""

    def __init__(self) -> None:
        self.layers: list[dict[str, Any]] = []
        self.tensors: dict[str, Tensor] = {}

    def add(self, kind: str, weights: Mapping[str, Tensor] | None = None, /, **arguments: Any) -> None:
        for key, tensor in (weights or {}).items():
            self.tensors[f"{len(self.layers)}.{key}"] = tensor
        self.layers.append({"kind": kind, **arguments})


class _Writer:
    """Writes layers into branches as the answers say."""

    def __init__(self, structure: Structure, answers: Answers, steps: Mapping[Any, Step]):
        self.structure, self.answers, self.steps = structure, answers, steps
        self.norms = 0

    def write(
        self, branch: _Branch, layers: Sequence[Layer], *, joined: bool = False, joined_at: int | None = None
    ) -> None:
        """Append layers to a branch.

        Args:
            branch: Is extended.
            layers: A chain.
            joined: Whether the input consists of maps already.
            joined_at: Side of the maps to end with; None to end flat.
        """
        reshaped = joined
        for place, layer in enumerate(layers):
            following = layers[place + 1] if place + 1 < len(layers) else None
            if layer.role == "kernel" and not reshaped and (layer.reshape or place == 0):
                channels, side = layer.reshape or (layer.inputs, 1)
                branch.add("reshape", shape=[channels, side, side])
            self._weights(branch, layer)
            reshaped = self._follow(branch, layer, following)
        if joined_at and layers:
            branch.add("reshape", shape=[layers[-1].outputs // joined_at**2, joined_at, joined_at])

    def end(self, branch: _Branch) -> None:
        """Values between black and white, as a picture."""
        match self.answers["end"]:
            case "tanh":
                branch.add("activation", function="tanh")
            case "sigmoid":
                branch.add("activation", function="sigmoid")
                branch.add("range", low=0, high=1)
            case "none:01":
                branch.add("range", low=0, high=1)
        if not self.structure.convolutional:
            side = image_side(self.structure, self.answers)
            kind = "channels_last" if self.answers.get("pixels") == "last" else "reshape"
            branch.add(kind, shape=[self.structure.channels, side, side])

    def _weights(self, branch: _Branch, layer: Layer) -> None:
        part = layer.part
        common: dict[str, Any] = {"name": part.name, "outputs": layer.outputs, "bias": "bias" in part.tensors}
        if layer.role == "linear":
            branch.add("linear", part.tensors, **common)
        elif layer.role == "embedding":
            branch.add("embedding", part.tensors, name=part.name, length=layer.outputs)
        else:
            if layer.shuffled:
                branch.add("pixel_shuffle")
            # A branch of the label does what the chain does beside it: its convolutions open a vector to maps.
            step = self.steps.get(part, Step(False, True, 1, 0))
            if step.doubled:
                branch.add("upsample", mode=self.answers["upsampling"])
            common |= {"kernel": layer.kernel, "stride": step.stride, "padding": step.padding}
            if step.transposed:
                branch.add("transposed", part.tensors, **common, **({"extra": step.extra} if step.extra else {}))
            else:
                branch.add("conv", part.tensors, **common)
            if step.cut:
                branch.add("cut", side=step.cut)

    def _follow(self, branch: _Branch, layer: Layer, following: Layer | None) -> bool:
        """Norm and activation after a layer. Returns whether its flat output became maps for the norm."""
        last = layer is self.structure.main[-1]
        activated = not last and self._activated(layer, following)
        after = (order_from_numbers(layer) or self.answers.get("norm_order")) == "after"
        if activated and after and layer.norm is not None:
            self._activate(branch, layer)
        if layer.maps_norm and following is not None and following.reshape is not None:
            channels, side = following.reshape
            branch.add("reshape", shape=[channels, side, side])
        if layer.norm is not None:
            self._add_norm(branch, layer.norm)
        if activated and not (after and layer.norm is not None):
            self._activate(branch, layer)
        return layer.maps_norm

    def _activated(self, layer: Layer, following: Layer | None) -> bool:
        if layer.role == "embedding":
            return False
        if layer.slopes is not None:
            return True
        if layer.after is None:
            name = "label_end" if layer in self.structure.label else "opening"
            return not is_opening(self.structure, layer) or self.answers[name] == "activation"
        room = layer.after + (layer.before or 0)
        if following is not None:
            step = self.steps.get(following.part)
            room -= bool(step and step.doubled) + following.shuffled
            room -= following.reshape is not None and not layer.maps_norm
        return room >= 1

    def _activate(self, branch: _Branch, layer: Layer) -> None:
        if layer.slopes is not None:
            slopes = layer.slopes
            branch.add("prelu", slopes.tensors, name=slopes.name, slopes=slopes.features)
            return
        function, _, slope = self.answers["activation"].partition(":")
        branch.add("activation", function=function, **({"slope": float(slope)} if slope else {}))

    def _add_norm(self, branch: _Branch, norm: Part) -> None:
        first, _, rest = self.answers["norm_eps"].partition("/")
        eps = float(rest if rest and self.norms else first)
        self.norms += 1
        tensors = dict(norm.tensors)
        affine = bool({"weight", "bias"} & tensors.keys())
        if affine:
            mean = tensors["running_mean"]
            tensors = {"weight": torch.ones_like(mean), "bias": torch.zeros_like(mean), **tensors}
        tensors["num_batches_tracked"] = torch.tensor(0)
        branch.add("batch_norm", tensors, name=norm.name, eps=eps, affine=affine)
