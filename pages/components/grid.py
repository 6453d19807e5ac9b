"""A traversal as a table of pictures: rows are entries and their values, columns base vectors. Each can be opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from gan_core.images import data_uri, grid, png_bytes
from gan_core.latent import Traversal, labelled_traversal
from pages.components.component import component
from pages.ui.text import _, number_text

_component = component(
    __file__,
    """
<div class="layout">
  <div class="frame"></div>
  <figure class="preview" aria-hidden="true"></figure>
</div>
""",
    "shared/sprite.css",
    "shared/cells.css",
)


def traversal_grid(
    sheet: Traversal,
    *,
    key: str,
    names: Sequence[str],
    headings: Sequence[str],
    on_open: Callable[[int, int, int], None],
) -> None:
    """Draw a traversal.

    Args:
        sheet: Its images are uint8 (entries, values, columns, C, H, W).
        key: Unique key of the component, as in Streamlit.
        names: Translated names of its entries.
        headings: Headings of its columns.
        on_open: Called with the indices (entry, value, column) of the picture that was pressed.
    """
    entries, values, columns, _channels, height, width = sheet.images.shape

    def opened() -> None:
        place = st.session_state[key].get("opened")
        if _within(place, (entries, values, columns)):
            on_open(*place)

    _component(
        key=key,
        on_opened_change=opened,
        data={
            # One picture for all cells: a hundred small files would take longer to read than to draw.
            "sprite": data_uri(png_bytes(grid(sheet.images.flatten(0, 2), columns, pad=0))),
            "width": width,
            "height": height,
            "names": list(names),
            "values": [number_text(value, ".4g") for value in sheet.values],
            "headings": list(headings),
            "words": {"cell": _("{name} = {value}, vector {column}"), "table": _("Latent sheet")},
        },
    )


def traversal_png_button(sheet: Traversal, file_name: str, *, key: str) -> None:
    """Offer a labelled traversal as a PNG file, which is drawn when the button is pressed.

    Args:
        sheet: The traversal.
        file_name: Of the download.
        key: Unique key of the button.
    """
    st.download_button(
        _("Picture (PNG)"),
        data=lambda: png_bytes(labelled_traversal(sheet)),
        file_name=file_name,
        mime="image/png",
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def _within(place: object, sizes: tuple[int, ...]) -> bool:
    """Whether what came from a browser is an index of each size."""
    return (
        isinstance(place, list)
        and len(place) == len(sizes)
        and all(isinstance(index, int) and 0 <= index < size for index, size in zip(place, sizes, strict=True))
    )
