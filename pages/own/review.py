"""Looking through the pictures: removing some, taking that back, and sorting them into classes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gan_core.data.collection import Collection
from pages.components.sorter import picture_sorter
from pages.own.collect import attempt
from pages.ui.messages import note_line
from pages.ui.text import _

SIDE, SMALL_SIDE = 48, 28  # pixels of a picture, and of one of many
MANY = 400


def review(collection: Collection) -> None:
    """Show what there is, sorted into classes."""
    pictures = collection.pictures
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(_("**Pictures: {n}**").format(n=len(pictures.pictures)))
        st.button(
            _("Undo"),
            icon=":material/undo:",
            key="own_undo",
            disabled=not collection.can_undo,
            on_click=collection.undo,
        )
        # Pictures of another browser, such as a phone's, are seen at the next run of the page.
        st.button(_("Look again"), icon=":material/refresh:", type="tertiary", key="own_refresh")
    if not pictures.pictures:
        note_line(_("Nothing here yet. A hundred digits or forty drawings are enough for a first try."))
        return
    picture_sorter(
        pictures,
        pixels(collection),
        key="own_sorter",
        on_sort=lambda names, label: attempt(collection.sort, names, label),
        on_remove=lambda names: attempt(collection.remove, names),
        on_remove_class=lambda label: attempt(collection.remove_class, label),
    )


def pixels(collection: Collection) -> np.ndarray:
    """All pictures, uint8 (N, side, side, 3), smaller ones where there are many."""
    names = tuple(picture.name for picture in collection.pictures.pictures)
    return _pixels(collection.code, names, SIDE if len(names) <= MANY else SMALL_SIDE)


@st.cache_data(max_entries=16, show_spinner=False)
def _pixels(code: str, names: tuple[str, ...], side: int) -> np.ndarray:
    """Names decide what is in the files, so they are the key of the cache."""
    return Collection(code).pixels(side)
