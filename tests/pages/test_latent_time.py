"""Through training, without a browser."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from gan_core.errors import Message
from gan_core.families import new_config
from gan_core.latent import encode_vector
from gan_core.runs import RunStore, Status, StoredRun, active_run, history, save_recording
from tests.helpers.data import make_data
from tests.helpers.pages import component, lines, visit
from tests.helpers.runs import begin

pytestmark = pytest.mark.usefixtures("models")

PAGES = Path(__file__).parents[2] / "pages"


@pytest.fixture
def run_id(monkeypatch) -> str:
    return trained(monkeypatch)


def trained(monkeypatch, *, steps: int = 12, pause_at: int | None = None) -> str:
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))
    options = {"latent_size": 5, "batch_size": 8, "threads": 1, "device": "cpu", "mlp_size": "small"}
    store = RunStore()
    run = store.create(new_config("vanilla", steps=steps, snapshot_every=4, **options))
    one = begin(store, run.id)
    one.train(60, steps=pause_at)
    if one.finished:
        one.complete()
    else:
        one.suspend(Status.PAUSED, Message("paused"))
    return run.id


def visit_in_frame(model: str) -> AppTest:
    """The page within the app, where links to other pages work."""
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.run()
    app.switch_page(str(PAGES / "latent.py"))
    app.query_params["model"] = model
    app.query_params["view"] = "time"
    app.run()
    assert not app.exception
    return app


def strip(app: AppTest, which: str = "one") -> dict:
    return component(app, f"time_{which}")


def birth(app: AppTest) -> dict:
    (heatmap,) = json.loads(component(app, "birth")["figure"])["data"]
    return heatmap


def test_the_vector_at_every_step_that_was_kept(run_id):
    data = strip(visit(view="time", model=run_id))
    assert data["steps"] == history.schedule(12)
    assert (data["vectors"], data["width"], data["step"]) == (1, 28, None)


def test_the_strip_shows_the_vector_in_hand(run_id):
    zero = encode_vector(torch.zeros(5))
    assert (
        strip(visit(view="time", model=run_id, z=zero))["sprite"] != strip(visit(view="time", model=run_id))["sprite"]
    )


def test_eight_vectors(run_id):
    app = visit(view="time", model=run_id)
    app.segmented_control(key="url_time").set_value("eight").run()
    assert app.query_params["time"] == "eight"
    assert strip(app, "eight")["vectors"] == 8


@pytest.mark.parametrize(("at", "step"), [("4", 4), ("nonsense", None), ("-3", None), ("9" * 40, None)])
def test_the_url_holds_the_step(run_id, at, step):
    assert strip(visit(view="time", model=run_id, at=at))["step"] == step


def test_a_paused_run_ends_with_its_present_generator(monkeypatch):
    run_id = trained(monkeypatch, steps=1000, pause_at=10)
    steps = strip(visit(view="time", model=run_id))["steps"]
    assert steps[-1] == 10
    assert steps[:-1] == [step for step in history.schedule(1000) if step <= 9]


def test_new_steps_keep_the_place_of_the_reader(monkeypatch):
    run_id = trained(monkeypatch, steps=100, pause_at=20)
    app = visit(view="time", model=run_id, at="5")
    before = strip(app)
    one = begin(RunStore(), run_id)
    one.train(60, steps=30)
    one.suspend(Status.PAUSED, Message("paused"))
    after = strip(app.run())
    assert len(after["steps"]) > len(before["steps"])
    assert after["step"] == before["step"] == 5


def test_the_birth_of_entries_has_all_entries_at_all_steps(run_id):
    app = visit(view="time", model=run_id)
    for _slice in range(50):
        if len(birth(app)["x"]) == len(history.schedule(12)):
            break
        app.run()
    heatmap = birth(app)
    assert len(heatmap["x"]) == len(history.schedule(12))
    assert sorted(heatmap["y"]) == [f"entry {n}" for n in range(5)]


def test_a_generator_that_is_gone_or_damaged_is_left_out(run_id):
    folder = RunStore().folder(run_id)
    history.FILES.path_of(folder, 4).write_bytes(b"damaged")
    steps = strip(visit(view="time", model=run_id))["steps"]
    assert steps == [step for step in history.schedule(12) if step != 4]


def test_a_shipped_model_offers_the_newest_run(run_id):
    app = visit_in_frame("big")
    assert "Only a run that was trained here" in lines(app)
    app.button(key="newest_run").click().run()
    assert app.query_params["model"] == run_id
    assert strip(app)["steps"][0] == 0


def test_a_shipped_model_shows_what_was_recorded(run_id, models):
    save_recording(StoredRun(RunStore(), run_id), models / "big.recording.npz")  # keeps fewer later on
    app = visit_in_frame("big")
    assert "were recorded" in lines(app)
    data = strip(app, "recorded")
    assert (data["vectors"], data["steps"]) == (8, [0, 4, 12])


def test_a_run_from_before_there_was_a_history_shows_its_snapshots(run_id):
    shutil.rmtree(RunStore().folder(run_id) / history.FILES.folder)
    data = strip(visit_in_frame(run_id), "recorded")
    assert (data["vectors"], data["steps"]) == (8, [0, 4, 8, 12])


def test_without_any_run_there_is_the_offer_to_train_one():
    app = visit_in_frame("big")
    assert [link.proto.label for link in app.get("page_link")] == ["Train one"]
    assert [button for button in app.button if button.key == "newest_run"] == []
