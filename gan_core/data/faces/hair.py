"""Ten hair cuts: what lies behind the head and what lies on it."""

from __future__ import annotations

from torch import Tensor

from gan_core.data.faces.painter import Painter, both, box, either, ellipse, wave
from gan_core.data.faces.people import AFRO, BALD, BOB, BUN, CREW_CUT, LONG, MOHAWK, PIGTAILS, PONYTAIL, QUIFF
from gan_core.data.faces.sitter import WHITE, Sitter

PUFFS = ((0.0, -0.56), (0.55, -0.43), (0.80, -0.01), (0.66, 0.37))  # of an afro, relative to its size


def hair_behind(painter: Painter, sitter: Sitter, cut: int) -> None:
    """Paint what the head and the shoulders cover in part, and what ties it."""
    u, v = painter.u, painter.v
    across, down, full, wavy = sitter.across, sitter.down, sitter["full hair"], sitter["wavy hair"]
    tie = None
    if cut == AFRO:
        size = 0.58 + 0.12 * full
        puffs = (ellipse(u.abs() - x * size, v + 0.1 - y * size * 1.15, 0.22, 0.22) for x, y in PUFFS)
        shape = either(ellipse(u, v + 0.12, size, size), *puffs)
    elif cut == BOB:
        edge = u + 0.03 * wavy * wave(1.6 * v)
        shape = box(edge, v + 0.06, across + 0.10 + 0.08 * full, down + 0.02, 0.36)
    elif cut == LONG:
        edge = u.abs() + 0.045 * wavy * wave(2.2 * v + 0.2)
        shape = box(edge, v - 0.40, across + 0.10 + 0.08 * full + 0.10 * (v + 0.2).clamp_(min=0), down + 0.50, 0.46)
    elif cut == PONYTAIL:
        bent = u - 0.58 - 0.04 * wavy * wave(1.8 * v) + 0.16 * (v - 0.1).square()
        tail = ellipse(bent, v - 0.02, 0.14 + 0.06 * full, 0.52)
        shape = either(tail, ellipse(u - 0.42, v + 0.40, 0.17, 0.14))
        tie = box(u - 0.49, v + 0.36, 0.055, 0.10, 0.04)
    elif cut == BUN:
        size = 0.16 + 0.06 * full
        shape = ellipse(u - 0.04, v + down + 0.10 + 0.4 * size, size * 1.1, size)
        tie = box(u - 0.02, v + down + 0.09, 0.13, 0.045, 0.04)
    elif cut == PIGTAILS:
        out = u.abs() - across - 0.03 * wavy * wave(2.4 * v)
        shape = ellipse(out - 0.16 - 0.10 * (v + 0.1), v - 0.22, 0.11 + 0.05 * full, 0.42 + 0.08 * full)
        tie = box(u.abs() - across - 0.10, v + 0.15, 0.075, 0.055, 0.04)
    else:
        return
    comb(painter, shape, sitter, 0.86)
    if tie is not None:
        painter.fill(tie, sitter.accent)


def hair_in_front(painter: Painter, sitter: Sitter, cut: int) -> None:
    """Paint what lies on the head: mostly the part of a cap above a hairline."""
    with painter.part(-0.85, 0.85, -1, 0.88 if cut in (BOB, LONG) else 0.4) as part:
        if cut == BALD:
            shine = ellipse(part.u - 0.14 * sitter.lamp, part.v + 0.70 * sitter.down, 0.10, 0.05)
            part.fill(shine, WHITE, 0.28, blur=0.08)
        else:
            comb(part, shape_in_front(part, sitter, cut), sitter, 1.0)


def shape_in_front(part: Painter, sitter: Sitter, cut: int) -> Tensor:
    """The outline of the hair on the head."""
    u, v, turned = part.u, part.v, part.u - sitter.right
    across, down, full, top = sitter.across, sitter.down, sitter["full hair"], sitter.below
    way = (u / across).square()
    cap = ellipse(u, v + 0.01, across + 0.035, down + 0.03 + 0.03 * full)
    sides = both(cap, v + 0.04, 0.90 * across - u.abs())  # above the ears
    if cut == CREW_CUT:
        return either(both(cap, v - top + 0.36 - 0.16 * way.square()), sides)
    if cut == QUIFF:
        swept = ellipse(u + 0.06 - 0.25 * (v + down), v + down - 0.02, 0.86 * across, 0.19 + 0.08 * full)
        tip = ellipse(u - 0.20, v + down + 0.06, 0.22, 0.16 + 0.06 * full)
        return either(both(either(cap, swept, tip), v - top + 0.36 - 0.10 * way), sides)
    if cut == MOHAWK:
        part.fill(both(cap, v - top + 0.30 - 0.1 * way), sitter.hair, 0.35)  # shaved
        return both(ellipse(turned, v + down + 0.02, 0.14 + 0.035 * full, 0.36 + 0.08 * full), v - top + 0.33)
    if cut == AFRO:
        cap = ellipse(u, v, across + 0.06, down + 0.05)
        line = top - 0.30 + 0.10 * way + 0.02 * wave(4.5 * u)
        return either(both(cap, v - line), both(cap, v - 0.12, 0.93 * across - u.abs()))
    if cut == BOB:
        fringe = top - 0.225 + 0.05 * turned.square() + 0.02 * wave(3 * u + 0.2)
        strands = both(box(u, v, across + 0.10, 0.75 * down, 0.2), 0.86 * across + 0.10 * v - u.abs())
        return either(both(ellipse(u, v, across + 0.06, down + 0.05), v - fringe), strands)
    if cut == LONG:  # falls to both sides of the middle
        line = top - 0.41 + 0.9 * turned.abs() - 0.35 * turned.square()
        strands = both(box(u, v - 0.30, across + 0.10, 1.15 * down, 0.2), 0.93 * across + 0.05 * v - u.abs())
        return either(both(ellipse(u, v, across + 0.06, down + 0.05), v - line), strands)
    if cut == PONYTAIL:
        return either(both(cap, v - top + 0.31 - 0.26 * (turned - 0.30).square() - 0.05 * way), sides)
    if cut == BUN:
        return both(cap, v - top + 0.37 - 0.22 * way)
    parted = 0.7 * turned.abs() - 0.25 * turned.square()
    return both(ellipse(u, v, across + 0.04, down + 0.04), v - top + 0.40 - parted)


def comb(part: Painter, shape: Tensor, sitter: Sitter, brightness: float) -> None:
    """Fill a shape with hair: strands, and a band of light around the head on the side of the lamp."""
    u, v = part.u, part.v
    from_middle = ((u / sitter.across).square() + (v / sitter.down).square()).sqrt_()
    facing = (0.55 + 0.9 * sitter.lamp * u - 0.6 * v).clamp_(min=0)
    band = (1 - 9 * (from_middle - 0.90).square()).clamp_(min=0) * facing
    strands = 0.05 * wave(5.5 * u + 1.5 * sitter["wavy hair"] * v)
    light = brightness * (1 + strands + 0.14 * sitter.lamp * u - 0.10 * v)
    gloss = (0.06 + 0.20 * sitter["strong light"]) * band
    part.fill(shape, sitter.hair[:, :, None, None] * light[:, None] + gloss[:, None])
