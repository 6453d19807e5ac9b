"""`Latent`: what the entries of a generator's input vector mean.

Every generator takes one flat float vector. Its entries come in named sections, "noise" first, then "class" where
the generator is conditional, or "category" and "code" where it found its classes by itself (InfoGAN), or the noise of
finer levels (LAPGAN). So one panel can explore every family.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gan_core.errors import CheckpointError, LatentError


@dataclass(frozen=True)
class Section:
    """A run of entries of one kind.

    kind:   normal: standard normal; uniform: on (-1, 1); one_hot: class weights, 1 for the class and 0 elsewhere
    labels: a name for each entry, empty where they have none
    """

    name: str
    size: int
    kind: Literal["normal", "uniform", "one_hot"] = "normal"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Latent:
    """The layout of a latent vector: sections, one after another."""

    sections: tuple[Section, ...]

    @classmethod
    def of(cls, noise_size: int, noise: Literal["normal", "uniform"], class_names: tuple[str, ...] = ()) -> Latent:
        """Noise, followed by one class weight for each name."""
        sections = [Section("noise", noise_size, noise)]
        if class_names:
            sections.append(Section("class", len(class_names), "one_hot", tuple(class_names)))
        return cls(tuple(sections))

    @property
    def size(self) -> int:
        """Length of the flat vector."""
        return sum(section.size for section in self.sections)

    @property
    def noise_size(self) -> int:
        return self.section("noise").size

    @property
    def class_names(self) -> tuple[str, ...]:
        return next((section.labels for section in self.sections if section.name == "class"), ())

    def section(self, name: str) -> Section:
        return next(section for section in self.sections if section.name == name)

    def slice(self, name: str) -> slice:
        """Where a section lies in the flat vector."""
        start = 0
        for section in self.sections:
            if section.name == name:
                return slice(start, start + section.size)
            start += section.size
        raise LatentError("this generator's latent vector has no section {name!r}", name=name)

    def sample(
        self,
        n: int,
        *,
        labels: Tensor | None = None,
        generator: torch.Generator | None = None,
        device: torch.device | str = "cpu",
    ) -> Tensor:
        """Random vectors, float32 (n, size).

        labels: int64 (n,) fixes the class of each; without it, as for other one-hot sections, they are drawn uniformly.
        generator: without it the device's default generator is used, which belongs to training.
        """
        parts = []
        for section in self.sections:
            if section.kind == "normal":
                part = torch.randn(n, section.size, generator=generator, device=device)
            elif section.kind == "uniform":
                part = torch.rand(n, section.size, generator=generator, device=device).mul_(2).sub_(1)
            else:
                classes = labels if section.name == "class" else None
                if classes is None:
                    classes = torch.randint(section.size, (n,), generator=generator, device=device)
                part = one_hot(classes, section.size).float()
            parts.append(part)
        return torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]

    def classes(self, latent: Tensor) -> Tensor | None:
        """The class weights (N, K) of latent vectors (N, size), or None for an unconditional generator."""
        return latent[:, self.slice("class")] if self.class_names else None

    def one_hot(self, labels: Tensor | None) -> Tensor | None:
        """Labels int64 (N,) as class weights (N, K), or None for an unconditional generator."""
        return one_hot(labels, len(self.class_names)).float() if self.class_names else None

    def to_dict(self) -> dict[str, Any]:
        return {"sections": [asdict(section) for section in self.sections]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Latent:
        """Inverse of `to_dict`. Raises `CheckpointError` for anything else."""
        try:
            sections = tuple(Section(**{**s, "labels": tuple(s.get("labels", ()))}) for s in values["sections"])
        except (TypeError, KeyError) as error:
            raise CheckpointError("the description of the latent vector does not fit: {error}", error=error) from None
        return cls(sections)
