"""The studio of a run on the Train page, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from gan_core.families import new_config
from gan_core.runs import Status, active_run, get_service
from pages.training.studio import change_lines
from pages.ui.routes import PAGES, TRAIN
from tests.helpers.data import make_data
from tests.helpers.runs import tiny

LONG = 60


@pytest.fixture(autouse=True)
def small_data(monkeypatch):
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))


@pytest.fixture
def paused():
    service = get_service()
    run = service.store.create(tiny(steps=60, checkpoint_every=2))
    service.step(run.id, 4)
    return service.wait(run.id, LONG)


def open_train(run_id: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.query_params["run"] = run_id
    app.run()
    return app.switch_page(TRAIN).run()


def htmls(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def knob(app: AppTest, name: str):
    return next(box for box in app.number_input if box.key and box.key.startswith(f"knob_{name}_"))


def test_d_alone_learns_and_it_is_undone(paused):
    app = open_train(paused.id)
    assert app.button(key=f"undo_{paused.id}").disabled
    app.button(key=f"move_10_{paused.id}").click().run()
    moved = get_service().wait(paused.id, LONG)
    assert (moved.status, moved.step) == (Status.PAUSED, 14)
    app.run()
    assert any("Steps 5 to 14, D only" in caption.value for caption in app.caption)
    assert htmls(app).count("<figure") == 16
    app.button(key=f"undo_{paused.id}").click().run()
    assert get_service().store.get(paused.id).step == 4
    assert app.button(key=f"undo_{paused.id}").disabled


def test_a_knob_is_turned_and_what_is_out_of_range_is_said(paused):
    app = open_train(paused.id)
    knob(app, f"{paused.id}_lr_d").set_value(5e-4)
    app.button(key=f"check_{paused.id}").click().run()
    config = get_service().store.get(paused.id).config
    assert [(change.step, change.settings) for change in config.changes] == [(4, {"lr_d": 5e-4})]
    assert any("After step 4: Learning rate of D 0.0002 → 0.0005" in caption.value for caption in app.caption)
    knob(app, f"{paused.id}_lr_d").set_value(-1.0)
    app.button(key=f"check_{paused.id}").click().run()
    assert "greater than 0" in app.toast[0].value
    assert get_service().store.get(paused.id).config == config


def test_a_fork_begins_where_it_was_told_to(paused):
    app = open_train(paused.id)
    app.selectbox(key=f"fork_step_{paused.id}").set_value(2)
    knob(app, f"{paused.id}_n_critic").set_value(3)
    app.button(key=f"call_split_{paused.id}").click().run()
    (forked,) = (run for run in get_service().store.list() if run.id != paused.id)
    assert app.query_params["run"] == forked.id
    assert [(change.step, change.settings) for change in forked.config.changes] == [(2, {"n_critic": 3})]
    assert get_service().wait(forked.id, LONG).step == 60
    app.run()
    assert not [button for button in app.button if button.key and button.key.startswith("move_")]  # it is finished


def test_changes_in_words():
    config = new_config("dcgan").changed(0, players="d").changed(5, players="both", label_smoothing=0.1)
    assert change_lines(config) == {
        0: "Who learns both → D only",
        5: "Who learns D only → both · Label smoothing 0 → 0.1",
    }
