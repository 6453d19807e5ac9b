"""Paints portraits from back to front: background, hair behind, clothes, head, features, hair, and what is worn."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_core.data.faces.hair import hair_behind, hair_in_front
from gan_core.data.faces.painter import Painter, both, box, either, ellipse, mix, stroke, wave
from gan_core.data.faces.sitter import INK, ROSE, TONGUE, WHITE, Sitter
from gan_core.data.faces.worn import put_on

HALF = 0.90  # half the width of the picture
HEAD_Y = 0.11  # height of the head's middle in the picture
NECK = 0.75  # below the head's middle: the point about which it is tilted


def paint(sitter: Sitter, cut: int, image_size: int) -> Tensor:
    """Portraits of people with one hair cut, uint8 (N, 3, image_size, image_size)."""
    painter = empty_pictures(sitter, image_size)
    background(painter, sitter)
    hair_behind(painter, sitter, cut)
    clothes(painter, sitter)
    head(painter, sitter)
    nose(painter, sitter)
    beard(painter, sitter)
    mouth(painter, sitter)
    eyes(painter, sitter)
    hair_in_front(painter, sitter, cut)
    brows(painter, sitter)
    put_on(painter, sitter)
    return painter.pixels.clamp_(0, 1).mul_(255).round_().to(torch.uint8)


def empty_pictures(sitter: Sitter, image_size: int) -> Painter:
    """The coordinates of pictures, and of the heads in them."""
    pixel = 2 * HALF / image_size
    centers = (torch.arange(image_size) + 0.5) * pixel - HALF
    x, y = centers[None, None, :], centers[None, :, None]
    half = 0.055 * sitter.around("tilted right")  # the tangent of half the angle gives its sine and cosine
    sine, cosine = 2 * half / (1 + half.square()), (1 - half.square()) / (1 + half.square())
    right, down = x - 0.05 * sitter.around("off to the right"), y - (HEAD_Y + NECK)
    u = cosine * right + sine * down
    v = cosine * down - sine * right + NECK
    return Painter(torch.empty(len(sitter), 3, image_size, image_size), x, y, u, v, pixel)


def background(painter: Painter, sitter: Sitter) -> None:
    """A soft gradient, lighter where the light comes from, and perhaps the sun behind the head."""
    x, y = painter.x, painter.y
    light = 1.04 + 0.11 * sitter.lamp * x - 0.14 * y - 0.06 * (x.square() + y.square())
    painter.pixels.copy_(sitter.background[:, :, None, None] * light[:, None])
    sun = ellipse(x - 0.06 * sitter.lamp, y + 0.03, 0.74, 0.74)
    painter.fill(sun, mix(sitter.background, WHITE, 0.42), 0.9 * sitter["sun behind"])


def clothes(painter: Painter, sitter: Sitter) -> None:
    """Shoulders in a shirt, striped or not, the neck, and perhaps a scarf."""
    with painter.part(-1, 1, 0.4, 1) as part:
        x, y = part.x, part.y
        light = 1 + (0.06 + 0.12 * sitter["strong light"]) * sitter.lamp * x
        shirt = ellipse(x, y - 1.30, 0.82, 0.54)
        stripes = both(shirt, (wave(y * 4.2) - 0.1) * 0.06)
        part.fill(shirt, sitter.clothes[:, :, None, None] * light[:, None])
        part.fill(stripes, sitter.accent[:, :, None, None] * light[:, None], sitter["striped shirt"])
        part.fill(both(ellipse(x, y - 0.81, 0.27, 0.17), shirt), sitter.accent)
        part.fill(ellipse(x, y - 0.78, 0.215, 0.135), sitter.skin_shadow)
        between = 0.5 * (part.u + x)  # the neck runs from the head to the shoulders
        neck = both(box(between, y - 0.75, 0.17 + 0.03 * (1 - sitter.child), 0.22, 0.08), y - 0.85)
        part.fill(neck, sitter.skin_shadow)
        scarf = box(x, y - 0.83, 0.36, 0.11, 0.10)
        part.fill(scarf, sitter.accent[:, :, None, None] * (0.88 * light)[:, None], sitter["scarf"])
        part.fill(box(x - 0.17, y - 0.95, 0.11, 0.2, 0.05), sitter.accent, sitter["scarf"])


def outline(part: Painter, sitter: Sitter, grown: float = 0.0) -> Tensor:
    """The shape of the head, all around larger by `grown`: an ellipse that becomes narrower towards the chin."""
    lower = (part.v / sitter.down).clamp_(0, 1.2).square()
    return ellipse(part.u, part.v, sitter.across * (1 - sitter.jaw * lower) + grown, sitter.down + grown)


def head(painter: Painter, sitter: Sitter) -> None:
    """Ears and face, round in the light, with what the skin shows."""
    with painter.part(-0.85, 0.85, -0.55, 0.85) as part:
        u, v = part.u, part.v
        across, down = u / sitter.across, v / sitter.down
        strength = 0.06 + 0.16 * sitter["strong light"]
        light = 1.03 + strength * (sitter.lamp * across - 0.45 * down) - 0.10 * (across.square() + down.square())
        skin = sitter.skin[:, :, None, None] * light[:, None]
        size = 0.085 + 0.035 * sitter["big ears"]
        part.fill(ellipse(u.abs() - sitter.across - 0.015, v - 0.05, size, 1.3 * size), skin)
        part.fill(ellipse(u.abs() - sitter.across - 0.03, v - 0.05, 0.5 * size, 0.8 * size), sitter.skin_shadow, 0.7)
        part.fill(outline(part, sitter), skin)
        x, y = (u - sitter.right).abs_(), v - sitter.below
        cheeks = ellipse(x - sitter.eye_x - 0.06, y - 0.17, 0.115, 0.085)
        part.fill(cheeks, ROSE, 0.12 + 0.43 * sitter["rosy cheeks"], blur=0.10)
    freckled, old = (values.flatten().nonzero().flatten() for values in (sitter["freckles"], sitter.wrinkles))
    with painter.part(-0.65, 0.65, 0.1, 0.55, freckled) as part:
        some = sitter.some(freckled)
        x, y = (part.u - some.right).abs_() - some.eye_x, part.v - some.below
        dots = either(*(ellipse(x - a, y - b, 0.017, 0.017) for a, b in ((-0.03, 0.12), (0.045, 0.10), (0.02, 0.165))))
        part.fill(dots, some.skin_shadow, 0.9)
    with painter.part(-0.65, 0.65, -0.35, 0.65, old) as part:
        some = sitter.some(old)
        x, y = part.u - some.right, part.v - some.below
        forehead = (stroke(x, y - height, 0.2, 0.03, 0.013) for height in (-0.33, -0.265))
        folds = stroke(x.abs() - 0.215, y - 0.25, 0.05, -0.02, 0.013)  # from the nose to the mouth
        part.fill(either(*forehead, folds), some.skin_shadow, some.wrinkles)


def eyes(painter: Painter, sitter: Sitter) -> None:
    """Large, round and shining; the right one may wink."""
    size = sitter.eye_size
    down = size * (0.80 + 0.47 * sitter["open eyes"])
    look_x, look_y = 0.038 * sitter.around("looking right"), 0.03 * sitter.around("looking down")
    white, ink = mix(sitter.skin, WHITE, 0.9), mix(sitter.skin_shadow * 0.3, INK, 0.7)
    for side in (-1, 1):
        opened = 1 - sitter["wink"] if side > 0 else 1.0
        with painter.part(min(0.62 * side, -0.24 * side), max(0.62 * side, -0.24 * side), -0.14, 0.48) as part:
            u, v = part.u - sitter.right - side * sitter.eye_x, part.v - sitter.eye_y
            across = size * (1 - 0.14 * side * sitter.around("turned right"))  # the far eye is narrower
            ball = ellipse(u, v, across, down)
            part.fill(ball, white, opened)
            iris_u, iris_v = u - look_x, v - look_y
            iris = ellipse(iris_u, iris_v, 0.68 * size, 0.68 * size)
            part.fill(both(iris, ball), sitter.iris, opened)
            part.fill(both(iris + 0.34 * size, ball), ink, opened)
            part.fill(ellipse(iris_u + 0.028, iris_v + 0.036, 0.029, 0.029), WHITE, opened)
            lashes = sitter["eyelashes"]
            lid = both(ball.abs() - 0.016 - 0.016 * lashes, v + 0.25 * size)
            part.fill(lid, ink, opened)
            part.fill(stroke(u - side * 1.02 * across, v + 0.45 * size, 0.045, 0.0, 0.018), ink, lashes * opened)
    winking = sitter.of("wink").nonzero().flatten()
    with painter.part(-0.24, 0.62, -0.14, 0.48, winking) as part:
        some = sitter.some(winking)
        u, v = part.u - some.right - some.eye_x, part.v - some.eye_y
        part.fill(stroke(u, v, some.eye_size, 0.055, 0.028), ink[winking])


def brows(painter: Painter, sitter: Sitter) -> None:
    """In a darker shade of the hair; stern ones fall towards the nose."""
    with painter.part(-0.68, 0.68, -0.32, 0.25) as part:
        u = (part.u - sitter.right).abs_() - sitter.eye_x - 0.01
        height = sitter.eye_y - 0.185 - 0.06 * sitter["raised brows"]
        slope = 0.05 - 0.45 * sitter.around("stern brows")
        thick = 0.014 + 0.034 * sitter["thick brows"]
        part.fill(stroke(u, part.v - height - slope * u, 0.115, 0.035, thick), sitter.hair * 0.72)


def nose(painter: Painter, sitter: Sitter) -> None:
    """A soft shadow with a point of light."""
    size = 0.038 + 0.056 * sitter["big nose"] - 0.008 * sitter.child
    with painter.part(-0.4, 0.4, 0.1, 0.6) as part:
        u, v = part.u - 1.35 * sitter.right, part.v - sitter.nose_y
        part.fill(ellipse(u + 0.02 * sitter.lamp, v, size, 0.78 * size), sitter.skin_shadow, 0.85, blur=0.02)
        shine = ellipse(u - 0.012 * sitter.lamp, v + 0.02, 0.72 * size, 0.6 * size)
        part.fill(shine, mix(sitter.skin, WHITE, 0.25), 0.9, blur=0.03)


def mouth(painter: Painter, sitter: Sitter) -> None:
    """Lips along a curve that smiles or not, open or shut, with teeth and tongue."""
    with painter.part(-0.5, 0.5, 0.25, 0.82) as part:
        across = 0.14 + 0.07 * sitter["wide mouth"]
        u, v = part.u - 1.1 * sitter.right, part.v - sitter.mouth_y
        inner = 1 - (u / across).square().clamp_(max=1)
        ends = u.abs() - across
        upper = v - 0.13 * (1.8 * sitter["smile"] - 0.75) * (inner - 0.5)  # positive below the upper lip
        lower = upper - 0.14 * sitter["open mouth"] * inner
        opening = both(-upper, lower, ends)
        shown = (8 * sitter["open mouth"]).clamp(max=1)
        part.fill(opening, 0.28 * sitter.lips, shown)
        part.fill(both(opening, ellipse(u, lower, 0.75 * across, 0.05)), TONGUE, shown)
        part.fill(both(opening, upper - 0.042), WHITE, 0.95 * shown)
        thick = (0.021 + 0.012 * sitter["lipstick"]) * (0.4 + 0.6 * inner)
        part.fill(both(either(upper.abs(), lower.abs()) - thick, ends), sitter.lips)


def beard(painter: Painter, sitter: Sitter) -> None:
    """From ear to ear, and between nose and mouth."""
    bearded = sitter.of("beard").nonzero().flatten()
    with painter.part(-0.7, 0.7, 0, 1, bearded) as part:
        some = sitter.some(bearded)
        light = 0.9 + 0.11 * some.lamp * part.u / some.across
        edge = some.below + 0.255 - 0.34 * (part.u / some.across).square().square()  # from the ears to the mouth
        full = both(outline(part, some, 0.035), edge - part.v)
        part.fill(full, some.hair[:, :, None, None] * light[:, None])
    moustached = sitter.of("moustache").nonzero().flatten()
    with painter.part(-0.5, 0.5, 0.2, 0.7, moustached) as part:
        some = sitter.some(moustached)
        across = 0.15 + 0.05 * some["wide mouth"]
        shape = stroke(part.u - 1.1 * some.right, part.v - some.mouth_y + 0.065, across, 0.055, 0.048)
        part.fill(shape, 0.83 * some.hair)
