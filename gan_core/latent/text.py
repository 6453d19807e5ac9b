"""Latent vectors, values and entries as text: in links, in fields that people fill in, and on their clipboards.

In a link a vector is base64url of zlib of float32: every bit is kept, so whoever opens it sees exactly the same image.
Half precision would halve the length (540 characters for 100 entries of noise) but change images; numbers put in by
hand, and entries set to zero, compress well.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError, Message
from gan_core.latent.arguments import python_arguments
from gan_core.latent.vectors import with_class
from gan_core.latent_spec import LatentSpec, quoted, split_words

MAX_MAGNITUDE = 10_000.0  # beyond this a network only overflows
MAX_VALUES = 1000


@python_arguments
def encode_vector(vector: Tensor) -> str:
    """A vector, float32 (size,), as letters, digits, "-" and "_". `decode_vector` is the exact inverse."""
    numbers = vector.numpy().astype("<f4")
    return base64.urlsafe_b64encode(zlib.compress(numbers.tobytes(), 9)).decode().rstrip("=")


def decode_vector(code: str, spec: LatentSpec) -> Tensor:
    """The vector, float32 (size,), that `encode_vector` wrote.

    Raises:
        LatentError: For anything else.
    """
    needed = 4 * spec.size
    if len(code) > 2 * needed + 64:  # the longest that encoding can give is shorter
        raise _damaged()
    try:
        packed = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        numbers = zlib.decompressobj().decompress(packed, needed + 1)  # the limit holds against text made to explode
    except (binascii.Error, zlib.error, ValueError):
        raise _damaged() from None
    if len(numbers) != needed:
        short = len(numbers) < needed
        found = len(numbers) // 4 if short else Message("more than {size}", size=spec.size)
        raise LatentError(
            "the vector in this link has {found} entries; this generator needs {size}", found=found, size=spec.size
        )
    vector = torch.from_numpy(np.frombuffer(numbers, "<f4").astype(np.float32))
    if not (vector.abs() <= MAX_MAGNITUDE).all():  # false for NaN too
        raise _damaged()
    return vector


def _damaged() -> LatentError:
    return LatentError("the vector in this link is damaged; copy the whole link again")


@python_arguments
def format_vector(vector: Tensor) -> str:
    """A vector as text with as many decimals as float32 holds: `parse_vector` gives back exactly the same numbers."""
    return ", ".join(str(number) for number in vector.numpy().astype(np.float32))


def parse_vector(text: str, spec: LatentSpec, label: int = 0) -> Tensor:
    """A vector, float32 (size,), from numbers with commas, spaces or line breaks between them.

    Brackets, as in a JSON list or a printed array, do not matter.

    Args:
        text: Either all entries, or only the noise; then all else is 0.
        spec: The layout of z.
        label: The class or category of noise alone.

    Raises:
        LatentError: Says how many numbers are needed or which one is bad.
    """
    numbers = [_number(word, Message("entry {index}", index=index)) for index, word in enumerate(split_words(text))]
    if len(numbers) == spec.size:
        return torch.tensor(numbers)
    if len(numbers) != spec.noise_size:
        needed: int | Message = spec.size
        if spec.noise_size != spec.size:
            needed = Message("{noise} (noise alone) or {size} (every entry)", noise=spec.noise_size, size=spec.size)
        raise LatentError("found {found} numbers; this generator needs {needed}", found=len(numbers), needed=needed)
    vector = torch.zeros(spec.size)
    vector[spec.slice_of("noise")] = torch.tensor(numbers)
    return vector if spec.choice is None else with_class(spec, vector, label)


def parse_numbers(text: str) -> list[float]:
    """The values that `text` lists: numbers, and ranges start:stop:count that include both ends.

        >>> parse_numbers("-3,0,3")
        [-3.0, 0.0, 3.0]
        >>> parse_numbers("-1:1:5, 9")
        [-1.0, -0.5, 0.0, 0.5, 1.0, 9.0]

    Raises:
        LatentError: Names what cannot be read.
    """
    values: list[float] = []
    for word in split_words(text):
        values += _range(word) if ":" in word else [_number(word, Message("a value"))]
        if len(values) > MAX_VALUES:
            raise LatentError("there are more than {limit} values; give fewer", limit=MAX_VALUES)
    if not values:
        raise LatentError("no value is given; write numbers with commas between them, such as -3,0,3")
    return values


def _number(word: str, what: Message) -> float:
    try:
        number = float(word)
    except ValueError:
        raise LatentError("{what} is {word}, which is not a number", what=what, word=quoted(word)) from None
    if not math.isfinite(number) or abs(number) > MAX_MAGNITUDE:
        raise LatentError(
            "{what} is {word}; numbers must lie between -{limit:g} and {limit:g}",
            what=what,
            word=quoted(word),
            limit=MAX_MAGNITUDE,
        )
    return number


def _range(word: str) -> list[float]:
    parts = word.split(":")
    if len(parts) != 3 or not re.fullmatch(r"\d{1,9}", parts[2], re.ASCII):
        raise LatentError("{word} is not a range; write start:stop:count, such as -3:3:7", word=quoted(word))
    start, stop, count = _number(parts[0], Message("the start")), _number(parts[1], Message("the stop")), int(parts[2])
    if not 2 <= count <= MAX_VALUES:
        raise LatentError(
            "{word} asks for {count} values; choose 2 to {limit}", word=quoted(word), count=count, limit=MAX_VALUES
        )
    return [float(value) for value in np.linspace(start, stop, count)]
