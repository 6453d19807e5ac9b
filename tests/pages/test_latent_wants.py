"""The view of what D wants, without a browser."""

import pytest

from tests.helpers.pages import lines, save_tiny, visit


@pytest.fixture(autouse=True)
def shown(models):
    return models


def bold(app):
    return [text.value for text in app.markdown if text.value.startswith("**")]


def test_the_pictures_follow_what_d_wants():
    app = visit(model="big", view="wants", followed="3")
    assert bold(app) == [
        "**As the generator draws them**",
        "**After 3 steps that D wants, without the generator**",
        "**What D wants of them**",
        "**What the layers see**",
    ]
    own, after, wanted = (each.proto.body for each in app.get("html") if "captioned" in each.proto.body)
    assert [html.count("<figure>") for html in (own, after, wanted)] == [8, 8, 8]
    assert own.count("<figcaption>0.") == after.count("<figcaption>0.") == 8
    assert "<figcaption>" not in wanted
    app.slider(key="url_followed").set_value(0).run()
    assert len(bold(app)) == 3
    assert app.query_params["followed"] == "0"


def test_a_link_opens_a_layer_of_either_network():
    app = visit(model="classes", view="wants", network="g", layer="layers.0", fake="3")
    assert app.selectbox(key="url_layer").value == "layers.0"
    assert app.selectbox(key="url_layer").options[0] == "Linear · 16"
    assert app.number_input(key="url_fake").value == 3
    app.segmented_control(key="url_network").set_value("d").run()
    assert not app.exception
    assert app.selectbox(key="url_layer").options == ["Linear · 8", "LeakyReLU · 8"]


def test_a_model_without_a_discriminator_shows_the_layers_of_its_generator(shown):
    save_tiny(shown, "alone", 12, discriminator=False)
    app = visit(model="alone", view="wants")
    assert "without a discriminator" in lines(app)
    assert app.selectbox(key="url_layer").options[-1] == "Tanh · 784"
