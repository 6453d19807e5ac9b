"""Streamlit entry point: `streamlit run app.py`. The pages are in `pages/`, everything else in `gan_core/`."""

from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

import gan_core.env  # noqa: F401  (before torch)
from gan_core.runs.service import shutdown_service
from gan_core.warmup import warm_up
from pages.components import assets
from pages.ui.messages import show_error
from pages.ui.routes import ROUTES, at_base_path


@asynccontextmanager
async def lifespan(_app: st.App):
    """Is ready before the port opens; stops training before the process ends."""
    warm_up()
    yield
    shutdown_service()


app = st.App(
    # Not this file: beside `pages/` Streamlit falls back to its own navigation when the first visit is a deep link.
    Path(__file__).parent / "pages" / "main.py",
    lifespan=lifespan,
    routes=at_base_path([*ROUTES, *assets.ROUTES], st.get_option("server.baseUrlPath")),
    on_script_error=show_error,
)
