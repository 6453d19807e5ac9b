"""The view of what D wants, without a browser."""

import pytest

from gan_core.runs import active_run, get_service
from tests.helpers.data import make_data
from tests.helpers.pages import lines, save_tiny, visit
from tests.helpers.runs import begin, tiny


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
    own, after, wanted = pictures(app)
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


def test_an_earlier_generator_of_a_run_is_judged_by_its_newest_discriminator(monkeypatch, one_thread):
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))
    store = get_service().store
    run = store.create(tiny(steps=4))
    active = begin(store, run.id)
    active.train()
    active.complete()
    app = visit(model=run.id, view="wants", followed="0")
    assert app.select_slider(key="wants_step").value == 4
    now = pictures(app)
    app.select_slider(key="wants_step").set_value(0).run()
    assert not app.exception
    assert app.query_params["at"] == "0"
    assert pictures(app)[0] != now[0]


def pictures(app):
    return [each.proto.body for each in app.get("html") if "captioned" in each.proto.body]


def test_a_model_without_a_discriminator_shows_the_layers_of_its_generator(shown):
    save_tiny(shown, "alone", 12, discriminator=False)
    app = visit(model="alone", view="wants")
    assert "without a discriminator" in lines(app)
    assert app.selectbox(key="url_layer").options[-1] == "Tanh · 784"
