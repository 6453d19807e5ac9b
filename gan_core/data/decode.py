"""Decodes one untrusted image file of any format to square uint8 pixels."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from gan_core.data.formats import FORMATS
from gan_core.data.notes import Reason

MAX_PIXELS = 89_478_485  # where Pillow begins to warn of decompression bombs; it refuses only twice that
MIN_CONTRAST = 16  # levels of grey; pixels that differ by less are nearly of one colour

# Values that may stand for white, by the first letter of Pillow's gray modes: a mask of 0 and 1; 8, 10, 12, 14 and
# 16 bits. The last one is what the mode means by itself.
WHITES = {"L": (1, 255), "I": (1, 255, 1023, 4095, 16383, 65535), "F": (1, 255, 65535)}

warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # the limit here is as low, and is reported


class UnreadableImage(Exception):
    """One file is no usable picture; the others go on. The message is for developers, `reason` for people."""

    def __init__(self, message: str, reason: Reason = Reason.UNREADABLE):
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class GrayLevels:
    """The values in a gray image.

    Attributes:
        kind: The key in `WHITES`.
        highest: The highest value.
        white: The value that was taken for white.
    """

    kind: str
    highest: float
    white: float


@dataclass(frozen=True)
class DecodedImage:
    """One image and what was noted about it.

    Attributes:
        pixels: uint8 (C, S, S).
        reasons: Remarks for people.
        grays: None for an image in color.
    """

    pixels: np.ndarray
    reasons: tuple[Reason, ...] = ()
    grays: GrayLevels | None = None


def decode_image(data: bytes, image_size: int, channels: int) -> np.ndarray:
    """The largest centered square, upright, on white, resized to uint8 (channels, image_size, image_size).

    Raises:
        UnreadableImage: Pillow cannot decode the data, or there are more than `MAX_PIXELS` pixels.
    """
    return decode(data, image_size, channels).pixels


def decode(data: bytes, image_size: int, channels: int, whites: Mapping[str, float] | None = None) -> DecodedImage:
    """Like `decode_image`, with remarks.

    Args:
        data: The contents of a file.
        image_size: Height and width of the result in pixels.
        channels: 1 (gray) or 3 (RGB).
        whites: The value of white for gray levels of each kind; by default the lowest that fits the image.

    Raises:
        UnreadableImage: See `decode_image`.
    """
    mode = "L" if channels == 1 else "RGB"
    reasons = []
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as file:
            size = file.size
            file.draft(mode, (2 * image_size, 2 * image_size))  # JPEG: decode at 1/2, 1/4 or 1/8, much faster
            # A progressive JPEG has to be held as a whole all the same.
            if math.prod(size if file.info.get("progressive") else file.size) > MAX_PIXELS:
                raise Image.DecompressionBombError(f"more than {MAX_PIXELS:,} pixels")
            if getattr(file, "is_animated", False) and file.format != "MPO":  # MPO: a photograph and its preview
                reasons.append(Reason.FIRST_FRAME)
            if 2 * min(size) < image_size:
                reasons.append(Reason.ENLARGED)
            grays = gray_levels(file, whites or {})
            image = ImageOps.exif_transpose(file)
            image = square(simple_mode(in_eight_bits(image, grays.white) if grays else image), image_size)
            if image.mode == "RGBA":
                background = choose_background(image)
                if background == "black":
                    reasons.append(Reason.ON_BLACK)
                image = composite(image, background)
            image = image.convert(mode)
    except Image.DecompressionBombError as error:
        raise UnreadableImage(str(error), Reason.TOO_MANY_PIXELS) from error
    except Exception as error:  # on broken files Pillow raises nearly every built-in error
        raise UnreadableImage(str(error)) from error
    pixels = np.asarray(image)
    return DecodedImage(pixels[None] if channels == 1 else pixels.transpose(2, 0, 1), tuple(reasons), grays)


def gray_levels(image: Image.Image, whites: Mapping[str, float]) -> GrayLevels | None:
    """None for modes that define white: colors, palettes, one bit, grays with transparency."""
    kind = image.mode[0]
    if kind not in WHITES or image.mode in ("LA", "La", "LAB"):
        return None
    highest = float((np.asarray(image) if kind == "L" else finite_values(image)).max())
    return GrayLevels(kind, highest, whites.get(kind) or white_of(kind, highest))


def white_of(kind: str, highest: float) -> float:
    """The lowest value that may stand for white where `highest` is the highest in one picture or in all of a set."""
    if highest <= 0:
        return WHITES[kind][-1]
    return next((white for white in WHITES[kind] if highest <= white), highest)


def is_brightened(grays: GrayLevels) -> bool:
    """Whether white was a lower value than the mode means by itself; floating point means nothing."""
    return grays.kind != "F" and grays.white < WHITES[grays.kind][-1]


def finite_values(image: Image.Image) -> np.ndarray:
    """float32 (H, W); what is not finite becomes 0."""
    return np.nan_to_num(np.array(image, dtype=np.float32), copy=False, posinf=0, neginf=0)


def in_eight_bits(image: Image.Image, white: float) -> Image.Image:
    """Gray levels of any depth as mode "L". Pillow's own conversion clips everything above 255 instead of scaling."""
    if image.mode == "L" and white == 255:
        return image
    values = finite_values(image) * np.float32(255 / white)
    return Image.fromarray(values.round(out=values).clip(0, 255, out=values).astype(np.uint8))


def simple_mode(image: Image.Image) -> Image.Image:
    """To 8-bit "L", "RGB" or "RGBA", the modes that can be resized well."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def choose_background(image: Image.Image) -> str:
    """White, but black for a shape that would vanish on white, such as a white icon."""
    alpha = np.asarray(image.getchannel("A"))[..., None]
    shape_vanishes = contrast(alpha) >= MIN_CONTRAST and contrast(np.asarray(composite(image, "white"))) < MIN_CONTRAST
    return "black" if shape_vanishes else "white"


def composite(image: Image.Image, background: str) -> Image.Image:
    """RGBA on a background, as RGB."""
    return Image.alpha_composite(Image.new("RGBA", image.size, background), image).convert("RGB")


def contrast(pixels: np.ndarray) -> int:
    """The largest difference between two pixels (H, W, C) in one of their channels."""
    flat = pixels.reshape(-1, pixels.shape[-1])
    return int((flat.max(axis=0).astype(int) - flat.min(axis=0)).max())


def square(image: Image.Image, size: int) -> Image.Image:
    """The largest centred square, resized; `reducing_gap` shrinks by whole factors first, which is quicker."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
