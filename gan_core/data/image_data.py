"""`ImageData`: a whole dataset as one uint8 tensor, for use on the training device."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from gan_core.data.notes import NO_CLASSES, NO_LABELS
from gan_core.errors import DataError, Message


@dataclass(frozen=True)
class Attributes:
    """What is known of every image beside its class.

    Attributes:
        names: English, for people.
        values: float32 (N, len(names)), 0 .. 1; of what an image has or has not 1 or 0.
    """

    names: tuple[str, ...]
    values: Tensor


@dataclass(frozen=True)
class ImageData:
    """Decoded images and what is known about them.

    Attributes:
        name: Name of the dataset.
        images: uint8 (N, C, H, W), C is 1 (gray) or 3 (RGB), H == W.
        labels: int64 (N,) with values in 0 .. len(class_names) - 1, or None for an unlabeled dataset.
        class_names: One name per class; empty when unlabeled.
        notes: One-line remarks for people, see `gan_core.data.notes`.
        attributes: What else is known of the images, or None.

    Raises:
        DataError: The parts do not fit together, or there are fewer than two images.
    """

    name: str
    images: Tensor
    labels: Tensor | None = None
    class_names: tuple[str, ...] = ()
    notes: tuple[Message, ...] = field(default=())
    attributes: Attributes | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.dim() != 4 or self.images.shape[1] not in (1, 3):
            raise DataError("{name}: images must be uint8 of shape (N, 1 or 3, H, W)", name=self.name)
        if len(self.images) < 2:
            raise DataError(
                "{name}: holds {count} image; a GAN needs at least two, better thousands",
                name=self.name,
                count=len(self.images),
            )
        if self.labels is not None:
            if self.labels.dtype != torch.int64 or self.labels.shape != (len(self.images),):
                raise DataError("{name}: labels must be int64, one per image", name=self.name)
            if not 0 <= int(self.labels.min()) <= int(self.labels.max()) < len(self.class_names):
                raise DataError("{name}: a label has no class name", name=self.name)
        if self.attributes is not None:
            shape = (len(self.images), len(self.attributes.names))
            if self.attributes.values.dtype != torch.float32 or self.attributes.values.shape != shape:
                raise DataError("{name}: attributes must be float32, one of each per image", name=self.name)

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        """1 (gray) or 3 (RGB)."""
        return self.images.shape[1]

    @property
    def image_size(self) -> int:
        """Height and width in pixels."""
        return self.images.shape[-1]

    @property
    def num_classes(self) -> int:
        """Number of classes, 0 when unlabeled."""
        return len(self.class_names) if self.labels is not None else 0

    @property
    def lack_of_classes(self) -> Message:
        """Why it is unlabeled, for people."""
        return next((note for note in self.notes if note.startswith(NO_CLASSES)), NO_LABELS)

    def to(self, device: torch.device | str) -> ImageData:
        """The same data on another device."""
        labels = None if self.labels is None else self.labels.to(device)
        return replace(self, images=self.images.to(device), labels=labels)


def normalize(images: Tensor) -> Tensor:
    """uint8 0 .. 255 to float32 -1 .. 1, the range of the generators' tanh."""
    return images.float().mul_(2 / 255).sub_(1)


def denormalize(images: Tensor) -> Tensor:
    """Float -1 .. 1 to uint8 0 .. 255, rounded; values outside are clamped."""
    return images.float().add(1).mul_(255 / 2).round_().clamp_(0, 255).to(torch.uint8)
