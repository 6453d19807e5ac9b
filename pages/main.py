"""The frame around every page: title bar, navigation, language. Streamlit runs it before the page itself."""

from pathlib import Path

import streamlit as st

from pages.ui.text import _, language_switch

PAGES = Path(__file__).parent
UI = PAGES / "ui"
ICON = str(UI / "icon.svg")

st.set_page_config(page_icon=ICON, layout="wide")
st.logo(ICON, size="large")
st.html(UI / "style.css")
language_switch()

page = st.navigation(
    [
        st.Page(PAGES / "home.py", title=_("Home"), icon=":material/home:", default=True),
        st.Page(PAGES / "train.py", title=_("Train"), icon=":material/model_training:", url_path="train"),
        st.Page(PAGES / "pictures.py", title=_("Your pictures"), icon=":material/photo_library:", url_path="pictures"),
        st.Page(PAGES / "latent.py", title=_("Latent space"), icon=":material/tune:", url_path="latent"),
        st.Page(PAGES / "models.py", title=_("Models"), icon=":material/inventory_2:", url_path="models"),
        st.Page(PAGES / "inside.py", title=_("Inside a run"), url_path="inside", visibility="hidden"),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} · GAN Workshop")
page.run()
