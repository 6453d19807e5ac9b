"""`LatentSpec`: what the entries of a generator's input z mean.

Every generator takes one flat float vector z. Its entries come in sections: noise first, then the weights of classes
where the generator is conditional, or of categories and codes where it found its classes by itself (InfoGAN), or the
noise of finer levels (LAPGAN). So one panel can explore every family.

The flat index is the identity of an entry; all else follows from it and the spec.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import torch
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from torch import Tensor
from torch.nn.functional import one_hot

from gan_core.arguments import as_whole
from gan_core.errors import CheckpointError, LatentError, Message

Role = Literal["noise", "class", "category", "code"]
Distribution = Literal["normal", "uniform", "one_hot"]

MAX_TEXT = 100_000  # characters; 1024 entries with every decimal of a double take a quarter of that

# The values at which an entry is looked at, low, middle and high. Codes never leave -1 .. 1 in training.
_VALUES: dict[Role, tuple[float, float, float]] = {
    "noise": (-3.0, 0.0, 3.0),
    "code": (-1.0, 0.0, 1.0),
    "class": (0.0, 0.5, 1.0),
    "category": (0.0, 0.5, 1.0),
}
_VARIANCES: dict[Distribution, float] = {"normal": 1.0, "uniform": 1 / 3, "one_hot": 1.0}
_ENTRY_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True)
class Section:
    """A run of entries of one role.

    Attributes:
        role: noise: no entry means anything by itself. code: each entry does (InfoGAN). class: weights, 1 for the class
            and 0 elsewhere. category: the same for classes that the generator found by itself (InfoGAN).
        size: Number of entries.
        distribution: Of each entry in training. normal: standard normal; uniform: on (-1, 1); one_hot: one entry is 1,
            all others are 0.
        labels: A name for each entry; empty where they have none.
        level: Side in pixels of the pyramid level that this noise draws (LAPGAN); None for the coarsest and elsewhere.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    role: Role
    size: Annotated[int, Field(ge=1, strict=True)]
    distribution: Distribution = "normal"
    labels: tuple[str, ...] = ()
    level: int | None = None

    def __post_init__(self) -> None:
        if self.labels and len(self.labels) != self.size:
            raise ValueError(f"{len(self.labels)} names for {self.size} entries")

    @property
    def name(self) -> str:
        """What a list of entries calls it: "noise", "detail 14" (a level), "class", "category" or "code"."""
        return self.role if self.level is None else f"detail {self.level}"

    @property
    def is_choice(self) -> bool:
        """Whether its entries are the weights of classes or categories."""
        return self.role in ("class", "category")

    @property
    def choice_labels(self) -> tuple[str, ...]:
        """The names of the classes or categories: their labels, or else 0, 1, 2 ..."""
        return self.labels or tuple(map(str, range(self.size)))

    @property
    def values(self) -> tuple[float, float, float]:
        """The low, middle and high value at which each entry is looked at."""
        return _VALUES[self.role]


@dataclass(frozen=True)
class LatentSpec:
    """The layout of z: sections, one after another, the first of them noise."""

    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        if not self.sections or self.sections[0].role != "noise":
            raise ValueError("the first section must be noise")

    @classmethod
    def of(cls, noise_size: int, noise: Literal["normal", "uniform"], class_names: tuple[str, ...] = ()) -> LatentSpec:
        """Noise, followed by one class weight for each name."""
        sections = [Section("noise", noise_size, noise)]
        if class_names:
            sections.append(Section("class", len(class_names), "one_hot", tuple(class_names)))
        return cls(tuple(sections))

    # Sections

    @cached_property
    def size(self) -> int:
        """Length of z."""
        return sum(section.size for section in self.sections)

    @property
    def noise(self) -> Section:
        """The first section: all noise but that of finer levels."""
        return self.sections[0]

    @property
    def noise_size(self) -> int:
        """Number of entries of `noise`."""
        return self.noise.size

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; empty for an unconditional generator."""
        return next((section.labels for section in self.sections if section.role == "class"), ())

    @property
    def choice(self) -> Section | None:
        """The section that chooses what is drawn: the classes, or the categories that a generator found by itself."""
        return next((section for section in self.sections if section.is_choice), None)

    @property
    def choice_labels(self) -> tuple[str, ...]:
        """The names of the classes or categories; empty where nothing can be chosen."""
        return () if self.choice is None else self.choice.choice_labels

    @cached_property
    def layout(self) -> tuple[tuple[Section, slice], ...]:
        """Every section, and where it lies in z."""
        starts = [sum(section.size for section in self.sections[:index]) for index in range(len(self.sections))]
        return tuple(
            (section, slice(start, start + section.size)) for section, start in zip(self.sections, starts, strict=True)
        )

    def section(self, role: Role, level: int | None = None) -> Section:
        """The section of this role and level. Raises `LatentError` if there is none."""
        return self._placed(role, level)[0]

    def slice_of(self, role: Role, level: int | None = None) -> slice:
        """Where a section lies in z. Raises `LatentError` if there is none of this role and level."""
        return self._placed(role, level)[1]

    def _placed(self, role: Role, level: int | None) -> tuple[Section, slice]:
        for section, place in self.layout:
            if (section.role, section.level) == (role, level):
                return section, place
        raise LatentError("this generator's latent vector has no section {name!r}", name=role)

    # Entries

    def section_at(self, entry: int) -> tuple[Section, int]:
        """The section of an entry, and its index within it. Raises `LatentError` if there is no such entry."""
        for section, place in self.layout:
            if place.start <= entry < place.stop:
                return section, entry - place.start
        raise self._no_entry(entry)

    def role_of(self, entry: int) -> Role:
        """The role of the section of an entry. Raises `LatentError` if there is no such entry."""
        return self.section_at(entry)[0].role

    def values_of(self, entry: int) -> tuple[float, float, float]:
        """The low, middle and high value at which an entry is looked at."""
        return self.section_at(entry)[0].values

    def entries(self, *roles: Role) -> list[int]:
        """All entries of these roles, in order."""
        every = range(self.size)
        return [entry for section, place in self.layout if section.role in roles for entry in every[place]]

    @property
    def variances(self) -> Tensor:
        """The variance that each entry of noise and each code has in training, float32 (size,); 1 for weights."""
        return torch.cat([torch.full((section.size,), _VARIANCES[section.distribution]) for section in self.sections])

    def entry_names(self, entries: Sequence[int], text: Callable[[str], str] = str) -> list[str]:
        """What to call entries: "entry 5", "entry 103 (14 px)", "code 1", "class Dress" or "category 3".

        Args:
            entries: Indices into z.
            text: Translates these words.
        """
        return [self._entry_name(entry, text) for entry in entries]

    def _entry_name(self, entry: int, text: Callable[[str], str]) -> str:
        section, index = self.section_at(entry)
        if section.role == "class":
            return text("class {name}").format(name=text(section.choice_labels[index]))
        if section.role == "category":
            return text("category {name}").format(name=section.choice_labels[index])
        if section.role == "code":
            return text("code {n}").format(n=index + 1)
        if section.level is not None:
            return text("entry {n} ({side} px)").format(n=entry, side=section.level)
        return text("entry {n}").format(n=entry)

    def parse_entries(self, text: str) -> list[int]:
        """The entries that `text` lists: indices from 0, ranges such as 0-9, and names.

        A name is that of a section, such as noise or detail 14, or of one entry, such as code 1 or class Dress.

        Returns:
            Each entry once, in the order first named.

        Raises:
            LatentError: With the valid range and the bad word.
        """
        if len(text) <= MAX_TEXT:
            text = self._with_indices(text)
        entries: dict[int, None] = {}
        for word in split_words(text):
            entries |= dict.fromkeys(self._range(word))
        self.check_entries(list(entries))
        return list(entries)

    def _with_indices(self, text: str) -> str:
        """`text` with every name as the range of its entries, such as 100-115 for detail 14."""
        places: dict[str, slice] = {}
        for section, place in self.layout:
            places[section.name] = place
            words = [str(n) for n in range(1, section.size + 1)] if section.role == "code" else section.labels
            for entry, word in enumerate(words, place.start):
                places[f"{section.name} {word}"] = slice(entry, entry + 1)
        longest_first = sorted(places, key=len, reverse=True)
        pattern = "|".join("({})".format(re.escape(name).replace(r"\ ", "[ _]+")) for name in longest_first)

        def indices(found: re.Match[str]) -> str:
            place = places[longest_first[(found.lastindex or 1) - 1]]
            return f"{place.start}-{place.stop - 1}"

        return re.sub(rf"\b(?:{pattern})(?![\w-])", indices, text)

    def _range(self, word: str) -> range:
        every = range(self.size)
        match = _ENTRY_RANGE.fullmatch(word)
        if match is None:
            raise LatentError(
                "{word} is not an entry; write indices such as 5, ranges such as 0-9, or {names} "
                "(entries are 0 to {last})",
                word=quoted(word),
                names=", ".join(section.name for section in self.sections),
                last=self.size - 1,
            )
        first = int(match[1])
        last = int(match[2] or first)
        if first not in every or last not in every:
            raise self._no_entry(word)
        if last < first:
            raise LatentError("{word} runs backwards; write {last}-{first}", word=word, last=last, first=first)
        return range(first, last + 1)

    def check_entries(self, entries: Sequence[int]) -> None:
        """Raises `LatentError`, naming the bad one, unless there are entries and all are within z."""
        if not entries:
            raise LatentError("no entry is given; choose from 0 to {last}", last=self.size - 1)
        for entry in entries:
            if not 0 <= entry < self.size:
                raise self._no_entry(entry)

    def _no_entry(self, entry: int | str) -> LatentError:
        return LatentError(
            "there is no entry {entry}; this generator has entries 0 to {last}", entry=entry, last=self.size - 1
        )

    # Vectors

    def check(self, z: Tensor) -> None:
        """Raises `LatentError` unless `z` is (N, size) with N of at least 1."""
        if z.dim() != 2 or len(z) == 0 or z.shape[1] != self.size:
            raise LatentError(
                "the vectors are {found}; this generator needs one or more rows of {size} entries",
                found="x".join(map(str, z.shape)),
                size=self.size,
            )

    def sample(
        self,
        n: int,
        *,
        labels: Tensor | None = None,
        generator: torch.Generator | None = None,
        device: torch.device | str = "cpu",
    ) -> Tensor:
        """Random vectors z, float32 (n, size).

        Args:
            n: Number of vectors.
            labels: Int64 (n,), the class of each; without it, as for categories, classes are drawn uniformly.
            generator: Without it the device's default generator is used, which belongs to training.
            device: Where the vectors are made.
        """
        parts = []
        for section in self.sections:
            if section.distribution == "normal":
                part = torch.randn(n, section.size, generator=generator, device=device)
            elif section.distribution == "uniform":
                part = torch.rand(n, section.size, generator=generator, device=device).mul_(2).sub_(1)
            else:
                classes = labels if section.role == "class" else None
                if classes is None:
                    classes = torch.randint(section.size, (n,), generator=generator, device=device)
                part = one_hot(classes, section.size).float()
            parts.append(part)
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]

    def class_weights(self, z: Tensor) -> Tensor | None:
        """The class weights (N, K) in `z` (N, size), or None for an unconditional generator."""
        return z[:, self.slice_of("class")] if self.class_names else None

    def one_hot(self, labels: Tensor | None) -> Tensor | None:
        """Labels int64 (N,) as class weights (N, K), or None for an unconditional generator."""
        if labels is None or not self.class_names:
            return None
        return one_hot(labels, len(self.class_names)).float()

    def chosen(self, z: Tensor, *roles: Role) -> Tensor | None:
        """The class or category with the largest weight in each row of `z` (N, size).

        Args:
            z: Latent vectors.
            *roles: By default whatever can be chosen.

        Returns:
            Int64 (N,), or None where no section has one of the roles.
        """
        for section, place in self.layout:
            if section.is_choice and (section.role in roles or not roles):
                return z[:, place].argmax(dim=1)
        return None

    def choice_index(self, label: Any) -> int:
        """The index of a class or category that is given by its index or its name, such as 3, "3" or "cat".

        Raises:
            LatentError: When the generator has neither, or not this one.
        """
        labels = self.choice_labels
        if not labels:
            raise LatentError("this generator has no classes; leave the class out")
        if isinstance(label, str) and label in labels:
            return labels.index(label)
        if isinstance(label, str) and not (label.isascii() and label.isdigit() and int(label) < len(labels)):
            raise LatentError("there is no class {label!r}; choose one of {labels}", label=label, labels=list(labels))
        index = int(label) if isinstance(label, str) else as_whole(label, Message("the class"))
        if not 0 <= index < len(labels):
            raise LatentError("there is no class {index}; choose 0 to {last}", index=index, last=len(labels) - 1)
        return index

    # As it stands in the header of a checkpoint

    def to_dict(self) -> dict[str, Any]:
        """The spec as JSON values."""
        return {"sections": [asdict(section) for section in self.sections]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> LatentSpec:
        """Inverse of `to_dict`; also reads what was written before sections had roles.

        Raises:
            CheckpointError: For anything else.
        """
        try:
            sections = [_with_role(section) for section in values["sections"]]
            return _SPEC.validate_python({"sections": sections})
        except ValidationError as error:
            first = error.errors()[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        except (TypeError, KeyError, ValueError) as error:
            reason = str(error)
        raise CheckpointError("the description of the latent vector does not fit: {reason}", reason=reason)


_SPEC = TypeAdapter(LatentSpec)


def _with_role(section: Any) -> Any:
    """A section in its present form. Its name was the role, or said "detail 14"; its distribution was its `kind`."""
    if not isinstance(section, dict) or "name" not in section:
        return section
    renamed = {"kind": "distribution"}
    kept = {renamed.get(key, key): value for key, value in section.items() if key != "name"}
    name = str(section["name"])
    if name.startswith("detail "):
        return kept | {"role": "noise", "level": int(name.removeprefix("detail "))}
    return kept | {"role": name}


def split_words(text: str) -> list[str]:
    """The words of a list that a person wrote, with commas, semicolons, brackets or space between them.

    Raises:
        LatentError: For more than `MAX_TEXT` characters.
    """
    if len(text) > MAX_TEXT:
        raise LatentError("the text has {length} characters; at most {most} are read", length=len(text), most=MAX_TEXT)
    text = text.replace("\N{MINUS SIGN}", "-")  # what web pages print for a minus
    return [word for word in re.split(r"[\s,;，；、\[\]()]+", text) if word]


def quoted(word: str) -> str:
    """A word for an error message: in quotation marks, and short."""
    return repr(word if len(word) <= 24 else word[:23] + "…")
