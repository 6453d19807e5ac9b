"""Opens untrusted weight files that third-party scripts wrote.

The type of a file follows from its content, never from its name. Nothing in it is ever run: `torch.load` is used with
`weights_only=True` alone. A file that holds something else is refused by what it is, with the way out.
"""

from __future__ import annotations

import itertools
import pickle
import pickletools
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from gan_core.errors import CheckpointError, Message

MAX_BYTES = 1 << 30
MAX_OPCODES = 100_000
HEAD_BYTES = 1024  # from which the type of a file is recognized

WEIGHTS_ONLY = Message("ask for a file with the weights only: torch.save(model.state_dict(), ...)")
# What the weights-only reader says when a file asks it to call something.
REFUSED_GLOBAL = re.compile(r"GLOBAL ([A-Za-z_][\w.]*) (was not|whose)")
REFUSED_CALL = re.compile(r"unrecognized function|Can only (create|build)")
CALLING_OPCODES = {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "REDUCE"}

ANOTHER_FRAMEWORK = Message(
    "the workshop reads weights of PyTorch (.pth, .safetensors); convert it, or ask for such a file"
)
UNPACK = Message("unpack it and choose the weight file inside")
PICTURE = Message("a picture; choose the file of weights that drew it")
# (place, first bytes there) -> what the file is and what to do.
SIGNATURES = {
    (0, b"version https://git-lfs"): Message(
        "a Git LFS pointer, not the file itself; run `git lfs pull` in the repository, or download the file from its "
        "own page"
    ),
    (0, b"\x89HDF"): Message("an HDF5 file, as Keras and TensorFlow write; {hint}", hint=ANOTHER_FRAMEWORK),
    (0, b"\x93NUMPY"): Message("a NumPy array; {hint}", hint=ANOTHER_FRAMEWORK),
    (4, b"TFL3"): Message("a TensorFlow Lite model; {hint}", hint=ANOTHER_FRAMEWORK),
    (0, b"GGUF"): Message("a GGUF model; {hint}", hint=ANOTHER_FRAMEWORK),
    (257, b"ustar"): Message("a {kind} archive; {hint}", kind="tar", hint=UNPACK),
    (0, b"\x1f\x8b"): Message("compressed with {program}; {hint}", program="gzip", hint=UNPACK),
    (0, b"BZh"): Message("compressed with {program}; {hint}", program="bzip2", hint=UNPACK),
    (0, b"\xfd7zXZ\x00"): Message("compressed with {program}; {hint}", program="xz", hint=UNPACK),
    (0, b"\x28\xb5\x2f\xfd"): Message("compressed with {program}; {hint}", program="zstd", hint=UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c"): Message("a {kind} archive; {hint}", kind="7z", hint=UNPACK),
    (0, b"Rar!"): Message("a {kind} archive; {hint}", kind="rar", hint=UNPACK),
    (0, b"\x89PNG"): PICTURE,
    (0, b"\xff\xd8\xff"): PICTURE,
    (0, b"GIF8"): PICTURE,
    (0, b"%PDF"): Message("a PDF document; choose a file of weights"),
}
WEB_PAGE = re.compile(rb"<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
ONNX = re.compile(rb"\x08[\x01-\x20]\x12.{1,40}?(pytorch|tf2onnx|onnx|keras|skl2)", re.IGNORECASE | re.DOTALL)


def open_weights(path: Path) -> Any:
    """The content of a file: tensors in nested dicts and lists, on the CPU.

    Raises:
        CheckpointError: The file is missing, empty, over 1 GiB, something else than weights of PyTorch, or would run
            code.
    """
    if not path.is_file():
        raise CheckpointError("there is no file {file}", file=path.name)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise CheckpointError("{file} cannot be read: {error}", file=path.name, error=error) from None
    if size == 0:
        raise CheckpointError("{file} is empty; download it again", file=path.name)
    if size > MAX_BYTES:
        raise CheckpointError(
            "{file} has {size:.1f} GiB; weight files up to 1 GiB can be read", file=path.name, size=size / 2**30
        )
    if other := something_else(head):
        raise CheckpointError("{file} holds no weights: it is {other}", file=path.name, other=other)
    return _open_safetensors(path) if is_safetensors(head, size) else _open_torch(path)


def something_else(head: bytes) -> Message | None:
    """What a file is, and what to do, by its first bytes; None if it may hold weights."""
    for (place, signature), what in SIGNATURES.items():
        if head.startswith(signature, place):
            return what
    if WEB_PAGE.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")):
        return Message(
            "a web page, not the weights, perhaps one that asks to sign in or to confirm; open the link in a browser "
            "and save the file itself"
        )
    if ONNX.match(head):
        return Message("an ONNX model; {hint}", hint=ANOTHER_FRAMEWORK)
    return None


def is_safetensors(head: bytes, size: int) -> bool:
    """Whether a file of that size that begins with `head` is a safetensors file: a length, then JSON."""
    return len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= size - 8


def _open_safetensors(path: Path) -> dict[str, torch.Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            # These files do not keep the order of a network; that of the numbers in its names is the best there is.
            return {name: file.get_tensor(name) for name in sorted(file.keys(), key=_by_numbers)}
    except Exception as error:  # SafetensorError, OSError, or what a type unknown to torch raises
        known = isinstance(error, SafetensorError | OSError)
        reason = str(error).splitlines()[0] if known and str(error) else Message("it cannot be read")
        raise CheckpointError(
            "{file} is damaged or not a safetensors file: {reason}", file=path.name, reason=reason
        ) from None


def _by_numbers(name: str) -> list[tuple[int, str]]:
    """Sorts layer2 before layer10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _open_torch(path: Path) -> Any:
    _check_archive(path)
    _check_pickle(path)
    try:
        with path.open("rb") as file:  # given a path, torch would look at its ending
            return torch.load(file, weights_only=True, map_location="cpu")
    except Exception as error:  # a damaged or hostile file can make the reader fail in any way
        refused = REFUSED_GLOBAL.search(str(error))
        if refused:
            raise _runs_code(path, Message("a whole Python object, {name}", name=refused[1])) from None
        if REFUSED_CALL.search(str(error)):
            raise _runs_code(path, Message("a whole Python object")) from None
        raise CheckpointError(
            "{file} is not a weight file of PyTorch, or it is incomplete; download it again", file=path.name
        ) from None


def _runs_code(path: Path, what: Message) -> CheckpointError:
    return CheckpointError(
        "{file} would run code when opened (it holds {what}); {hint}", file=path.name, what=what, hint=WEIGHTS_ONLY
    )


def _check_archive(path: Path) -> None:
    """PyTorch stores its archives uncompressed: anything else could be a bomb. Other zip files are named."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return  # the older format, or damaged, which torch.load will say
    names = [member.filename for member in members]
    if any(name.endswith("/constants.pkl") for name in names):
        raise _runs_code(path, Message("a TorchScript program"))
    if not any(name.endswith("data.pkl") for name in names):
        raise CheckpointError("{file} holds no weights: it is {other}", file=path.name, other=_another_archive(names))
    compressed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
    if compressed or sum(member.file_size for member in members) > MAX_BYTES:
        raise CheckpointError(
            "{file} is a compressed zip, not a weight file of PyTorch; unpack it first", file=path.name
        )


def _another_archive(names: Sequence[str]) -> Message:
    endings = {Path(name).suffix.lower() for name in names}
    if endings & {".h5", ".keras", ".pb"}:
        return Message("a model of Keras or TensorFlow; {hint}", hint=ANOTHER_FRAMEWORK)
    if names and endings == {".npy"}:
        return Message("an archive of NumPy arrays; {hint}", hint=ANOTHER_FRAMEWORK)
    return Message("a zip archive of other files; {hint}", hint=UNPACK)


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
        raise _runs_code(path, Message("a whole Python object"))
