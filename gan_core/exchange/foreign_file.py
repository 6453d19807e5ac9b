"""Opening weight files that other people's scripts wrote, without trusting them.

Nothing in a file is ever run: `torch.load` is used with `weights_only=True` alone, and what it gives back is looked
through for state dicts, mappings from names to tensors, however deeply a script has wrapped them.
"""

from __future__ import annotations

import itertools
import pickle
import pickletools
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gan_core.errors import CheckpointError

MAX_BYTES = 1 << 30
MAX_DEPTH = 6
MAX_OPCODES = 100_000

# Components that DataParallel, DistributedDataParallel and torch.compile put into names.
WRAPPERS = {"module", "_orig_mod"}

WEIGHTS_ONLY = "ask for a file with the weights only: torch.save(model.state_dict(), ...)"
# What the weights-only reader says when a file asks it to call something.
REFUSED_GLOBAL = re.compile(r"GLOBAL ([A-Za-z_][\w.]*) (was not|whose)")
REFUSED_CALL = re.compile(r"unrecognized function|Can only (create|build)")
CALLING_OPCODES = {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "REDUCE"}


@dataclass(frozen=True)
class StateDict:
    """Named tensors found in a file. `hint`: how much their place in it speaks for a generator, higher is more."""

    tensors: dict[str, Tensor]
    hint: int


def open_weights(path: Path) -> Any:
    """What the file holds: tensors in nested dicts and lists, on the CPU.

    Raises `CheckpointError` when the file is missing, empty, over 1 GiB, unreadable, or would run code.
    """
    if not path.is_file():
        raise CheckpointError(f"there is no file {path.name}")
    size = path.stat().st_size
    if size == 0:
        raise CheckpointError(f"{path.name} is empty; download it again")
    if size > MAX_BYTES:
        raise CheckpointError(f"{path.name} has {size / 2**30:.1f} GiB; weight files up to 1 GiB can be read")
    return _open_safetensors(path) if path.suffix == ".safetensors" else _open_torch(path)


def state_dicts(content: Any) -> list[StateDict]:
    """All mappings from names to tensors in a file's content, those most likely to be a generator's first."""
    found: list[StateDict] = []
    seen: set[int] = set()

    def visit(value: Any, hint: int, depth: int) -> None:
        if depth > MAX_DEPTH or id(value) in seen:
            return
        seen.add(id(value))
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
    """Raises `CheckpointError` unless all tensors are ordinary numbers that the file has room for.

    A few bytes can claim to be a tensor of any size (all strides 0, or memory that is never filled), so this comes
    before anything touches the numbers.
    """
    for name, tensor in tensors.items():
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized
        if not plain or tensor.is_complex():
            raise CheckpointError(f"{name!r} is sparse, quantised, complex or without data; {WEIGHTS_ONLY}")
    if sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()) > file_size:
        raise CheckpointError("it claims to hold more weights than fit into a file of its size")


def _open_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path.name} is damaged or not a safetensors file: {error}") from None


def _open_torch(path: Path) -> Any:
    _check_archive(path)
    _check_pickle(path)
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # a damaged or hostile file can make the reader fail in any way
        refused = REFUSED_GLOBAL.search(str(error))
        if refused:
            raise _runs_code(path, f"a whole Python object, {refused[1]}") from None
        if REFUSED_CALL.search(str(error)):
            raise _runs_code(path, "a whole Python object") from None
        raise CheckpointError(
            f"{path.name} is not a weight file of PyTorch, or it is incomplete; download it again"
        ) from None


def _runs_code(path: Path, what: str) -> CheckpointError:
    return CheckpointError(f"{path.name} would run code when opened (it holds {what}); {WEIGHTS_ONLY}")


def _check_archive(path: Path) -> None:
    """PyTorch stores its archives uncompressed: anything else could be a bomb."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # the older format, or damaged, which torch.load will say
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise _runs_code(path, "a TorchScript program")
    compressed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    if compressed or sum(member.file_size for member in members) > MAX_BYTES:
        raise CheckpointError(f"{path.name} is a compressed zip, not a weight file of PyTorch; unpack it first")


def _check_pickle(path: Path) -> None:
    """A file of plain pickle is never weights alone; PyTorch's older format starts with a pickled number instead."""
    try:
        with path.open("rb") as file:
            if file.read(1) != pickle.PROTO:
                return
            file.seek(0)
            opcodes = (opcode.name for opcode, _, _ in itertools.islice(pickletools.genops(file), MAX_OPCODES))
            calls = any(name in CALLING_OPCODES for name in opcodes)
    except Exception:  # damaged in any way, which torch.load will say
        return
    if calls:
        raise _runs_code(path, "a whole Python object")


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

    Lightning keeps all networks in one flat dict, `generator.0.weight` beside `discriminator.0.weight`.
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
    named = sorted(((group, name_hint(prefix)) for prefix, group in groups.items()), key=lambda g: g[1], reverse=True)
    whole = [(dict(tensors), 0)] if tensors else []
    yield from [*named, *whole] if discriminator else [*whole, *((group, 0) for group, _ in named)]
