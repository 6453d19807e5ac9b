"""The shared parts without a page around them, for the browser tests."""

from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

import pages.ui
from gan_core.errors import DataError
from pages.components.chart import live_chart
from pages.ui.pictures import picture


def curves(points: int) -> go.Figure:
    steps = np.arange(points)
    figure = go.Figure(layout={"xaxis": {"title": "step"}, "yaxis": {"title": "loss"}})
    figure.add_scatter(x=steps, y=np.exp(-steps / 30), name="generator")
    figure.add_scatter(x=steps, y=1 - np.exp(-steps / 50), name="discriminator")
    return figure


@st.fragment(run_every=0.5)
def growing_chart() -> None:
    st.session_state.points = st.session_state.get("points", 50) + 1
    live_chart(curves(st.session_state.points), key="growing", height=320, alt="Two curves that grow")


st.html(Path(pages.ui.__path__[0]) / "style.css")
st.title("Parts")
if st.query_params.get("chart") == "growing":
    growing_chart()
else:
    live_chart(curves(100), key="still", height=320, alt="Two curves")
    st.slider("Amount", 0, 10, 5)
    st.tabs(["First", "Second"])

with st.container(horizontal=True):
    st.button("Again", type="primary")
    if st.button("Unknown file"):
        raise DataError("digits.zip: no such file; choose another one")
    if st.button("Bug"):
        raise RuntimeError("secret detail")

checkers = (np.indices((28, 28)).sum(axis=0) % 2 * 255).astype(np.uint8)
picture(checkers, alt="Checkers", caption="28 by 28 pixels")
picture(checkers, alt="Wide checkers", width="stretch")
