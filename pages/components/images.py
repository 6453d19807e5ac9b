"""Groups of crisp pictures, each group with a title. Any picture can be opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from gan_core.images import data_uri, grid, png_bytes
from gan_core.latent import encode_vector
from pages.components.component import component

SPRITE_COLUMNS = 32

_component = component(
    __file__,
    '<div class="groups">\n</div>',
    "shared/sprite.css",
    "shared/cells.css",
)


@dataclass(frozen=True)
class Group:
    """Pictures that belong together.

    Attributes:
        title: Heading.
        note: Small print beside the heading; "" for none.
        images: uint8 (n, C, H, W).
        labels: Text alternative and tooltip of each picture, n of them.
    """

    title: str
    note: str
    images: Tensor
    labels: Sequence[str]


def image_groups(
    groups: Sequence[Group],
    *,
    key: str,
    label: str,
    columns: int,
    cell: int,
    narrow_cell: int,
    on_open: Callable[[int, int], None],
    vector: Tensor | None = None,
) -> None:
    """Draw the groups one after another, as many in a row as fit.

    Args:
        groups: In order; their images have one shape (C, H, W).
        key: Unique key of the component, as in Streamlit.
        label: Text alternative of the whole.
        columns: Pictures in a row of a group.
        cell: Largest size of a picture in CSS pixels.
        narrow_cell: The same on a phone.
        on_open: Called with the indices (group, picture) of the picture that was pressed.
        vector: The vector (size,) that the pictures were made from; it becomes `z` in the URL. None leaves that alone.
    """
    sizes = [len(group.images) for group in groups]

    def opened() -> None:
        place = st.session_state[key].get("opened")
        if isinstance(place, list) and len(place) == 2 and all(isinstance(index, int) for index in place):
            group, picture = place
            if 0 <= group < len(sizes) and 0 <= picture < sizes[group]:
                on_open(group, picture)

    images = torch.cat([group.images for group in groups])
    _component(
        key=key,
        on_opened_change=opened,
        data={
            # One picture for all: hundreds of small files would take longer to read than to draw.
            "sprite": data_uri(png_bytes(grid(images, SPRITE_COLUMNS, pad=0))),
            "columns": min(SPRITE_COLUMNS, len(images)),
            "width": images.shape[-1],
            "height": images.shape[-2],
            "in_row": columns,
            "cell": cell,
            "narrow_cell": narrow_cell,
            "label": label,
            "code": None if vector is None else encode_vector(vector),
            "groups": [{"title": group.title, "note": group.note, "labels": list(group.labels)} for group in groups],
        },
    )
