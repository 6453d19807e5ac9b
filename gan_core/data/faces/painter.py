"""Painting with signed distances: a shape is a distance to its edge, negative inside, and is filled with soft edges.

Everything here and in the files that paint with it is made of sums, products, quotients, square roots and comparisons
of single numbers, which are exact to the last bit on every processor: so are the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

SOFTNESS = 1.2  # width of the ramp at an edge, in pixels
EVERYBODY = slice(None)


@dataclass(frozen=True)
class Painter:
    """Some pictures in the making, or a part of them.

    Attributes:
        pixels: float32 (N, 3, H, W), RGB in 0 .. 1; painted on.
        x: Coordinates of the picture (1, 1, W), 0 in its middle, to the right.
        y: Coordinates of the picture (1, H, 1), 0 in its middle, downwards.
        u: Coordinates of the head (N, H, W), to its right as the onlooker sees it.
        v: Coordinates of the head (N, H, W), downwards.
        pixel: Width of a pixel in these coordinates.
    """

    pixels: Tensor
    x: Tensor
    y: Tensor
    u: Tensor
    v: Tensor
    pixel: float

    @contextmanager
    def part(
        self, left: float, right: float, top: float, bottom: float, rows: Tensor | slice = EVERYBODY
    ) -> Iterator[Painter]:
        """Paint on the pictures `rows` only, and there between these bounds: what is small or rare costs little.

        Args:
            left: Lowest x, in coordinates of the picture.
            right: Highest x.
            top: Lowest y.
            bottom: Highest y.
            rows: Indices int64 (M,) of the pictures.
        """
        across, down = _between(self.x, left, right), _between(self.y, top, bottom)
        part = Painter(
            self.pixels[rows, :, down, across].contiguous(),
            self.x[:, :, across],
            self.y[:, down],
            self.u[rows, down, across].contiguous(),
            self.v[rows, down, across].contiguous(),
            self.pixel,
        )
        yield part
        self.pixels[rows, :, down, across] = part.pixels

    def fill(self, shape: Tensor, color: Tensor, opacity: Tensor | float = 1.0, *, blur: float = 0.0) -> None:
        """Paint a shape.

        Args:
            shape: Distance to its edge, that broadcasts to (N, H, W).
            color: (3,), (N, 3), or (N, 3, H, W) where it varies.
            opacity: 0 .. 1, that broadcasts to (N, H, W).
            blur: Additional width of the ramp at the edge.
        """
        cover = (shape / -(SOFTNESS * self.pixel + blur)).add_(0.5).clamp_(0, 1)
        if isinstance(opacity, Tensor) or opacity != 1:
            cover = cover * opacity
        color = color if color.dim() == 4 else color[..., None, None]
        self.pixels.add_((color - self.pixels).mul_(cover[:, None]))


def _between(centers: Tensor, low: float, high: float) -> slice:
    """The pixels whose centers lie between two coordinates."""
    inside = ((centers > low) & (centers < high)).flatten().nonzero().flatten().tolist()
    return slice(inside[0], inside[-1] + 1)


# Shapes: distances to an edge, exact where it is round or straight and nearly so elsewhere


def ellipse(x: Tensor, y: Tensor, across: Tensor | float, down: Tensor | float) -> Tensor:
    """Around 0, with these half axes."""
    distance = (x / across).square() + (y / down).square()
    return distance.sqrt_().sub_(1).mul_(_smaller(across, down))


def box(x: Tensor, y: Tensor, across: Tensor | float, down: Tensor | float, corner: float) -> Tensor:
    """Around 0, with these half sides and rounded corners."""
    right, below = x.abs() - (across - corner), y.abs() - (down - corner)
    outside = (right.clamp(min=0).square() + below.clamp(min=0).square()).sqrt_()
    return outside + torch.maximum(right, below).clamp_(max=0) - corner


def stroke(x: Tensor, y: Tensor, across: Tensor | float, rise: Tensor | float, half_width: Tensor | float) -> Tensor:
    """A brush stroke that tapers to its ends: a parabola over -across .. across, `rise` higher in the middle."""
    inner = 1 - (x / across).square().clamp_(max=1)
    return torch.maximum((y + rise * inner).abs() - half_width * (0.4 + 0.6 * inner), x.abs() - across)


def both(*shapes: Tensor) -> Tensor:
    """What lies in all shapes."""
    result = shapes[0]
    for shape in shapes[1:]:
        result = torch.maximum(result, shape)
    return result


def either(*shapes: Tensor) -> Tensor:
    """What lies in any shape."""
    result = shapes[0]
    for shape in shapes[1:]:
        result = torch.minimum(result, shape)
    return result


def wave(way: Tensor) -> Tensor:
    """A wave of period 1 between -1 and 1, made of parabolas."""
    part = way - way.floor() - 0.5
    return 8 * part * (1 - 2 * part.abs())


def _smaller(left: Tensor | float, right: Tensor | float) -> Tensor | float:
    if isinstance(left, Tensor):
        return left.clamp(max=right)
    return right.clamp(max=left) if isinstance(right, Tensor) else min(left, right)


# Colors


def colors(*codes: str) -> Tensor:
    """RGB in 0 .. 1 of codes such as "ffcc00", (K, 3)."""
    return torch.tensor([[int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)] for code in codes])


def ramp(stops: Tensor, way: Tensor) -> Tensor:
    """Between the colors `stops` (K, 3): `way` (N,), 0 .. 1, gives (N, 3)."""
    place = way[:, None] * (len(stops) - 1)
    color = torch.zeros(len(way), 3)
    for number, stop in enumerate(stops):
        color += (1 - (place - number).abs()).clamp_(min=0) * stop
    return color


def mix(start: Tensor, end: Tensor, way: Tensor | float) -> Tensor:
    """Colors (N, 3) between two, by `way`, a number or (N,), in 0 .. 1."""
    return start + (end - start) * (way[:, None] if isinstance(way, Tensor) else way)
