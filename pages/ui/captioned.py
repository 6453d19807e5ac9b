"""Small pictures in rows, each with a line below it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from gan_core.images import ImageArray, data_uri, png_bytes

SIDE = 56  # CSS pixels of a picture, about
STYLE = """
<style>
.captioned {display: flex; flex-wrap: wrap; gap: 0.5rem;}
.captioned figure {margin: 0; text-align: center; font-size: 0.75rem; font-variant-numeric: tabular-nums;}
.captioned img {display: block; image-rendering: pixelated; background: #808080;}
</style>
"""


def captioned(pictures: Sequence[ImageArray], alt: str, captions: Sequence[str] = (), *, side: int = SIDE) -> None:
    """Show pictures side by side, as many in a row as fit.

    Args:
        pictures: Uint8 (S, S) grey or (S, S, 3) RGB, of one size.
        alt: What each shows, with a place for its number, "{n}".
        captions: The line below each; empty for none.
        side: CSS pixels of a picture, about: each of its own pixels is a whole number of them.
    """
    side = len(pictures[0]) * max(1, round(side / len(pictures[0])))
    figures = []
    for place, picture in enumerate(pictures):
        source = data_uri(png_bytes(picture))
        line = f"<figcaption>{escape(captions[place])}</figcaption>" if captions else ""
        text = escape(alt.format(n=place + 1), quote=True)
        figures.append(f'<figure><img src="{source}" alt="{text}" width="{side}" height="{side}">{line}</figure>')
    st.html(f'{STYLE}<div class="captioned">{"".join(figures)}</div>')
