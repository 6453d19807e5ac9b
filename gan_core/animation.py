"""Images one after another, as a GIF or MP4 file.

Frames are uint8 (T, H, W) grey or (T, H, W, 3) RGB, see `gan_core.images.to_image_arrays`.
"""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
from PIL import Image

from gan_core.errors import WorkshopError
from gan_core.images import ImageArray, enlarge, to_rgb


def gif_bytes(frames: ImageArray, rate: float, scale: int = 1) -> bytes:
    """A GIF that plays for ever.

    Args:
        frames: The image arrays, one after another.
        rate: Frames a second; GIF counts in hundredths of a second.
        scale: Whole factor by which each frame is enlarged.
    """
    first, *others = [Image.fromarray(enlarge(frame, scale)) for frame in frames]
    buffer = io.BytesIO()
    first.save(buffer, format="GIF", save_all=True, append_images=others, duration=round(100 / rate) * 10, loop=0)
    return buffer.getvalue()


def mp4_bytes(frames: ImageArray, rate: float, scale: int = 1) -> bytes:
    """An MP4 (H.264) that players everywhere can show. An odd last row or column is doubled: the format needs it.

    Args:
        frames: The image arrays, one after another.
        rate: Frames a second.
        scale: Whole factor by which each frame is enlarged.

    Raises:
        WorkshopError: If PyAV is not installed.
    """
    try:
        import av
    except ImportError:
        raise WorkshopError("MP4 needs one more package: pip install av") from None
    even = [_even(to_rgb(enlarge(frame, scale))) for frame in frames]
    height, width = even[0].shape[:2]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1  # training needs the cores
        stream.options = {"crf": "12"}  # nearly without loss; such small pictures stay small files
        for frame in even:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        file.mux(stream.encode())
    return buffer.getvalue()


def _even(image_array: ImageArray) -> ImageArray:
    """An RGB image array with an even height and width."""
    height, width, _ = image_array.shape
    return np.pad(image_array, [(0, height % 2), (0, width % 2), (0, 0)], mode="edge")
