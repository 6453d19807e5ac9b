"""`faces`: portraits in color that the workshop paints itself, and everything that there is to know about them.

A picture is a function of a hair cut, which is the class, and of the attributes (`people`); nothing else is drawn at
random. So whatever a generator has learned can be compared with the truth.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data.faces.people import ATTRIBUTES, invent
from gan_core.data.faces.portrait import paint
from gan_core.data.faces.sitter import Sitter
from gan_core.data.image_data import Attributes, ImageData
from gan_core.data.pixels import to_channels
from gan_core.data.specs import HAIR_CUTS, Progress

NUM_FACES = 20_000
CHUNK = 2**18  # pixels painted at a time: with more of them the processor's cache is too small, with less torch is slow


def load_faces(image_size: int, channels: int, progress: Progress, count: int = NUM_FACES, seed: int = 0) -> ImageData:
    """The dataset: `count` portraits of all ten classes in random order."""
    images, cuts, values = draw_faces(count, image_size, seed, progress)
    return ImageData("faces", to_channels(images, channels), cuts, HAIR_CUTS, attributes=Attributes(ATTRIBUTES, values))


def draw_faces(
    count: int, image_size: int = 64, seed: int = 0, progress: Progress = lambda what, fraction: None
) -> tuple[Tensor, Tensor, Tensor]:
    """Portraits of people invented at random; the same seed gives the same people at every size.

    Returns:
        Images uint8 (count, 3, image_size, image_size), hair cuts int64 (count,), and attributes float32
        (count, attributes) in 0 .. 1, in the order of `ATTRIBUTES`.
    """
    generator = torch.Generator().manual_seed(seed)
    cuts = torch.arange(count) % len(HAIR_CUTS)
    cuts = cuts[torch.randperm(count, generator=generator)]
    values = invent(cuts, generator)
    return paint_faces(cuts, values, image_size, progress), cuts, values


def paint_faces(
    cuts: Tensor, values: Tensor, image_size: int, progress: Progress = lambda what, fraction: None
) -> Tensor:
    """Portraits of these people, uint8 (N, 3, image_size, image_size).

    Args:
        cuts: Hair cuts int64 (N,), indices into `HAIR_CUTS`.
        values: Attributes float32 (N, attributes) in 0 .. 1, in the order of `ATTRIBUTES`.
        image_size: Height and width in pixels.
        progress: See `Progress`.
    """
    images = torch.empty(len(cuts), 3, image_size, image_size, dtype=torch.uint8)
    sitter = Sitter(values)
    done = 0
    for cut in range(len(HAIR_CUTS)):
        for rows in torch.nonzero(cuts == cut).flatten().split(CHUNK // image_size**2):
            progress("painting portraits", done / len(cuts))
            images[rows] = paint(sitter.some(rows), cut, image_size)
            done += len(rows)
    progress("painting portraits", 1.0)
    return images
