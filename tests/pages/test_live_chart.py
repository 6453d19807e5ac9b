"""What the live chart sends to the browser. What the browser makes of it is tested in tests/browser/."""

import json

from streamlit.testing.v1 import AppTest


def draw():
    import numpy as np
    import plotly.graph_objects as go

    from pages.components.chart import live_chart

    figure = go.Figure(go.Scatter(y=np.array([1.0, np.nan, 3.0]), name="loss"), layout={"width": 100, "height": 50})
    live_chart(figure, key="chart", height=200, alt="One curve")


def sent() -> dict:
    app = AppTest.from_function(draw, default_timeout=30).run()
    assert not app.exception
    return json.loads(app.get("bidi_component")[0].proto.json)


def test_the_figure_travels_without_template_and_size():
    figure = json.loads(sent()["figure"])
    assert figure["layout"] == {}
    assert figure["data"][0]["name"] == "loss"


def test_height_text_and_script_travel_too():
    data = sent()
    assert data["height"] == 200
    assert data["alt"] == "One curve"
    assert data["script"].startswith("vendor/plotly.min.js?v=")


def test_the_callers_figure_is_left_as_it_was():
    import plotly.graph_objects as go

    from pages.components.chart import browser_json

    figure = go.Figure(layout={"width": 100})
    browser_json(figure)
    assert figure.layout.width == 100
    assert figure.layout.template.layout.colorway
