from dataclasses import replace

import pytest

from gan_core.errors import RunError
from gan_core.families import get_family
from gan_core.figures import curves_of, run_curves
from gan_core.models import shipped_recordings
from gan_core.runs import RunStore, load_recording, train
from tests.helpers.data import make_data


def test_the_curves_of_a_run_stand_side_by_side(monkeypatch):
    monkeypatch.setattr("gan_core.runs.active_run.load_dataset", lambda name, **options: make_data(64))
    run = train(family="vanilla", mlp_size="small", steps=30, batch_size=8, device="cpu", threads=1)
    figure = curves_of(run)
    titles = {trace.name: trace.xaxis for trace in figure.data if trace.name}
    assert titles["D(x)"] == titles["D(G(z))"] == "x2"
    assert "x" in titles.values()
    assert figure.layout.yaxis.title.text == "Loss"
    assert figure.to_dict()["data"] == curves_of(run.id, store=RunStore()).to_dict()["data"]


def test_the_curves_of_a_recording():
    assert curves_of(load_recording(shipped_recordings()[0])).data


def test_changes_are_marked_where_they_took_effect():
    recording = load_recording(shipped_recordings()[0])
    config = recording.run.config
    played = replace(recording, run=replace(recording.run, config=config.changed(7, lr_d=0.5).changed(9, n_critic=2)))
    figure = curves_of(played)
    assert sorted((line.x0, line.xref) for line in figure.layout.shapes) == [(7, "x"), (7, "x2"), (9, "x"), (9, "x2")]
    losses, _scores = run_curves(get_family(config.family), played.metrics(50), changes={7: "slower", 9: "twice"})
    (marks,) = [trace for trace in losses.data if trace.mode == "markers"]
    assert (list(marks.x), list(marks.hovertext)) == ([7, 9], ["slower", "twice"])


def test_an_unknown_run():
    with pytest.raises(RunError, match="there is no run"):
        curves_of("dcgan-mnist-000000")
