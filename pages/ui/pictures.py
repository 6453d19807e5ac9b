"""Small images, enlarged so that every pixel stays a sharp square."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st
from torch import Tensor

from gan_core.images import data_uri, png_bytes

LEGIBLE = 256  # pixels; without a `scale` the longer side grows to at least this


def picture(
    image: np.ndarray | Tensor,
    *,
    alt: str,
    scale: int | None = None,
    width: Literal["content", "stretch"] | int = "content",
    caption: str | None = None,
) -> None:
    """Show `image` without blur and without loss.

    Args:
        image: Uint8 (H, W) grey or (H, W, 3) RGB.
        alt: What the picture shows, for those who cannot see it.
        scale: Whole factor of enlargement; None chooses one that makes a small image legible.
        width: As in `st.image`.
        caption: Shown below.
    """
    pixels = image.cpu().numpy() if isinstance(image, Tensor) else image
    if scale is None:
        scale = -(-LEGIBLE // max(pixels.shape[:2]))  # division, rounded up
    # A data URI spares the browser a second request, and lives as long as the page.
    st.image(data_uri(png_bytes(pixels, scale)), alt=alt, width=width, caption=caption)
