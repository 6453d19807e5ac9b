"""What people wear on their heads: glasses, earrings, headphones, a bow, hats."""

from __future__ import annotations

from collections.abc import Callable

from gan_core.data.faces.painter import Painter, both, box, either, ellipse, mix, wave
from gan_core.data.faces.sitter import GOLD, INK, STRAW, WHITE, Sitter


def put_on(painter: Painter, sitter: Sitter) -> None:
    """Paint everything on those who wear it."""
    for name, (wear, bounds) in WORN.items():
        rows = sitter.of(name).nonzero().flatten()
        if len(rows):
            with painter.part(*bounds, rows) as part:
                wear(part, sitter.some(rows))


def glasses(part: Painter, sitter: Sitter) -> None:
    """Round or square frames, dark lenses or clear ones, with a reflection."""
    x, v = (part.u - sitter.right).abs_(), part.v - sitter.eye_y - 0.01
    u, size = x - sitter.eye_x, 0.158
    square = box(u, v, 1.04 * size, 0.84 * size, 0.055)
    lens = square + (ellipse(u, v, size, size) - square) * sitter["round glasses"]
    part.fill(lens, INK, 0.06 + 0.80 * sitter["sunglasses"])
    part.fill(both(lens + 0.02, (u + 0.8 * v + 0.06).abs() - 0.024), WHITE, 0.35)
    bridge = both(v.abs() - 0.016, x - sitter.eye_x)
    temples = both((v + 0.02).abs() - 0.018, sitter.eye_x - x, part.u.abs() - sitter.across)
    frame = mix(INK, sitter.accent, 0.45 * (1 - sitter.of("sunglasses")))
    part.fill(either(lens.abs() - 0.021, both(either(bridge, temples), -lens)), frame)


def earrings(part: Painter, sitter: Sitter) -> None:
    """Golden, below the ears."""
    u = part.u.abs() - sitter.across
    part.fill(ellipse(u - 0.02, part.v - 0.23, 0.05, 0.05), GOLD)
    part.fill(ellipse(u - 0.01, part.v - 0.215, 0.018, 0.018), WHITE, 0.8)


def headphones(part: Painter, sitter: Sitter) -> None:
    """A band over the head and two cups."""
    u, v = part.u.abs() - sitter.across, part.v
    band = both(ellipse(part.u, v - 0.02, sitter.across + 0.09, sitter.down + 0.10).abs_() - 0.035, v - 0.02)
    part.fill(band, 0.35 * sitter.accent + 0.08)
    part.fill(box(u - 0.06, v - 0.05, 0.085, 0.155, 0.07), sitter.accent)
    part.fill(box(u - 0.09, v - 0.05, 0.035, 0.10, 0.03), mix(sitter.accent, WHITE, 0.5))


def bow(part: Painter, sitter: Sitter) -> None:
    """Two loops and a knot, on the left."""
    u, v = part.u + 0.24, part.v + 0.86 * sitter.down
    u, v = u + 0.35 * v, v - 0.35 * u  # tilted
    part.fill(both(ellipse(u.abs() - 0.15, v, 0.15, 0.13), v.abs() - 0.03 - 0.55 * u.abs()), sitter.accent)
    part.fill(ellipse(u, v, 0.06, 0.06), 0.75 * sitter.accent)


def beanie(part: Painter, sitter: Sitter) -> None:
    """Knitted, with a brim and a bobble."""
    u, v, pale = part.u, part.v, mix(sitter.accent, WHITE, 0.45)
    light = 1 + 0.25 * sitter.lamp * u - 0.15 * v + 0.07 * wave(4.5 * u)
    dome = both(ellipse(u, v, sitter.across + 0.085, sitter.down + 0.10), v + 0.28)
    part.fill(dome, sitter.clothes[:, :, None, None] * light[:, None])
    part.fill(ellipse(u, v + sitter.down + 0.17, 0.125, 0.115), pale)
    part.fill(box(u, v + 0.275, sitter.across + 0.05, 0.085, 0.07), pale[:, :, None, None] * light[:, None])


def sun_hat(part: Painter, sitter: Sitter) -> None:
    """Straw, with a wide brim and a ribbon."""
    u, v = part.u, part.v
    light = 1 + 0.22 * sitter.lamp * u - 0.12 * v + 0.04 * wave(6 * v)
    straw = STRAW[:, None, None] * light[:, None]
    crown = both(box(u, v + 0.55, 0.86 * sitter.across, 0.27, 0.18), v + 0.27)
    part.fill(crown, straw)
    part.fill(both(crown, (v + 0.40).abs() - 0.06), sitter.accent)
    part.fill(ellipse(u, v + 0.30 - 0.10 * u.square(), sitter.across + 0.30, 0.095), 0.93 * straw)


def party_hat(part: Painter, sitter: Sitter) -> None:
    """A striped cone with a bobble on its tip."""
    u, v = part.u - 0.06, part.v + sitter.down
    u, v = u - 0.12 * v, v + 0.12 * u
    cone = both(u.abs() - 0.20 - 0.52 * v, v - 0.10 + 0.4 * u.square())
    part.fill(cone, sitter.clothes)
    part.fill(both(cone, (wave(2.6 * v + 1.2 * u) - 0.1) * 0.06), mix(sitter.accent, WHITE, 0.3))
    part.fill(ellipse(u, v + 0.36, 0.075, 0.075), GOLD)


Bounds = tuple[float, float, float, float]

WORN: dict[str, tuple[Callable[[Painter, Sitter], None], Bounds]] = {
    "glasses": (glasses, (-0.7, 0.7, -0.15, 0.5)),
    "earrings": (earrings, (-0.75, 0.75, 0.2, 0.6)),
    "headphones": (headphones, (-0.88, 0.88, -1, 0.5)),
    "bow": (bow, (-0.9, 0.4, -0.85, 0)),
    "beanie": (beanie, (-0.75, 0.75, -1, 0.1)),
    "sun hat": (sun_hat, (-1, 1, -1, 0.2)),
    "party hat": (party_hat, (-0.6, 0.7, -1, 0)),
}
