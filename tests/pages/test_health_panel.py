"""The line on the health of a run, its suggestions, and the chart of readings, on recorded runs put into a store."""

import json

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from gan_core.runs import Run, Status, active_run, get_service
from gan_core.training import MetricRows
from pages.ui.routes import PAGES, TRAIN
from tests.helpers.data import make_data
from tests.helpers.recordings import Recorded, load


@pytest.fixture(autouse=True)
def small_data(monkeypatch):
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))


def keep(recorded: Recorded, *, status: Status = Status.FINISHED) -> Run:
    """A run in the store as it would be after such a training."""
    store = get_service().store
    run = store.create(recorded.config)
    names = tuple(recorded.curves)
    last = recorded.last_step if len(recorded.curves[names[0]].steps) > 1 else 1
    steps = np.arange(1, last + 1)
    curves = [np.interp(steps, curve.steps, curve.values) for curve in recorded.curves.values()]
    store.append_metrics(run.id, MetricRows(names, steps, np.stack(curves, axis=1).astype(np.float32)))
    for reading in recorded.readings:
        store.add_reading(run.id, reading)
    store.add_snapshot(run.id, last, torch.zeros(4, 1, 28, 28, dtype=torch.uint8), 2)
    return store.update(run.id, step=last, status=status, error=recorded.error)


def open_run(run: Run, language: str = "en-US") -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.context = {"locale": language}
    app.query_params["run"] = run.id
    app.run()
    app = app.switch_page(TRAIN).run()
    assert not app.exception
    return app


def health_of(app: AppTest):
    return next(expander for expander in app.expander if expander.label.startswith(":"))


def charts(app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.json) for chart in app.get("bidi_component")]


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("healthy-dcgan-0", "Healthy"),
        ("broken-collapse-0", "Mode collapse"),
        ("broken-d_winning-0", "The discriminator is winning"),
        ("broken-vanishing-0", "gradient has vanished"),
        ("broken-exploding-0", "exploding"),
        ("broken-nan-0", "no longer finite"),
    ],
)
def test_the_line_says_how_the_run_is_doing(name, headline):
    line = health_of(open_run(keep(load(name))))
    assert headline in line.label
    assert line.markdown[0].value.startswith("- ")
    assert bool(line.button) == name.startswith("broken")


def test_the_evidence_names_the_missing_classes():
    line = health_of(open_run(keep(load("broken-collapse-0"))))
    assert "Hardly ever drawn: " in line.markdown[0].value


def test_a_remedy_starts_a_new_run_with_the_changed_config():
    run = keep(load("broken-exploding-0"))
    app = open_run(run)
    app.button(key=f"suggestion_0_{run.id}").click().run()
    assert not app.exception
    new = next(other for other in get_service().store.list() if other.id != run.id)
    assert run.config.differences(new.config) == {"weight_clip": (10.0, 0.05)}
    assert app.query_params["run"] == new.id
    get_service().stop(new.id)
    get_service().wait(new.id, 60)


def test_readings_are_drawn_beside_the_losses():
    app = open_run(keep(load("healthy-dcgan-0")))
    chart = next(chart for chart in charts(app) if "classes drawn" in chart["alt"])
    assert "10 of 10 classes drawn" in chart["alt"]
    assert [trace["name"] for trace in json.loads(chart["figure"])["data"]] == [
        *("Fréchet distance", "Variety", "Classes drawn", "Real pictures")
    ]


def test_without_readings_there_is_no_such_chart():
    recorded = load("healthy-dcgan-0")
    recorded.readings.clear()
    assert not [chart for chart in charts(open_run(keep(recorded))) if "classes drawn" in chart["alt"]]


def test_the_line_is_translated():
    line = health_of(open_run(keep(load("broken-collapse-0")), "zh-CN"))
    assert "模式崩溃" in line.label
    assert "几乎从不画" in line.markdown[0].value


def test_nothing_is_said_of_a_run_that_has_not_begun():
    run = get_service().store.create(load("healthy-dcgan-0").config)
    labels = [expander.label for expander in open_run(run).expander]
    assert not [label for label in labels if "Too early" in label or "Healthy" in label]
