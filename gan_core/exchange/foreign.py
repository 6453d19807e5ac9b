"""Importing generators that other people's scripts trained.

    >>> checkpoint = import_generator(Path("netG_epoch_24.pth"))
    >>> save_checkpoint(checkpoint, Path("netG.safetensors"))

The file is opened without running anything in it (`foreign_file`), the network is recognised by the shapes of its
tensors (`foreign_shapes`), and what shapes cannot tell is read from BatchNorm's statistics (`foreign_statistics`) or
assumed, which the model card says.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from gan_core.arguments import as_path
from gan_core.errors import CheckpointError
from gan_core.exchange.foreign_file import check_plain, open_weights, state_dicts
from gan_core.exchange.foreign_shapes import READABLE, Assumptions, GeneratorShape, build, recognise
from gan_core.exchange.foreign_statistics import latent_of, settle
from gan_core.runs.checkpoint import Checkpoint

SLOPES = {"relu": 0.0, "leaky": 0.2}
NOISES = ("normal", "uniform")


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of the generator in a file of weights (.pth, .pt, .pkl, .safetensors), floats as float32.

    Scripts wrap them in many ways (`netG`, `g_ema`, `state_dict`, `module.`): all are looked through. Raises
    `CheckpointError` when the file cannot be read, would run code, or holds no generator that can be recognised.
    """
    return _find_generator(path)[0]


def import_generator(
    path: str | Path,
    *,
    name: str | None = None,
    activation: str | None = None,
    norm_eps: float | None = None,
    noise: str | None = None,
    label_first: bool | None = None,
) -> Checkpoint:
    """A generator trained elsewhere as a checkpoint without discriminator: vanilla, cgan, dcgan or cdcgan.

    name:        of the checkpoint, by default that of the file
    activation:  relu or leaky (slope 0.2) between the layers
    norm_eps:    epsilon of BatchNorm
    noise:       normal or uniform, what it was trained on
    label_first: whether its input is the label embedding and then the noise, rather than the other way round

    What is left out is taken from the evidence in the weights or assumed; the card's `assumptions` say which.
    Raises `CheckpointError` as `read_weights` does, and for weights that give no finite images.
    """
    path = as_path(path, "path")
    known = _known(activation, norm_eps, noise, label_first)
    _, shape = _find_generator(path)
    assumptions, told = settle(shape, known, path.name)
    generator = build(shape, assumptions, path.name)
    checkpoint = Checkpoint(
        name=name or path.stem,
        family=shape.family,
        generator=generator,
        discriminator=None,
        latent=latent_of(shape, assumptions),
        card={
            "title": name or path.stem,
            "source": path.name,
            "recognised": shape.describe(),
            "parameters": sum(parameter.numel() for parameter in generator.parameters()),
            "assumptions": _assumption_lines(shape, assumptions, known.keys(), told),
        },
    )
    _check_draws(checkpoint, path.name)
    return checkpoint


def _known(
    activation: str | None, norm_eps: float | None, noise: str | None, label_first: bool | None
) -> dict[str, Any]:
    """The fields of `Assumptions` that the caller fixes."""
    if activation is not None and activation not in SLOPES:
        raise CheckpointError(f"unknown activation {activation!r}; use {' or '.join(SLOPES)}")
    if noise is not None and noise not in NOISES:
        raise CheckpointError(f"unknown noise {noise!r}; use {' or '.join(NOISES)}")
    if norm_eps is not None and not (math.isfinite(norm_eps) and norm_eps > 0):
        raise CheckpointError(f"norm_eps must be above 0, such as 1e-5 or 0.8, not {norm_eps}")
    slope = None if activation is None else SLOPES[activation]
    fields = {"negative_slope": slope, "norm_eps": norm_eps, "noise": noise, "label_first": label_first}
    return {field: value for field, value in fields.items() if value is not None}


def _find_generator(path: Path) -> tuple[dict[str, Tensor], GeneratorShape]:
    """The first state dict in the file that is recognised; the likeliest place comes first."""
    states = state_dicts(open_weights(path))
    if not states:
        raise CheckpointError(f"{path.name} holds no weights with names; {READABLE}")
    reasons: list[CheckpointError] = []
    for state in states:
        try:
            check_plain(state.tensors, path.stat().st_size)
            weights = {name: t.detach().float() if t.is_floating_point() else t for name, t in state.tensors.items()}
            return weights, recognise(weights)
        except CheckpointError as error:
            reasons.append(error)
    raise CheckpointError(f"{path.name} holds no generator that can be read: {reasons[0]}; {READABLE}")


@torch.inference_mode()
def _check_draws(checkpoint: Checkpoint, source: str) -> None:
    latent = checkpoint.latent.sample(4, generator=torch.Generator().manual_seed(0))
    if not torch.isfinite(checkpoint.generator(latent)).all():
        raise CheckpointError(f"{source}: its images are not finite numbers; the weights are damaged")


def _assumption_lines(shape: GeneratorShape, chosen: Assumptions, known: set[str], told: set[str]) -> list[str]:
    """For each thing that shapes do not show, what was taken and on what grounds."""

    def grounds(field: str) -> str:
        if field in known:
            return "as given"
        return "told by the running statistics of BatchNorm" if field in told else "assumed"

    activation = f"LeakyReLU {chosen.negative_slope:g}" if chosen.negative_slope else "ReLU"
    lines = [
        f"{activation} between the layers ({grounds('negative_slope')}).",
        f"{chosen.noise.capitalize()} noise ({grounds('noise')}).",
        "Tanh at the end, so that -1 is black and 1 is white (assumed).",
    ]
    if shape.convolutional:
        lines.append("Every 4x4 convolution after the first has stride 2 and padding 1 (assumed).")
    if shape.normalised:
        lines.append("BatchNorm comes before the activation (assumed).")
        lines.append(
            f"BatchNorm's epsilon is {chosen.norm_eps:g} ({grounds('norm_eps')}).{_eps_hint(shape, chosen, known)}"
        )
    if shape.embedding is not None:
        order = "the label embedding, then the noise" if chosen.label_first else "the noise, then the label embedding"
        lines.append(f"The input is {order} ({grounds('label_first')}).")
    return lines


def _eps_hint(shape: GeneratorShape, chosen: Assumptions, known: set[str]) -> str:
    if shape.convolutional or "norm_eps" in known or chosen.norm_eps == 0.8:
        return ""
    return (
        " If pictures look saturated, import with norm_eps 0.8: many published scripts write BatchNorm1d(n, 0.8),"
        " which sets epsilon."
    )
