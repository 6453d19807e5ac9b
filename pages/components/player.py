"""An animation in a loop. The browser has all frames, so it needs no server while it plays."""

from __future__ import annotations

from torch import Tensor

from gan_core.images import data_uri, grid, png_bytes
from pages.components.component import component
from pages.ui.text import _

SPRITE_COLUMNS = 16
_component = component(
    __file__,
    """
<figure class="player">
  <div class="picture" role="img"></div>
  <figcaption>
    <button type="button" class="play"></button>
    <input type="range" class="place" min="0" value="0" step="1">
  </figcaption>
</figure>
""",
    "shared/sprite.css",
    "shared/controls.css",
)


def animation_player(images: Tensor, *, key: str, rate: int, alt: str) -> None:
    """Play images in a loop.

    Args:
        images: Uint8 (T, C, H, W).
        key: Unique key of the component, as in Streamlit.
        rate: Frames a second.
        alt: Text alternative.
    """
    count, _channels, height, width = images.shape
    _component(
        key=key,
        data={
            "sprite": data_uri(png_bytes(grid(images, SPRITE_COLUMNS, pad=0))),
            "count": count,
            "columns": min(SPRITE_COLUMNS, count),
            "width": width,
            "height": height,
            "rate": rate,
            "words": {"alt": alt, "play": _("Play"), "pause": _("Pause"), "place": _("Frame")},
        },
    )
