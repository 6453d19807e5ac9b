"""Latent vectors: drawing them, and reading them, their entries and their values from what a person types."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError, Message
from gan_core.families import Latent
from gan_core.latent.arguments import class_index, python_arguments
from gan_core.latent.entries import choice, choice_labels, kind_of, sections

LARGEST = 10_000.0  # beyond this a network only overflows
MAX_VECTORS = 4096
MAX_VALUES = 1000
MAX_TEXT = 100_000  # characters; 1024 entries with every decimal of a double take a quarter of that

_ENTRY_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


@python_arguments
def base_vectors(latent: Latent, n: int, seed: int, label: int | str | None = None) -> Tensor:
    """Random vectors, float32 (n, size), always the same for the same seed.

    The first k of n vectors are the k vectors of the same seed: they are drawn one after another, so that columns
    can be added without changing those already there.

    label: the class of all of them, by index or name; None draws a class for each. Raises `LatentError` for one that is
           not there
    """
    if not 1 <= n <= MAX_VECTORS:
        raise LatentError("{n} base vectors were asked for; choose 1 to {limit}", n=n, limit=MAX_VECTORS)
    if not 0 <= seed < 2**63:
        raise LatentError("the seed is {seed}; choose a whole number from 0 to {limit}", seed=seed, limit=2**63 - 1)
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.cat([latent.sample(1, generator=generator) for _ in range(n)])
    return vectors if label is None else with_class(latent, vectors, label)


@python_arguments
def with_class(latent: Latent, vectors: Tensor, label: int | str) -> Tensor:
    """A copy of `vectors` (..., size) with the weights of one class, or of one category where there are no classes.

    label: its index or its name

    Raises `LatentError` when the generator has neither, or not this one.
    """
    label = class_index(latent, label)
    vectors = vectors.clone()
    weights = vectors[..., latent.slice(choice(latent).name)]
    weights.zero_()
    weights[..., label] = 1.0
    return vectors


@python_arguments
def each_class_in_turn(latent: Latent, vectors: Tensor) -> Tensor:
    """A copy of vectors (N, size) of which the first has the first class or category, the next one the next."""
    classes = len(choice_labels(latent)) or 1
    return torch.stack([with_class(latent, vector, index % classes) for index, vector in enumerate(vectors)])


def check_vectors(latent: Latent, vectors: Tensor) -> None:
    """Raises `LatentError` unless `vectors` is (B, size) with B of at least 1."""
    if vectors.dim() != 2 or len(vectors) == 0 or vectors.shape[1] != latent.size:
        found = "x".join(map(str, vectors.shape))
        raise LatentError(
            "the vectors are {found}; this generator needs one or more rows of {size} entries",
            found=found,
            size=latent.size,
        )


def check_entries(latent: Latent, entries: Sequence[int]) -> None:
    """Raises `LatentError`, naming the bad one, unless there are entries and all are within the vector."""
    if not entries:
        raise LatentError("no entry is given; choose from 0 to {last}", last=latent.size - 1)
    for entry in entries:
        if not 0 <= entry < latent.size:
            raise LatentError(
                "there is no entry {entry}; this generator has entries 0 to {last}", entry=entry, last=latent.size - 1
            )


def parse_numbers(text: str) -> list[float]:
    """The values that `text` lists: numbers, and ranges start:stop:count that include both ends.

        >>> parse_numbers("-3,0,3")
        [-3.0, 0.0, 3.0]
        >>> parse_numbers("-1:1:5, 9")
        [-1.0, -0.5, 0.0, 0.5, 1.0, 9.0]

    Raises `LatentError` that names what cannot be read.
    """
    values: list[float] = []
    for word in _words(text):
        values += _range(word) if ":" in word else [_number(word, Message("a value"))]
        if len(values) > MAX_VALUES:
            raise LatentError("there are more than {limit} values; give fewer", limit=MAX_VALUES)
    if not values:
        raise LatentError("no value is given; write numbers with commas between them, such as -3,0,3")
    return values


def parse_entries(text: str, latent: Latent) -> list[int]:
    """The entries that `text` lists: indices from 0, ranges such as 0-9, names of sections such as noise, and names of
    codes and weights such as code 1 or class Dress.

    Each comes once, in the order first named. Raises `LatentError` with the valid range and the bad word.
    """
    entries: dict[int, None] = {}
    for word in _words(_with_one_word_names(text, latent)):
        entries |= dict.fromkeys(_entries_of(word, latent))
    check_entries(latent, list(entries))
    return list(entries)


def parse_vector(text: str, latent: Latent, label: int = 0) -> Tensor:
    """A vector, float32 (size,), from numbers with commas, spaces or line breaks between them.

    Brackets, as in a JSON list or a printed array, do not matter. Either all entries are given, or only the noise;
    then `label` is the class or category, and all else is 0. Raises `LatentError` that says how many numbers are needed
    or which one is bad.
    """
    numbers = [_number(word, Message("entry {index}", index=index)) for index, word in enumerate(_words(text))]
    if len(numbers) == latent.size:
        return torch.tensor(numbers)
    if len(numbers) != latent.noise_size:
        needed: int | Message = latent.size
        if latent.noise_size != latent.size:
            needed = Message("{noise} (noise alone) or {size} (every entry)", noise=latent.noise_size, size=latent.size)
        raise LatentError("found {found} numbers; this generator needs {needed}", found=len(numbers), needed=needed)
    vector = torch.zeros(latent.size)
    vector[latent.slice("noise")] = torch.tensor(numbers)
    return vector if choice(latent) is None else with_class(latent, vector, label)


@python_arguments
def format_vector(vector: Tensor) -> str:
    """A vector as text with as many decimals as float32 holds: `parse_vector` gives back exactly the same numbers."""
    return ", ".join(str(number) for number in vector.numpy().astype(np.float32))


def _words(text: str) -> list[str]:
    if len(text) > MAX_TEXT:
        raise LatentError(
            "the text has {length} characters; at most {limit} are read", length=len(text), limit=MAX_TEXT
        )
    text = text.replace("\N{MINUS SIGN}", "-")  # what web pages print for a minus
    return [word for word in re.split(r"[\s,;，；、\[\]()]+", text) if word]


def _number(word: str, what: Message) -> float:
    try:
        number = float(word)
    except ValueError:
        raise LatentError("{what} is {word}, which is not a number", what=what, word=_shown(word)) from None
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise LatentError(
            "{what} is {word}; numbers must lie between -{limit:g} and {limit:g}",
            what=what,
            word=_shown(word),
            limit=LARGEST,
        )
    return number


def _range(word: str) -> list[float]:
    parts = word.split(":")
    if len(parts) != 3 or not re.fullmatch(r"\d{1,9}", parts[2], re.ASCII):
        raise LatentError("{word} is not a range; write start:stop:count, such as -3:3:7", word=_shown(word))
    start, stop, count = _number(parts[0], Message("the start")), _number(parts[1], Message("the stop")), int(parts[2])
    if not 2 <= count <= MAX_VALUES:
        raise LatentError(
            "{word} asks for {count} values; choose 2 to {limit}", word=_shown(word), count=count, limit=MAX_VALUES
        )
    return np.linspace(start, stop, count).tolist()


def _with_one_word_names(text: str, latent: Latent) -> str:
    """`text` with "code 1" as the index of that entry, and "detail 14" as one word."""
    for section, place in sections(latent):
        labels = map(str, range(1, section.size + 1)) if kind_of(section) == "code" else section.labels
        for index, label in sorted(enumerate(labels), key=lambda pair: -len(pair[1])):
            name = rf"\b{re.escape(section.name)} +{re.escape(label)}(?![\w-])"
            text = re.sub(name, str(place.start + index), text)
        text = re.sub(rf"\b{re.escape(section.name)}\b", _one_word(section.name), text)
    return text


def _one_word(name: str) -> str:
    return name.replace(" ", "_")


def _entries_of(word: str, latent: Latent) -> range:
    every = range(latent.size)
    names = {_one_word(section.name): place for section, place in sections(latent)}
    if word in names:
        return every[names[word]]
    match = _ENTRY_RANGE.fullmatch(word)
    if match is None:
        hint = Message("write indices such as 5, ranges such as 0-9, or {known}", known=list(names))
        raise LatentError(
            "{word} is not an entry; {hint} (entries are 0 to {last})",
            word=_shown(word),
            hint=hint,
            last=latent.size - 1,
        )
    first = int(match[1])
    last = int(match[2] or first)
    if first not in every or last not in every:
        raise LatentError(
            "there is no entry {word}; this generator has entries 0 to {last}", word=word, last=latent.size - 1
        )
    if last < first:
        raise LatentError("{word} runs backwards; write {last}-{first}", word=word, last=last, first=first)
    return range(first, last + 1)


def _shown(word: str) -> str:
    return repr(word if len(word) <= 24 else word[:23] + "…")
