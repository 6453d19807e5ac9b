"""Serves `parts_page.py` together with the routes that its parts need."""

from pathlib import Path

import streamlit as st

from pages.components import assets
from pages.ui.messages import show_error
from pages.ui.routes import ROUTES, at_base_path

app = st.App(
    Path(__file__).with_name("parts_page.py"),
    routes=at_base_path([*ROUTES, *assets.ROUTES], st.get_option("server.baseUrlPath")),
    on_script_error=show_error,
)
