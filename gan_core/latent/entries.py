"""What the entries of a latent vector are: where each lies, what it is called, and how far it goes.

The flat index is the identity of an entry; all else follows from it and the layout. There are three kinds: noise, of
which no entry means anything by itself; codes, each of which does (InfoGAN); and weights, which choose or mix classes
or categories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.families import Latent, Section

Kind = Literal["noise", "code", "weight"]

# The values at which an entry is looked at, low, middle and high. Codes never left -1 .. 1 in training.
VALUES: dict[Kind, tuple[float, float, float]] = {
    "noise": (-3.0, 0.0, 3.0),
    "code": (-1.0, 0.0, 1.0),
    "weight": (0.0, 0.5, 1.0),
}
VARIANCES = {"normal": 1.0, "uniform": 1 / 3}


def sections(latent: Latent) -> Iterator[tuple[Section, slice]]:
    """Every section, and where it lies in the flat vector."""
    for section in latent.sections:
        yield section, latent.slice(section.name)


def place_of(latent: Latent, entry: int) -> tuple[Section, int]:
    """The section of an entry, and its index within that section. Raises `LatentError` if there is no such entry."""
    for section, place in sections(latent):
        if place.start <= entry < place.stop:
            return section, entry - place.start
    raise LatentError(
        "there is no entry {entry}; this generator has entries 0 to {last}", entry=entry, last=latent.size - 1
    )


def kind_of(section: Section) -> Kind:
    if section.kind == "one_hot":
        return "weight"
    return "code" if section.name == "code" else "noise"


def entries_of(latent: Latent, *kinds: Kind) -> list[int]:
    """All entries of these kinds, in order."""
    every = range(latent.size)
    return [entry for section, place in sections(latent) if kind_of(section) in kinds for entry in every[place]]


def values_of(latent: Latent, entry: int) -> tuple[float, float, float]:
    """The low, middle and high value at which an entry is looked at."""
    return VALUES[kind_of(place_of(latent, entry)[0])]


def variances(latent: Latent) -> Tensor:
    """The variance that each entry of noise and each code has in training, float32 (size,); 1 for weights."""
    return torch.cat([torch.full((section.size,), VARIANCES.get(section.kind, 1.0)) for section in latent.sections])


def level_of(section: Section) -> int | None:
    """The side in pixels of the level that the noise of a section draws (LAPGAN), or None."""
    name, _space, side = section.name.rpartition(" ")
    return int(side) if name == "detail" and side.isdecimal() else None


def choice(latent: Latent) -> Section | None:
    """The section that chooses what is drawn: the classes, or the categories that a generator found by itself."""
    return next((section for section in latent.sections if section.kind == "one_hot"), None)


def choice_labels(latent: Latent) -> tuple[str, ...]:
    """The names of the classes or categories; empty where nothing can be chosen."""
    section = choice(latent)
    return () if section is None else section.labels or tuple(map(str, range(section.size)))


def chosen(latent: Latent, vectors: Tensor) -> Tensor | None:
    """The class or category of the largest weight in each of vectors (N, size), int64 (N,), or None."""
    section = choice(latent)
    return None if section is None else vectors[:, latent.slice(section.name)].argmax(dim=1)


def entry_names(latent: Latent, entries: Sequence[int], text: Callable[[str], str] = str) -> list[str]:
    """What to call entries: "entry 5", "entry 103 (14 px)", "code 1", "class Dress" or "category 3".

    text: translates these words
    """
    return [_name(*place_of(latent, entry), entry, text) for entry in entries]


def _name(section: Section, index: int, entry: int, text: Callable[[str], str]) -> str:
    kind = kind_of(section)
    if kind == "code":
        return text("code {n}").format(n=index + 1)
    if kind == "weight":
        name = section.labels[index] if section.labels else index
        return (text("class {name}") if section.name == "class" else text("category {name}")).format(name=name)
    if side := level_of(section):
        return text("entry {n} ({side} px)").format(n=entry, side=side)
    return text("entry {n}").format(n=entry)
