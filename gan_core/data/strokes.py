"""`strokes`: handwritten-like digits that the workshop draws itself, so that everything works without a download.

Each digit is a skeleton (`digit_skeletons`), deformed the way hands differ: moved control points, a gentle bend of the
whole sheet, slant, rotation, proportions, pen width and pressure. The drawing is then placed as MNIST places its
digits: scaled into a box of 20 / 28 of the picture, its centre of mass in the middle, white on black.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data.digit_skeletons import DIGITS, Skeleton
from gan_core.data.image_data import Attributes, ImageData
from gan_core.data.pixels import to_channels
from gan_core.data.specs import DIGIT_NAMES, Progress

NUM_DIGITS = 20_000
SAMPLES = 128  # pen positions per digit: at most half a pixel apart at 28 px
CHUNK = 8  # images drawn at a time: the distances of more would not fit in the processor's cache
PROGRESS_EVERY = 64 * CHUNK
BOX = 20 / 28  # longest side of an average digit, relative to the picture
MARGIN = 3 / 28  # the centre line of the pen stays this far from the border, so that a thick pen does too
SOFTNESS = 1.1 / 28  # width of the ramp from ink to paper
ATTRIBUTES = ("wide", "slanted", "turned", "large", "bold")


def load_strokes(
    image_size: int, channels: int, progress: Progress, count: int = NUM_DIGITS, seed: int = 0
) -> ImageData:
    """The dataset: `count` digits of all ten classes in random order."""
    images, labels, values = draw_digits(count, image_size, seed, progress)
    attributes = Attributes(ATTRIBUTES, values)
    return ImageData("strokes", to_channels(images, channels), labels, DIGIT_NAMES, attributes=attributes)


def draw_digits(
    count: int, image_size: int = 28, seed: int = 0, progress: Progress = lambda what, fraction: None
) -> tuple[Tensor, Tensor, Tensor]:
    """Digits at random; the same seed gives the same bytes.

    Returns:
        Images uint8 (count, 1, image_size, image_size), labels int64 (count,), and attributes float32
        (count, attributes) in 0 .. 1, in the order of `ATTRIBUTES`.
    """
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(DIGITS)
    labels = labels[torch.randperm(count, generator=generator)]

    attributes: dict[str, Tensor] = {}
    pen = place(deform(pen_positions(labels, generator), generator, attributes), generator, attributes)
    radius = pen_radius(pen, generator, attributes)

    images = torch.empty(count, 1, image_size, image_size, dtype=torch.uint8)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        images[part, 0] = ink(pen[part], radius[part], image_size)
        if start % PROGRESS_EVERY == 0:
            progress("drawing digits", start / count)
    progress("drawing digits", 1.0)
    return images, labels, torch.stack([attributes[name] for name in ATTRIBUTES], 1)


def pen_positions(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Centre lines (N, SAMPLES, 2) in the unit box: a random variant for each label, its control points moved."""
    pen = torch.empty(len(labels), SAMPLES, 2)
    choice = torch.rand(len(labels), generator=generator)
    for digit, variants in enumerate(DIGITS):
        bounds = torch.tensor([0.0, *(variant.weight for variant in variants)]).cumsum(0)
        bounds = bounds / bounds[-1]
        for variant, low, high in zip(variants, bounds[:-1], bounds[1:], strict=True):
            rows = torch.nonzero((labels == digit) & (choice >= low) & (choice < high)).flatten()
            points = torch.tensor(variant.points)
            moved = points + 0.028 * torch.randn(len(rows), *points.shape, generator=generator)
            pen[rows] = sampling_matrix(variant) @ moved
    return pen


def sampling_matrix(skeleton: Skeleton) -> Tensor:
    """(SAMPLES, points): row s holds the weights of the control points in pen position s.

    The strokes are uniform Catmull-Rom curves, which are linear in their points; every segment gets samples in
    proportion to its length.
    """
    rows = []
    segments = [segment for stroke in skeleton.strokes for segment in segments_of(stroke)]
    points = torch.tensor(skeleton.points)
    lengths = torch.stack([(points[b] - points[a]).norm() for _, a, b, _ in segments])
    ends = (lengths.cumsum(0) / lengths.sum() * SAMPLES).round().int().tolist()
    for segment, first, last in zip(segments, [0, *ends[:-1]], ends, strict=True):
        for t in torch.linspace(0, 1, max(last - first, 1)).tolist()[: last - first]:
            weights = (
                (-t + 2 * t**2 - t**3) / 2,
                (2 - 5 * t**2 + 3 * t**3) / 2,
                (t + 4 * t**2 - 3 * t**3) / 2,
                (-(t**2) + t**3) / 2,
            )
            row = torch.zeros(len(points))
            for index, weight in zip(segment, weights, strict=True):
                row[index] += weight
            rows.append(row)
    return torch.stack(rows)


def segments_of(stroke: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The two points of each segment between their neighbours; at a loose end the point itself stands in."""
    before, after = (stroke[-2], stroke[1]) if stroke[0] == stroke[-1] else (stroke[0], stroke[-1])
    padded = (before, *stroke, after)
    return [padded[i : i + 4] for i in range(len(stroke) - 1)]


def deform(pen: Tensor, generator: torch.Generator, attributes: dict[str, Tensor]) -> Tensor:
    """Bend, proportions, slant and rotation of each writer; (N, SAMPLES, 2), centred on 0. Adds to the attributes."""

    def normal(mean: float, deviation: float, attribute: str = "") -> Tensor:
        drawn = torch.randn(len(pen), 1, generator=generator).clamp_(-2.2, 2.2)
        if attribute:
            attributes[attribute] = scaled(drawn, -2.2, 2.2)
        return mean + deviation * drawn

    x, y = (pen - 0.5).unbind(-1)
    # A quadratic bend of the whole sheet: neighbouring parts of a digit move together.
    x, y = (
        x + normal(0, 0.16) * x * y + normal(0, 0.12) * y * y,
        y + normal(0, 0.16) * x * y + normal(0, 0.10) * x * x,
    )
    x = x * (0.82 * torch.exp(normal(0, 0.16, "wide")))
    x = x - normal(0.14, 0.20, "slanted") * y
    angle = normal(0, 0.09, "turned")
    return torch.stack((x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos()), -1)


def scaled(drawn: Tensor, low: float, high: float) -> Tensor:
    """Numbers (N, 1) or (N, 1, 1) between two bounds as an attribute (N,), 0 .. 1."""
    return (drawn.flatten() - low) / (high - low)


def place(pen: Tensor, generator: torch.Generator, attributes: dict[str, Tensor]) -> Tensor:
    """Into the picture, 0 .. 1 on both axes: MNIST's box and centre, with a little play, and never over the margin."""
    low, high = pen.amin(1, keepdim=True), pen.amax(1, keepdim=True)
    longest = (high - low).amax(-1, keepdim=True)
    size = torch.randn(len(pen), 1, 1, generator=generator).clamp_(-2, 1.5)
    attributes["large"] = scaled(size, -2, 1.5)
    side = (BOX - 2 / 28) * (1 + 0.06 * size)
    pen = (pen - pen.mean(1, keepdim=True)) * (side / longest)
    pen = pen + 0.5 + 0.5 / 28 * torch.randn(len(pen), 1, 2, generator=generator).clamp_(-2, 2)
    pen = pen + (MARGIN - pen.amin(1, keepdim=True)).clamp_(min=0)
    return pen - (pen.amax(1, keepdim=True) - (1 - MARGIN)).clamp_(min=0)


def pen_radius(pen: Tensor, generator: torch.Generator, attributes: dict[str, Tensor]) -> Tensor:
    """Half the pen's width at every position, (N, SAMPLES): a width per digit, a slow change of pressure on the way."""
    count = len(pen)
    drawn = torch.randn(count, 1, generator=generator).clamp_(-2, 2)
    attributes["bold"] = scaled(drawn, -2, 2)
    width = 1.15 / 28 * torch.exp(0.27 * drawn)
    phase = 2 * torch.pi * torch.rand(count, 1, generator=generator)
    waves = 1 + 2 * torch.rand(count, 1, generator=generator)
    way = torch.linspace(0, 2 * torch.pi, SAMPLES)
    return width * (1 + 0.16 * torch.sin(waves * way + phase))


def ink(pen: Tensor, radius: Tensor, image_size: int) -> Tensor:
    """Pictures uint8 (N, image_size, image_size) of discs of the given radii at every pen position, anti-aliased.

    The distance of a pixel is measured in radii, d / r, so one minimum over the positions finds the nearest ink even
    where the pressure changes.
    """
    centres = (torch.arange(image_size) + 0.5) / image_size
    scale = 1 / radius[:, None, :]
    across = ((centres[:, None] - pen[:, None, :, 0]) * scale).square_()  # (N, W, SAMPLES)
    down = ((centres[:, None] - pen[:, None, :, 1]) * scale).square_()  # (N, H, SAMPLES)
    distance = (down[:, :, None] + across[:, None]).amin(-1).sqrt_()  # (N, H, W), in radii
    depth = (1 - distance) * radius.mean(1)[:, None, None]
    ramp = (depth / SOFTNESS + 0.5).clamp_(0, 1)
    return (255 * ramp * ramp * (3 - 2 * ramp)).round_().to(torch.uint8)
