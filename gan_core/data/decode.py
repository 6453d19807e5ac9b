"""Picture files of any kind, hostile ones included, to square uint8 pixels."""

from __future__ import annotations

import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from gan_core.data.specs import Progress
from gan_core.errors import DataError

# Only formats that Pillow decodes itself: EPS, for one, would start an external program on a stranger's file.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
MAX_PIXELS = 89_478_485  # where Pillow begins to warn of decompression bombs; it refuses only twice that

NAMED_IN_NOTE = 3
BATCH = 32  # pictures handed to a thread at a time
PROGRESS_EVERY = 256  # pictures


class UnreadablePicture(Exception):
    """One file is no usable picture; the others go on. The message is the reason."""


def decode_all(
    names: Sequence[str], read: Callable[[str], bytes], image_size: int, channels: int, progress: Progress
) -> tuple[Tensor, list[str], list[str]]:
    """Decode many files into one tensor that is allocated once.

    read: gives the bytes of a named file; `UnreadablePicture` and `OSError` skip that file, other errors end it all.
    Returns images uint8 (n, channels, image_size, image_size), the n names they came from, and the names skipped.
    Raises `DataError` if the tensor does not fit in memory.
    """
    try:
        images = torch.empty(len(names), channels, image_size, image_size, dtype=torch.uint8)
    except RuntimeError:
        raise DataError(
            f"{len(names):,} images of {image_size} pixels do not fit in memory; choose a smaller size or fewer images"
        ) from None
    pixels = images.numpy()
    kept: list[str] = []
    skipped: list[str] = []
    for done, (name, picture) in enumerate(_decoded(names, read, image_size, channels)):
        if picture is None:
            skipped.append(name)
        else:
            pixels[len(kept)] = picture
            kept.append(name)
        if done % PROGRESS_EVERY == 0:
            progress("reading images", done / len(names))
    progress("reading images", 1.0)
    return images[: len(kept)], kept, skipped


def _decoded(
    names: Sequence[str], read: Callable[[str], bytes], image_size: int, channels: int
) -> Iterator[tuple[str, np.ndarray | None]]:
    """Each name with its pixels (or None), in order. Few files are in flight, so memory stays bounded."""

    def decode(batch: Sequence[str]) -> list[np.ndarray | None]:
        return [_decode_or_none(name, read, image_size, channels) for name in batch]

    # Pillow releases the interpreter lock while it decodes and resizes, which pays for large pictures; batches keep the
    # cost of handing over small for tiny ones. Few workers, because each may hold a large picture.
    workers = min(4, os.cpu_count() or 1)
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    pending: deque[tuple[Sequence[str], Future]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for batch in batches:
                pending.append((batch, pool.submit(decode, batch)))
                if len(pending) > 2 * workers:
                    yield from _finished(pending.popleft())
            while pending:
                yield from _finished(pending.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _finished(work: tuple[Sequence[str], Future]) -> Iterator[tuple[str, np.ndarray | None]]:
    batch, future = work
    return zip(batch, future.result(), strict=True)


def _decode_or_none(name: str, read: Callable[[str], bytes], image_size: int, channels: int) -> np.ndarray | None:
    try:
        return decode_picture(read(name), image_size, channels)
    except (UnreadablePicture, OSError):
        return None


def decode_picture(data: bytes, image_size: int, channels: int) -> np.ndarray:
    """uint8 (channels, image_size, image_size): upright, on white, the largest centred square, resized.

    Raises `UnreadablePicture` for anything that Pillow cannot decode, and for gigantic pictures.
    """
    mode = "L" if channels == 1 else "RGB"
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadablePicture(f"more than {MAX_PIXELS:,} pixels")
            image.draft(mode, (2 * image_size, 2 * image_size))  # JPEG: decode at 1/2, 1/4 or 1/8, much faster
            image = square(simple_mode(ImageOps.exif_transpose(image)), image_size)
            image = on_white(image).convert(mode)
    except UnreadablePicture:
        raise
    except Exception as error:  # on broken files Pillow raises nearly every built-in error
        raise UnreadablePicture(str(error)) from error
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def simple_mode(image: Image.Image) -> Image.Image:
    """To 8-bit "L", "RGB" or "RGBA", the modes that can be resized well."""
    if image.mode.startswith(("I", "F")):
        return to_eight_bits(image)
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def to_eight_bits(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float greys. Pillow's own conversion cuts everything above 255 off instead of scaling."""
    values = np.array(image, dtype=np.float32)
    np.nan_to_num(values, copy=False)
    if image.mode.startswith("I;16") or values.max() > 255:
        values /= 257
    elif image.mode == "F" and values.max() <= 1:
        values *= 255
    return Image.fromarray(values.round(out=values).clip(0, 255, out=values).astype(np.uint8))


def on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)


def square(image: Image.Image, size: int) -> Image.Image:
    """The largest centred square, resized; `reducing_gap` shrinks by whole factors first, which is quicker."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((size, size), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)


def skipped_note(skipped: Sequence[str]) -> str:
    """One line that counts the skipped files and names the first few."""
    names = ", ".join(map(printable, skipped[:NAMED_IN_NOTE])) + (", ..." if len(skipped) > NAMED_IN_NOTE else "")
    files = "file was" if len(skipped) == 1 else "files were"
    return f"{len(skipped)} unreadable {files} skipped: {names}"


def printable(name: str) -> str:
    """A file name fit for a one-line message: bytes that are no text, and line breaks, become "?"."""
    return "".join(character if character.isprintable() else "?" for character in name)
