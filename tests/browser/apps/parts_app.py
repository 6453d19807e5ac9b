"""Serves `parts_page.py` together with the routes that its parts need."""

from pathlib import Path

import streamlit as st

from pages.ui.messages import show_error
from pages.ui.routes import ROUTES

app = st.App(Path(__file__).with_name("parts_page.py"), routes=ROUTES, on_script_error=show_error)
