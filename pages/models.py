"""Models: those that ship with the workshop, imported ones, and what was trained here."""

import streamlit as st

from gan_core.models.library import delete_imported, imported, shipped
from pages.library.actions import can_be_read_again, card_button, delete_button, download_menu, more_menu
from pages.library.cards import explore_link, model_grid, title_of
from pages.library.imports import change_reading_button, import_panel
from pages.library.run_cards import run_grid
from pages.ui.routes import TRAIN
from pages.ui.service import get_service
from pages.ui.sources import Source
from pages.ui.text import _


def shipped_footer(source: Source) -> None:
    """What can be done with a model that ships with the workshop."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        explore_link(source)
        card_button(source)
        download_menu(source)


def imported_footer(source: Source) -> None:
    """What can be done with an imported model."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        explore_link(source)
        card_button(source)
        download_menu(source)
        with more_menu(source.ref):
            if can_be_read_again(source):
                change_reading_button(source)
            delete_button(source.ref, title_of(source), delete_imported)


st.title(_("Models"))
st.write(_("Keep, compare and exchange trained generators."))

st.header(_("Ships with the workshop"))
if names := shipped():
    model_grid(names, footer=shipped_footer)
else:
    st.caption(_("No model ships with this copy of the workshop."))

st.header(_("Imported"))
# A file that was put there by hand under a shipped name cannot be opened: the shipped model comes first.
if names := [name for name in imported() if name not in shipped()]:
    model_grid(names, footer=imported_footer)
else:
    st.caption(_("Nothing yet. Bring a generator that you or somebody else trained elsewhere."))
import_panel()

st.header(_("Your runs"))
service = get_service()
if runs := service.store.list():
    run_grid(service, runs)
else:
    st.caption(_("No runs yet. Train your first GAN, it takes a minute."))
    st.page_link(TRAIN, label=_("Train"), icon=":material/model_training:")
