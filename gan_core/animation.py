"""Pictures one after another, as a GIF or MP4 file.

Pictures are uint8 (T, H, W) grey or (T, H, W, 3) RGB, see `gan_core.images.to_arrays`.
"""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
from PIL import Image

from gan_core.errors import WorkshopError
from gan_core.images import enlarge


def gif_bytes(pictures: np.ndarray, rate: float, scale: int = 1) -> bytes:
    """A GIF that plays for ever. rate: pictures a second; GIF counts in hundredths of a second."""
    frames = [Image.fromarray(enlarge(picture, scale)) for picture in pictures]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, format="GIF", save_all=True, append_images=frames[1:], duration=round(100 / rate) * 10, loop=0
    )
    return buffer.getvalue()


def mp4_bytes(pictures: np.ndarray, rate: float, scale: int = 1) -> bytes:
    """An MP4 (H.264) that players everywhere can show. An odd last row or column is doubled: the format needs it.

    rate: pictures a second
    Raises `WorkshopError` when the package it takes is not installed.
    """
    try:
        import av
    except ImportError:
        raise WorkshopError("MP4 needs one more package: pip install av") from None
    frames = [_even(enlarge(picture, scale)) for picture in pictures]
    height, width = frames[0].shape[:2]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=Fraction(rate).limit_denominator(1000))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1  # training needs the cores
        stream.options = {"crf": "12"}  # nearly without loss; such small pictures stay small files
        for frame in frames:
            rgb = np.ascontiguousarray(frame if frame.ndim == 3 else np.repeat(frame[:, :, None], 3, axis=2))
            file.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        file.mux(stream.encode())
    return buffer.getvalue()


def _even(picture: np.ndarray) -> np.ndarray:
    """The picture with an even height and width."""
    height, width = picture.shape[:2]
    padding = [(0, height % 2), (0, width % 2)] + [(0, 0)] * (picture.ndim - 2)
    return np.pad(picture, padding, mode="edge")
