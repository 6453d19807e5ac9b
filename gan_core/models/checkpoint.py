"""`Checkpoint`: a trained generator as a file, with all that is needed to build it again.

`NAME.safetensors` holds the weights, half precision when shipped, and in its header a JSON description of the
networks and of the latent vector. `NAME.json` beside it is the model card, meant for people: where it came from and
how good it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
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
from gan_core.data.image_data import denormalise
from gan_core.errors import CheckpointError, LatentError
from gan_core.families import GAN, IMPORTED, Latent, get_family
from gan_core.files import atomic_path
from gan_core.nets import Net, build_net

FORMAT = 1
HEADER = "gan_workshop"
BATCH = 256


@dataclass
class Checkpoint:
    """A generator ready to draw, on the CPU and in evaluation mode.

    discriminator: None when only a generator is known, as in imported files
    card:          facts for people: title, dataset, steps, seed, device, wall time, quality ...
    """

    name: str
    family: str
    generator: Net
    discriminator: Net | None
    latent: Latent
    card: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for net in filter(None, (self.generator, self.discriminator)):
            net.eval().requires_grad_(False)

    @property
    def title(self) -> str:
        return self.card.get("title", self.name)

    @property
    def image_size(self) -> int:
        return self._image_shape[-1]

    @property
    def channels(self) -> int:
        return self._image_shape[0]

    @cached_property
    def _image_shape(self) -> tuple[int, ...]:
        return tuple(self.draw(torch.zeros(1, self.latent.size)).shape[1:])

    @property
    def gan(self) -> GAN | None:
        """The networks as the game they were trained in, or None without a discriminator."""
        if self.discriminator is None:
            return None
        return get_family(self.family).gan_class(self.generator, self.discriminator, self.latent)

    @torch.inference_mode()
    def draw(self, latent: Tensor | np.ndarray | Sequence[Sequence[float]]) -> Tensor:
        """Latent vectors float (N, latent.size) -> images uint8 (N, C, H, W). Raises `LatentError` for others."""
        vectors = self._vectors(latent)
        return torch.cat([denormalise(self.generator(chunk)) for chunk in vectors.split(BATCH)])

    @torch.inference_mode()
    def score(self, latent: Tensor | np.ndarray | Sequence[Sequence[float]]) -> Tensor | None:
        """How real D finds the image of each latent vector, (N,), higher is more real; None without a D."""
        gan = self.gan
        if gan is None:
            return None
        chunks = self._vectors(latent).split(BATCH)
        return torch.cat([gan.realism_score(self.generator(chunk), self.latent.classes(chunk)) for chunk in chunks])

    def _vectors(self, latent: Tensor | np.ndarray | Sequence[Sequence[float]]) -> Tensor:
        vectors = as_floats(latent, "latent")
        if vectors.dim() != 2 or len(vectors) == 0 or vectors.shape[1] != self.latent.size:
            found = "x".join(map(str, vectors.shape))
            raise LatentError(
                f"the vectors are {found}; this generator needs one or more rows of {self.latent.size} entries"
            )
        return vectors


def save_checkpoint(checkpoint: Checkpoint, path: str | Path, *, half: bool = False) -> None:
    """Write `path` (.safetensors) and the card beside it (.json), each whole or not at all.

    half: store the weights as float16, half the size; they come back as float32.
    Raises `CheckpointError` when the disk is full or the folder cannot be written.
    """
    path = as_path(path, "path")
    card = _without_path(checkpoint.card)
    nets = {"generator": checkpoint.generator, "discriminator": checkpoint.discriminator}
    description = {
        "format": FORMAT,
        "family": checkpoint.family,
        "latent": checkpoint.latent.to_dict(),
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
        with atomic_path(path.with_suffix(".json")) as temporary:
            text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
            # What UTF-8 cannot say, such as parts of a path under an old locale, becomes an escape, as JSON has it.
            temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"could not save {path.name}: {error}; earlier files are untouched") from error


def _without_path(card: dict[str, Any]) -> dict[str, Any]:
    """A card goes to other people: where its owner keeps the images is not theirs to know."""
    config = card.get("config")
    if not isinstance(config, dict):
        return card
    return card | {"config": {name: value for name, value in config.items() if name != "data_path"}}


def _of_their_own(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same numbers, no two tensors in one piece of memory: safetensors refuses those, rightly, as it would have to
    choose which of them owns it."""
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

    Raises `CheckpointError` when the file is missing, truncated, not ours, does not fit its description, or holds
    weights that are not finite. Nothing in the file is ever run.
    """
    path = as_path(path, "path")
    if not os.path.isfile(path):
        raise CheckpointError(f"there is no checkpoint {path.name}")
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get(HEADER)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged or not a safetensors file: {error}") from None
    if header is None:
        raise CheckpointError(f"{path.name} is a safetensors file but not a checkpoint of GAN Workshop; import it")
    try:
        description = json.loads(header)
        if description["format"] != FORMAT:
            raise CheckpointError(f"{path.name} has format {description['format']}, this version reads {FORMAT}")
        family = description["family"]
        if family != IMPORTED or description["discriminator"] is not None:
            family = get_family(family).name
        latent = Latent.from_dict(description["latent"])
        nets = {role: description[role] for role in ("generator", "discriminator")}
        card = description["card"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path.name} has a damaged description: {error}") from None
    return Checkpoint(
        name=path.stem,
        family=family,
        generator=_restore(nets["generator"], _part(tensors, "generator"), path.name),
        discriminator=_restore(nets["discriminator"], _part(tensors, "discriminator"), path.name),
        latent=latent,
        card=card | read_card(path.with_suffix(".json")),
    )


def restore_net(spec: dict[str, Any], tensors: dict[str, Tensor], source: str) -> Net:
    """The net that `spec` describes with the given weights, as float32.

    The net is built without memory of its own, so a hostile spec can ask for any size in vain, and no random numbers
    are drawn. Raises `CheckpointError`, naming `source`, when the weights do not fit or are not finite.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError(f"{source}: the weights of {name} are not finite numbers")
    with torch.device("meta"):
        net = build_net(spec)
    weights = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    try:
        net.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        reason = str(error).split("\n\t")[-1].strip()
        raise CheckpointError(f"{source}: the weights do not fit the networks: {reason}") from None
    return net


def _restore(spec: dict[str, Any] | None, tensors: dict[str, Tensor], source: str) -> Net | None:
    return None if spec is None else restore_net(spec, tensors, source)


def _part(tensors: dict[str, Tensor], role: str) -> dict[str, Tensor]:
    prefix = f"{role}."
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def read_card(path: Path) -> dict[str, Any]:
    """The card in a file; a missing or damaged one is no reason to refuse the weights."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
    return card if isinstance(card, dict) else {}
