"""`Checkpoint`: a trained generator as a file, with all that is needed to build it again.

`NAME.safetensors` holds the weights, half precision when shipped, and in its header a JSON description of the
networks and of the latent vector. `NAME.json` beside it is the model card, see `card`.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gan_core.arguments import as_floats, as_path
from gan_core.data.image_data import denormalize
from gan_core.errors import CheckpointError
from gan_core.families import GAN, IMPORTED, get_family
from gan_core.files import atomic_path
from gan_core.latent_spec import LatentSpec
from gan_core.models.card import Card, as_card, read_card, without_path, write_card
from gan_core.nets import Net, build_net
from gan_core.nets.initialization import without_values

FORMAT = 2  # of the description; 1 is read, too
HEADER = "gan_workshop"
BATCH_SIZE = 256
JUDGED = 512  # fakes whose statistics D's BatchNorm takes

# Format 1: what networks and their arguments were called. None: there is no such argument any more.
OLD_NETS = {"HeadedDiscriminator": "AuxiliaryHeadDiscriminator"}
OLD_ARGUMENTS: Mapping[str, Mapping[str, str | None]] = {
    "AuxiliaryHeadDiscriminator": {"outputs": "aux_dim", "num_classes": None},
    "InfoDiscriminator": {"outputs": "aux_dim", "width": "base_channels"},
    "InfoGenerator": {"width": "base_channels"},
    "NearestGenerator": {"width": "base_channels"},
    "PooledDiscriminator": {"width": "base_channels"},
    "PyramidDiscriminator": {"width": "base_channels"},
    "PyramidGenerator": {"width": "base_channels", "detail_size": "level_noise_size"},
}


@dataclass
class Checkpoint:
    """A generator ready to draw, on the CPU and in evaluation mode.

    Attributes:
        name: The reference that it was loaded by.
        family: Name of the family, "imported" for a generator of another script.
        generator: The network that draws.
        discriminator: None when only a generator is known, as in imported files.
        latent_spec: The layout of a latent vector.
        card: Facts for people.
    """

    name: str
    family: str
    generator: Net
    discriminator: Net | None
    latent_spec: LatentSpec
    card: Card = field(default_factory=Card)

    def __post_init__(self) -> None:
        for net in filter(None, (self.generator, self.discriminator)):
            net.eval().requires_grad_(False)

    @property
    def title(self) -> str:
        """One line for people, the name where the card has none."""
        return self.card.get("title", self.name)

    @property
    def image_size(self) -> int:
        """Side of the images in pixels."""
        return self._image_shape[-1]

    @property
    def channels(self) -> int:
        """Of the images: 1 grey, 3 RGB."""
        return self._image_shape[0]

    @cached_property
    def _image_shape(self) -> tuple[int, ...]:
        return tuple(self.draw(torch.zeros(1, self.latent_spec.size)).shape[1:])

    @cached_property
    def gan(self) -> GAN | None:
        """Both networks with their losses, or None without a discriminator; D judges as it did in training.

        Its discriminator is a copy, so that what is saved stays what was trained.
        """
        if self.discriminator is None:
            return None
        with torch.inference_mode(mode=False):  # whoever asks first: others may need gradients
            discriminator = copy.deepcopy(self.discriminator)
            gan = get_family(self.family).gan_class(self.generator, discriminator, self.latent_spec)
            gan.judge_as_in_training(self.latent_spec.sample(JUDGED, generator=torch.Generator().manual_seed(0)))
        return gan

    @torch.inference_mode()
    def draw(self, z: Tensor | np.ndarray | Sequence[Sequence[float]]) -> Tensor:
        """Images uint8 (N, C, H, W) of latent vectors float (N, latent_spec.size).

        Raises:
            LatentError: `z` has another shape, or holds no numbers.
        """
        return torch.cat([denormalize(self.generator(chunk)) for chunk in self._chunks(z)])

    @torch.inference_mode()
    def score(self, z: Tensor | np.ndarray | Sequence[Sequence[float]]) -> Tensor | None:
        """`GAN.realism_score` (N,) of the image of each latent vector, higher is more real; None without a D.

        Raises:
            LatentError: `z` has another shape, or holds no numbers.
        """
        if (gan := self.gan) is None:
            return None
        return torch.cat(
            [
                gan.realism_score(self.generator(chunk), self.latent_spec.class_weights(chunk))
                for chunk in self._chunks(z)
            ]
        )

    def _chunks(self, z: Tensor | np.ndarray | Sequence[Sequence[float]]) -> tuple[Tensor, ...]:
        vectors = as_floats(z, "z")
        self.latent_spec.check(vectors)
        return torch.split(vectors, BATCH_SIZE)


def save_checkpoint(checkpoint: Checkpoint, path: str | Path, *, half: bool = False) -> None:
    """Write a checkpoint and the card beside it, each whole or not at all.

    Args:
        checkpoint: What to write; the path of its owner's images stays out of the card.
        path: Of the weights, ending in .safetensors; the card ends in .json.
        half: Store the weights as float16, half the size; they come back as float32.

    Raises:
        CheckpointError: The disk is full or the folder cannot be written.
    """
    path = as_path(path, "path")
    card = without_path(checkpoint.card)
    nets = {"generator": checkpoint.generator, "discriminator": checkpoint.discriminator}
    description = {
        "format": FORMAT,
        "family": checkpoint.family,
        "latent": checkpoint.latent_spec.to_dict(),
        "card": card,
        **{role: net.spec if net is not None else None for role, net in nets.items()},
    }
    tensors = _of_their_own(
        {
            f"{role}.{name}": (tensor.half() if half and tensor.is_floating_point() else tensor).cpu().contiguous()
            for role, net in nets.items()
            if net is not None
            for name, tensor in net.state_dict().items()
        }
    )
    try:
        with atomic_path(path) as temporary:
            save_file(tensors, temporary, metadata={HEADER: json.dumps(description)})
        write_card(card, path.with_suffix(".json"))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            "could not save {file}: {error}; earlier files are untouched", file=path.name, error=error
        ) from error


def _of_their_own(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same numbers, no two tensors in one piece of memory, which safetensors refuses."""
    taken: set[int] = set()
    alone = {}
    for name, tensor in tensors.items():
        memory = tensor.untyped_storage()
        shared = memory.data_ptr() in taken or memory.nbytes() != tensor.nbytes
        alone[name] = tensor.clone() if shared else tensor
        taken.add(memory.data_ptr())
    return alone


def load_checkpoint_file(path: str | Path) -> Checkpoint:
    """Read a checkpoint that `save_checkpoint` wrote; the card beside it wins over the one inside.

    Nothing in the file is ever run.

    Raises:
        CheckpointError: The file is missing, truncated, not ours, does not fit its description, or holds weights that
            are not finite.
    """
    path = as_path(path, "path")
    if not os.path.isfile(path):
        raise CheckpointError("there is no checkpoint {file}", file=path.name)
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(HEADER)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            "{file} is damaged or not a safetensors file: {reason}", file=path.name, reason=error
        ) from None
    if header is None:
        raise CheckpointError(
            "{file} is a safetensors file but not a checkpoint of GAN Workshop; import it", file=path.name
        )
    try:
        description = _read_description(header, path.name)
        family = description["family"]
        if family != IMPORTED or description["discriminator"] is not None:
            family = get_family(family).name
        latent_spec = LatentSpec.from_dict(description["latent"])
        card = as_card(description["card"])
        generator = restore_net(description["generator"], _part(tensors, "generator"), path.name)
        discriminator = None
        if description["discriminator"] is not None:
            discriminator = restore_net(description["discriminator"], _part(tensors, "discriminator"), path.name)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError("{file} has a damaged description: {error}", file=path.name, error=error) from None
    return Checkpoint(
        path.stem, family, generator, discriminator, latent_spec, {**card, **read_card(path.with_suffix(".json"))}
    )


def restore_net(spec: Mapping[str, Any], tensors: Mapping[str, Tensor], source: str) -> Net:
    """The net that `spec` describes with the given weights, as float32.

    The net is built without memory of its own, so a hostile spec can ask for any size in vain, and no random numbers
    are drawn.

    Args:
        spec: `Net.spec`.
        tensors: The state dict of the net.
        source: Name of the file, for messages.

    Raises:
        CheckpointError: The weights do not fit or are not finite.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError("{file}: the weights of {name} are not finite numbers", file=source, name=name)
    with without_values():
        net = build_net(spec)
    weights = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    try:
        net.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise CheckpointError(
            "{file}: the weights do not fit the networks: {reason}",
            file=source,
            reason=str(error).split("\n\t")[-1].strip(),
        ) from None
    return net


def _read_description(header: str, source: str) -> dict[str, Any]:
    """The description of a file in today's names. Raises `KeyError`, `TypeError` ... where it is none."""
    description: dict[str, Any] = json.loads(header)
    if not isinstance(description["card"], dict):
        raise TypeError("its card is no mapping")
    if description["format"] == 1:
        for role in ("generator", "discriminator"):
            description[role] = description[role] and renamed_spec(description[role])
    elif description["format"] != FORMAT:
        found = str(description["format"])
        raise CheckpointError(
            "{file} has format {found}, this version reads 1 to {known}", file=source, found=found, known=FORMAT
        )
    return description


def renamed_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a network in a file of format 1, with today's names."""
    net = OLD_NETS.get(spec["net"], spec["net"])
    names = OLD_ARGUMENTS.get(net, {})
    arguments = {name: value for old, value in spec.items() if (name := names.get(old, old)) is not None}
    return {**arguments, "net": net}


def _part(tensors: Mapping[str, Tensor], role: str) -> dict[str, Tensor]:
    prefix = f"{role}."
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
