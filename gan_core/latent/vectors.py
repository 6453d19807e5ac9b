"""Latent vectors: drawing them, and reading them, their entries and their values from what a person types."""

from __future__ import annotations

import math
import re

import numpy as np
import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.latent_spec import LatentSpec, quoted, split_words

LARGEST = 10_000.0  # beyond this a network only overflows
MAX_VECTORS = 4096
MAX_VALUES = 1000


@python_arguments
def base_vectors(spec: LatentSpec, n: int, seed: int, label: int | str | None = None) -> Tensor:
    """Random vectors, float32 (n, size), always the same for the same seed.

    The first k of n vectors are the k vectors of the same seed: they are drawn one after another, so that columns
    can be added without changing those already there.

    label: the class of all of them, by index or name; None draws a class for each. Raises `LatentError` for one that is
           not there
    """
    if not 1 <= n <= MAX_VECTORS:
        raise LatentError(f"{n} base vectors were asked for; choose 1 to {MAX_VECTORS}")
    if not 0 <= seed < 2**63:
        raise LatentError(f"the seed is {seed}; choose a whole number from 0 to {2**63 - 1}")
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.cat([spec.sample(1, generator=generator) for _ in range(n)])
    return vectors if label is None else with_class(spec, vectors, label)


@python_arguments
def with_class(spec: LatentSpec, vectors: Tensor, label: int | str) -> Tensor:
    """A copy of `vectors` (..., size) with the weights of one class, or of one category where there are no classes.

    label: its index or its name

    Raises `LatentError` when the generator has neither, or not this one.
    """
    label = spec.choice_index(label)
    vectors = vectors.clone()
    weights = vectors[..., spec.slice_of(spec.choice.role)]
    weights.zero_()
    weights[..., label] = 1.0
    return vectors


@python_arguments
def each_class_in_turn(spec: LatentSpec, vectors: Tensor) -> Tensor:
    """A copy of vectors (N, size) of which the first has the first class or category, the next one the next."""
    classes = len(spec.choice_labels) or 1
    return torch.stack([with_class(spec, vector, index % classes) for index, vector in enumerate(vectors)])


def parse_numbers(text: str) -> list[float]:
    """The values that `text` lists: numbers, and ranges start:stop:count that include both ends.

        >>> parse_numbers("-3,0,3")
        [-3.0, 0.0, 3.0]
        >>> parse_numbers("-1:1:5, 9")
        [-1.0, -0.5, 0.0, 0.5, 1.0, 9.0]

    Raises `LatentError` that names what cannot be read.
    """
    values: list[float] = []
    for word in split_words(text):
        values += _range(word) if ":" in word else [_number(word, "a value")]
        if len(values) > MAX_VALUES:
            raise LatentError(f"there are more than {MAX_VALUES} values; give fewer")
    if not values:
        raise LatentError("no value is given; write numbers with commas between them, such as -3,0,3")
    return values


def parse_vector(text: str, spec: LatentSpec, label: int = 0) -> Tensor:
    """A vector, float32 (size,), from numbers with commas, spaces or line breaks between them.

    Brackets, as in a JSON list or a printed array, do not matter. Either all entries are given, or only the noise;
    then `label` is the class or category, and all else is 0. Raises `LatentError` that says how many numbers are needed
    or which one is bad.
    """
    numbers = [_number(word, f"entry {index}") for index, word in enumerate(split_words(text))]
    if len(numbers) == spec.size:
        return torch.tensor(numbers)
    if len(numbers) != spec.noise_size:
        needed = f"{spec.size}"
        if spec.noise_size != spec.size:
            needed = f"{spec.noise_size} (noise alone) or {spec.size} (every entry)"
        raise LatentError(f"found {len(numbers)} numbers; this generator needs {needed}")
    vector = torch.zeros(spec.size)
    vector[spec.slice_of("noise")] = torch.tensor(numbers)
    return vector if spec.choice is None else with_class(spec, vector, label)


@python_arguments
def format_vector(vector: Tensor) -> str:
    """A vector as text with as many decimals as float32 holds: `parse_vector` gives back exactly the same numbers."""
    return ", ".join(str(number) for number in vector.numpy().astype(np.float32))


def _number(word: str, what: str) -> float:
    try:
        number = float(word)
    except ValueError:
        raise LatentError(f"{what} is {quoted(word)}, which is not a number") from None
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise LatentError(f"{what} is {quoted(word)}; numbers must lie between -{LARGEST:g} and {LARGEST:g}")
    return number


def _range(word: str) -> list[float]:
    parts = word.split(":")
    if len(parts) != 3 or not re.fullmatch(r"\d{1,9}", parts[2], re.ASCII):
        raise LatentError(f"{quoted(word)} is not a range; write start:stop:count, such as -3:3:7")
    start, stop, count = _number(parts[0], "the start"), _number(parts[1], "the stop"), int(parts[2])
    if not 2 <= count <= MAX_VALUES:
        raise LatentError(f"{quoted(word)} asks for {count} values; choose 2 to {MAX_VALUES}")
    return np.linspace(start, stop, count).tolist()
