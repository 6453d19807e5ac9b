"""Finds the state dicts in the content of a file, however a script has wrapped them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_core.errors import CheckpointError
from gan_core.exchange.weight_file import WEIGHTS_ONLY

MAX_DEPTH = 6
MAX_GROUPS = 20

# Components that DataParallel, DistributedDataParallel and torch.compile put into names.
WRAPPERS = {"module", "_orig_mod"}
LABEL_NAME = re.compile(r"emb|label|class|cond", re.IGNORECASE)


@dataclass(frozen=True)
class StateDict:
    """Named tensors found in a file.

    Attributes:
        tensors: By name.
        hint: How likely they are a generator's by their place in the file, higher is more; see `name_hint`.
    """

    tensors: dict[str, Tensor]
    hint: int


def state_dicts(content: Any) -> list[StateDict]:
    """All mappings from names to tensors in a file's content, those most likely to be a generator's first."""
    found: list[StateDict] = []
    seen: set[int] = set()

    def visit(value: Any, hint: int, depth: int) -> None:
        if depth > MAX_DEPTH or id(value) in seen:
            return
        seen.add(id(value))
        children: Iterable[tuple[Any, Any]]
        if isinstance(value, Mapping):
            tensors = {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, Tensor)}
            found.extend(StateDict(part, hint + own) for part, own in _split(_clean(tensors)))
            children = value.items()
        elif isinstance(value, list | tuple):
            children = enumerate(value)
        else:
            return
        for key, child in children:
            if "optim" not in str(key).lower():
                visit(child, hint + name_hint(str(key)), depth + 1)

    visit(content, hint=0, depth=0)
    return sorted(found, key=lambda state: state.hint, reverse=True)


def name_hint(name: str) -> int:
    """2 for a generator's name (netG, g_model_state_dict), 1 more for an averaged one, negative for a discriminator."""
    lower = name.lower()
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    generator = "generator" in lower or bool(words & {"g", "gen", "netg"})
    discriminator = "discriminator" in lower or bool(words & {"d", "disc", "netd", "critic"})
    return 2 * generator + bool(words & {"ema", "averaged"}) - 3 * discriminator


def check_plain(tensors: Mapping[str, Tensor], file_size: int) -> None:
    """Refuse tensors that are not ordinary numbers, or need more room than the file has.

    A few bytes can claim to be a tensor of any size (all strides 0, or memory that is never filled), so this comes
    before anything touches the numbers.

    Args:
        tensors: By name.
        file_size: In bytes.

    Raises:
        CheckpointError: There is such a tensor.
    """
    for name, tensor in tensors.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized
        if not plain or tensor.is_complex():
            raise CheckpointError(
                "{name!r} is sparse, quantised, complex or without data; {hint}", name=name, hint=WEIGHTS_ONLY
            )
    if sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()) > file_size:
        raise CheckpointError("it claims to hold more weights than fit into a file of its size")


def _clean(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names without what wrappers added, and without a beginning that all of them share."""
    names = {name: [part for part in name.split(".") if part not in WRAPPERS] for name in tensors}
    shortest = min(map(len, names.values()), default=0)
    shared = 0
    while shared < shortest - 1 and len({parts[shared] for parts in names.values()}) == 1:
        shared += 1
    return {".".join(parts[shared:]): tensors[name] for name, parts in names.items()}


def _split(tensors: Mapping[str, Tensor]) -> Iterator[tuple[dict[str, Tensor], int]]:
    """The parts of a flat state dict that may be a generator, each with its hint, the likelier first.

    Lightning keeps all networks in one flat dict, `generator.0.weight` beside `discriminator.0.weight`. Where the rest
    is a label's, the part called generator is only half of one.
    """
    groups: dict[str, dict[str, Tensor]] = {}
    discriminator = False
    for name, tensor in tensors.items():
        parts = name.split(".")
        discriminator = discriminator or any(name_hint(part) < 0 for part in parts[:-1])
        # A group has modules in it, so two parts at least remain of the name.
        for depth, part in enumerate(parts[:-2][:MAX_DEPTH], start=1):
            if name_hint(part) > 0:
                groups.setdefault(".".join(parts[:depth]), {})[".".join(parts[depth:])] = tensor
    whole = [(dict(tensors), 0)] if tensors else []
    named = [
        (group, name_hint(prefix))
        for prefix, group in itertools.islice(groups.items(), MAX_GROUPS)
        if discriminator or not any(LABEL_NAME.search(name) for name in tensors if not name.startswith(f"{prefix}."))
    ]
    named.sort(key=lambda entry: entry[1], reverse=True)
    yield from [*named, *whole] if discriminator else [*whole, *((group, 0) for group, _ in named)]
