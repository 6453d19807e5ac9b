"""Decodes many image files into one tensor, a few at a time, and notes what was skipped or changed."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import torch
from torch import Tensor

from gan_core.data.decode import (
    MIN_CONTRAST,
    DecodedImage,
    GrayLevels,
    UnreadableImage,
    decode,
    is_brightened,
    white_of,
)
from gan_core.data.formats import why_unreadable
from gan_core.data.notes import Notes, Reason
from gan_core.data.specs import Progress
from gan_core.errors import DataError

BATCH = 32  # pictures handed to a thread at a time
PROGRESS_EVERY = 256  # pictures

Read = Callable[[str], bytes]
Batch = list[DecodedImage | Reason]


def decode_all(
    names: Sequence[str], read: Read, image_size: int, channels: int, progress: Progress, notes: Notes
) -> tuple[Tensor, list[str]]:
    """Decode many files into one tensor that is allocated once.

    Args:
        names: The files.
        read: Gives the bytes of a named file; `UnreadableImage` and `OSError` skip that file, other errors end the
            loading.
        image_size: Height and width of the results in pixels.
        channels: 1 (gray) or 3 (RGB).
        progress: See `Progress`.
        notes: Receives what was skipped or changed, and which images are equal or of one color.

    Returns:
        Images, uint8 (n, channels, image_size, image_size), and the n names they came from.

    Raises:
        DataError: The tensor does not fit in memory.
    """
    try:
        images = torch.empty(len(names), channels, image_size, image_size, dtype=torch.uint8)
    except RuntimeError:
        raise DataError(
            "{count:,} images of {image_size} pixels do not fit in memory; choose a smaller size or fewer images",
            count=len(names),
            image_size=image_size,
        ) from None
    pixels = images.numpy()
    kept: list[str] = []
    grays: dict[int, GrayLevels] = {}
    for done, (name, result) in enumerate(_decoded(names, read, image_size, channels)):
        if isinstance(result, Reason):
            notes.add(result, name)
        else:
            for reason in result.reasons:
                notes.add(reason, name)
            if result.grays is not None:
                grays[len(kept)] = result.grays
            pixels[len(kept)] = result.pixels
            kept.append(name)
        if done % PROGRESS_EVERY == 0:
            progress("reading images", done / len(names))
    images = images[: len(kept)]
    _scale_alike(images, kept, grays, read, notes)
    _remark(images, kept, notes)
    progress("reading images", 1.0)
    return images, kept


def _decoded(
    names: Sequence[str], read: Read, image_size: int, channels: int
) -> Iterator[tuple[str, DecodedImage | Reason]]:
    """Each name with its picture, or why there is none, in order. Few files are in flight: memory stays bounded."""

    def decode_batch(batch: Sequence[str]) -> Batch:
        return [_decode_or_reason(name, read, image_size, channels) for name in batch]

    # Pillow releases the interpreter lock while it decodes and resizes, which pays for large pictures; batches keep the
    # cost of handing over small for tiny ones. Few workers, because each may hold a large picture.
    workers = min(4, os.cpu_count() or 1)
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    pending: deque[tuple[Sequence[str], Future[Batch]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for batch in batches:
                pending.append((batch, pool.submit(decode_batch, batch)))
                if len(pending) > 2 * workers:
                    yield from _finished(pending.popleft())
            while pending:
                yield from _finished(pending.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _finished(work: tuple[Sequence[str], Future[Batch]]) -> Iterator[tuple[str, DecodedImage | Reason]]:
    batch, future = work
    return zip(batch, future.result(), strict=True)


def _decode_or_reason(
    name: str, read: Read, image_size: int, channels: int, whites: Mapping[str, float] | None = None
) -> DecodedImage | Reason:
    data: bytes | None = None
    try:
        data = read(name)
        return decode(data, image_size, channels, whites)
    except UnreadableImage as error:
        if data is not None and error.reason is Reason.UNREADABLE:
            return why_unreadable(name, data)
        return error.reason
    except PermissionError:
        return Reason.DENIED
    except FileNotFoundError:
        return Reason.GONE
    except OSError:
        return Reason.UNREADABLE


def _scale_alike(
    images: Tensor, kept: Sequence[str], grays: Mapping[int, GrayLevels], read: Read, notes: Notes
) -> None:
    """Decode gray images again whose value of white differs from that of their set.

    A dark picture alone may look like a mask or like fewer bits; how bright the others are shows its values.
    """
    highest: dict[str, float] = {}
    for gray in grays.values():
        highest[gray.kind] = max(highest.get(gray.kind, 0.0), gray.highest)
    whites = {kind: white_of(kind, value) for kind, value in highest.items()}
    for index, gray in grays.items():
        if gray.white != whites[gray.kind]:
            again = _decode_or_reason(kept[index], read, images.shape[-1], images.shape[1], whites)
            if isinstance(again, DecodedImage):  # else the file has changed a moment ago
                images[index] = torch.from_numpy(again.pixels.copy())
        if is_brightened(GrayLevels(gray.kind, gray.highest, whites[gray.kind])):
            notes.add(Reason.BRIGHTENED, kept[index])


def _remark(images: Tensor, kept: Sequence[str], notes: Notes) -> None:
    """Note images that are equal to an earlier one or nearly of one color."""
    seen = set()
    contrasts = (images.amax((2, 3)).int() - images.amin((2, 3))).amax(1).tolist() if kept else []
    for name, pixels, contrast in zip(kept, images.numpy(), contrasts, strict=True):
        if contrast < MIN_CONTRAST:
            notes.add(Reason.ONE_COLOR, name)
        digest = hashlib.blake2b(pixels.tobytes(), digest_size=16).digest()
        if digest in seen:
            notes.add(Reason.EQUAL, name)
        seen.add(digest)
