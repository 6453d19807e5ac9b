"""The page that looks into a run, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from gan_core.runs import active_run, get_service
from pages.ui.routes import INSIDE, PAGES
from tests.helpers.data import make_data
from tests.helpers.runs import begin, tiny


@pytest.fixture(autouse=True)
def small_data(monkeypatch, one_thread):
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))


def trained(family="vanilla", **options):
    store = get_service().store
    run = store.create(tiny(family, **options))
    active = begin(store, run.id)
    active.train(steps=2)
    active.save_if_needed()
    active.close()
    return run


def visit(**query) -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.query_params.update(query)
    app.run()
    app.switch_page(INSIDE).run()
    assert not app.exception
    return app


def htmls(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def heading(app: AppTest) -> str:
    return next(text.value for text in app.markdown if text.value.startswith("####"))


def test_without_a_run_it_says_so():
    app = visit()
    assert "There is no run yet" in htmls(app)


def test_next_and_back_go_through_every_sub_step():
    run = trained()
    app = visit(run=run.id)
    assert "Iteration 3" in app.caption[0].value
    seen = [heading(app)]
    while not app.button(key="motion_Right").disabled:
        app.button(key="motion_Right").click().run()
        assert not app.exception
        seen.append(heading(app))
    assert seen == [
        *(f"#### Discriminator: {what}" for what in ("Real pictures", "Draw z", "Make fakes", "Score real")),
        *(f"#### Discriminator: {what}" for what in ("Score fakes", "Loss", "Gradient", "Update")),
        *(f"#### Generator: {what}" for what in ("Score fakes", "Loss", "Gradient", "Update", "Average")),
    ]
    app.button(key="motion_Left").click().run()
    assert heading(app) == "#### Generator: Update"
    assert app.query_params["sub"] == "11"


def test_the_rail_jumps_and_a_link_opens_a_sub_step():
    app = visit(run=trained("wgan", base_channels=4).id, sub="5")
    assert heading(app) == "#### Discriminator, update 1: Loss"
    assert any(r"\overline{D(G(z))} - \overline{D(x)}" in latex.value for latex in app.latex)
    assert any("losses.wasserstein_discriminator_loss(real_scores" in code.value for code in app.code)
    app.segmented_control(key="motion_kind").set_value(8).run()  # among the sub-steps of this update
    assert heading(app) == "#### Discriminator, update 1: Constraint"
    app.segmented_control(key="motion_phase").set_value(45).run()  # the players
    assert heading(app) == "#### Generator: Score fakes"


def test_the_words_of_the_family_stand_over_the_parts_of_its_loss():
    app = visit(run=trained("wgan_gp", base_channels=4, n_critic=1).id, sub="5")
    assert {"**adversarial**", "**gradient penalty**"} <= {text.value for text in app.markdown}


def test_data_that_changed_is_one_plain_line(monkeypatch):
    run = trained()
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(48))
    monkeypatch.setattr("pages.inspection.motion._data", lambda *_: make_data(48))
    app = visit(run=run.id)
    assert "the dataset had 64 images, now it has 48" in htmls(app)


def test_a_run_that_is_gone_is_replaced():
    kept = trained()
    app = visit(run="vanilla-strokes-000000")
    assert "That run is not here any more" in htmls(app)
    assert app.query_params["run"] == kept.id


def test_a_run_in_training_does_not_change_under_the_reader():
    store = get_service().store
    active = begin(store, store.create(tiny()).id)
    try:
        active.train(steps=2)
        active.save()
        app = visit()
        assert "Tell the newest iteration" not in [button.label for button in app.button]
        active.train(steps=3)
        active.save()
        app.run()
        assert "Iteration 3" in app.caption[0].value
        next(button for button in app.button if button.label == "Tell the newest iteration").click().run()
        assert "Iteration 6" in app.caption[0].value
    finally:
        active.close()
