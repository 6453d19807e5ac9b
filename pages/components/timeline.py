"""The same vectors at different steps of the training: pictures, a slider through time, and a strip of all steps.

Moving through time needs no server: the browser has all pictures. The position is kept as a training step, not as an
index, so that new steps arriving at the end move nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
import torch
from torch import Tensor

from gan_core.images import data_uri, grid, png_bytes
from pages.components.component import component
from pages.ui.text import _

_component = component(
    __file__,
    """
<div class="time">
  <div class="now" role="img"></div>
  <div class="controls">
    <button type="button" class="play"></button>
    <input type="range" min="0" step="1">
    <output></output>
  </div>
  <div class="frame"><div class="strip" aria-hidden="true"><div class="mark"></div></div></div>
</div>
""",
    "shared/sprite.css",
    "shared/controls.css",
)


def timeline_strip(
    images: Tensor, steps: Sequence[int], step: int | None, *, key: str, on_step: Callable[[int | None], None]
) -> None:
    """Draw the strip.

    Args:
        images: Uint8 (V, T, C, H, W), each vector at each step.
        steps: The T steps, increasing.
        step: The step that is shown; None follows the newest.
        key: Unique key of the component, as in Streamlit.
        on_step: Called with the step that the reader chose, None at the end of the row.
    """
    vectors, times, _channels, height, width = images.shape
    counter = f"{key}_received"

    def moved() -> None:
        message = st.session_state[key].get("moved")
        if not isinstance(message, dict) or not isinstance(message.get("count"), int):
            return
        st.session_state[counter] = message["count"]
        wanted = message.get("step")
        # The row of a run in training changes meanwhile; the browser shows the nearest step that is left.
        if wanted is None or (isinstance(wanted, int) and wanted >= 0):
            on_step(wanted)

    _component(
        key=key,
        on_moved_change=moved,
        data={
            "sprite": data_uri(png_bytes(grid(images.flatten(0, 1), times, pad=0))),
            "vectors": vectors,
            "steps": list(steps),
            "width": width,
            "height": height,
            "step": step,
            "received": st.session_state.get(counter, 0),
            "words": {
                "step": _("step {n}"),
                "slider": _("Training step"),
                "play": _("Play"),
                "stop": _("Stop"),
                "now": _("What the generator drew at step {n}"),
            },
        },
    )


def as_rows(images: Sequence[Tensor]) -> Tensor:
    """Pictures (V, C, H, W) of each of T steps as (V, T, C, H, W)."""
    return torch.stack(list(images), dim=1)
