"""Small pictures in rows, each with a line below it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st
from torch import Tensor

from gan_core.images import data_uri, png_bytes, to_image_array

SIDE = 56  # CSS pixels of a picture, about
STYLE = """
<style>
.captioned {display: flex; flex-wrap: wrap; gap: 0.5rem;}
.captioned figure {margin: 0; text-align: center; font-size: 0.75rem; font-variant-numeric: tabular-nums;}
.captioned img {display: block; image-rendering: pixelated; background: #808080;}
</style>
"""


def captioned(images: Tensor, alt: str, captions: Sequence[str] = ()) -> None:
    """Show images side by side, as many in a row as fit.

    Args:
        images: uint8 (N, C, H, W).
        alt: What each shows, with a place for its number, "{n}".
        captions: The line below each; empty for none.
    """
    side = images.shape[-1] * max(1, round(SIDE / images.shape[-1]))
    figures = []
    for place, image in enumerate(images):
        source = data_uri(png_bytes(to_image_array(image)))
        line = f"<figcaption>{escape(captions[place])}</figcaption>" if captions else ""
        text = escape(alt.format(n=place + 1), quote=True)
        figures.append(f'<figure><img src="{source}" alt="{text}" width="{side}" height="{side}">{line}</figure>')
    st.html(f'{STYLE}<div class="captioned">{"".join(figures)}</div>')
