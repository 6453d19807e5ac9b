"""Readings of quality in the record of a run."""

import sqlite3
from itertools import pairwise

import pytest

from gan_core.errors import RunError
from gan_core.evaluation import OnlineEvaluator, QualitySample
from gan_core.evaluation.classifier import Classifier
from gan_core.evaluation.judge import Judge
from gan_core.runs import RunStore, StoredRun, load_recording, recorder, save_recording, snapshots
from tests.helpers.data import make_data
from tests.helpers.runs import begin, tiny
from tests.runs.test_active_run import curves, train, work_to_end


def reading(step: int) -> QualitySample:
    return QualitySample(step, 512, 30.5, 9.25, {"a": 0.75, "b": 0.25}, 0.875, None)


@pytest.fixture
def metered(monkeypatch):
    """Every run has a meter, whatever it costs."""
    data = make_data(1200)
    classifier = Classifier(1, 28, 10).eval()
    judge = Judge("test", classifier, classifier)

    def meter(_data, latent, *, device, seed):
        return OnlineEvaluator(data, judge, latent, device=device, seed=seed)

    monkeypatch.setattr(recorder, "online_evaluator", meter)
    monkeypatch.setattr(OnlineEvaluator, "within_budget", lambda self, trained: True)


def test_readings_come_back_in_order(store):
    run = store.create(tiny())
    assert store.readings(run.id) == []
    for step in (20, 0, 10, 10):
        store.add_reading(run.id, reading(step))
    assert store.readings(run.id) == StoredRun(store, run.id).readings() == [reading(0), reading(10), reading(20)]
    store.truncate(run.id, 10)
    assert [one.step for one in store.readings(run.id)] == [0, 10]
    store.delete(run.id)
    with pytest.raises(RunError, match="there is no run"):
        store.readings(run.id)


def test_of_too_many_those_that_are_missed_least_go(store, monkeypatch):
    monkeypatch.setattr(snapshots, "MAX_READINGS", 5)
    run = store.create(tiny())
    for step in range(0, 100, 10):
        store.add_reading(run.id, reading(step))
    kept = [one.step for one in store.readings(run.id)]
    assert len(kept) == 5
    assert (kept[0], kept[-1]) == (0, 90)
    assert max(later - earlier for earlier, later in pairwise(kept)) <= 40


def test_a_record_of_before_there_were_readings_can_be_read(store):
    run = store.create(tiny())
    store.close()
    with sqlite3.connect(store.root / "runs.sqlite") as connection:
        connection.execute("DROP TABLE readings")
    connection.close()
    again = RunStore(store.root)
    assert again.get(run.id) == run
    assert again.readings(run.id) == []


def test_a_run_is_read_at_its_snapshots_and_at_its_end(store, metered):
    run = train(store, tiny("cgan", steps=25))
    found = store.readings(run.id)
    assert [one.step for one in found] == [0, 10, 20, 25]
    assert all(one.conditional_accuracy is not None for one in found)


def test_reading_does_not_change_the_training(store, metered, monkeypatch):
    read = train(store, tiny(steps=25))
    monkeypatch.setattr(recorder, "online_evaluator", lambda *arguments, **options: None)
    unread = train(store, tiny(steps=25))
    assert store.readings(unread.id) == []
    assert curves(store, read) == curves(store, unread)


def test_a_run_that_cannot_afford_it_is_read_at_its_end_only(store, metered, monkeypatch):
    monkeypatch.setattr(OnlineEvaluator, "within_budget", lambda self, trained: False)
    run = train(store, tiny(steps=25))
    assert [one.step for one in store.readings(run.id)] == [25]


def test_a_resumed_run_forgets_what_comes_after_its_checkpoint(store, metered):
    run = store.create(tiny(steps=40))
    lost = begin(store, run.id)
    lost.train(60, steps=35)
    lost.close()  # as the operating system does
    one = begin(store, run.id)
    assert [found.step for found in store.readings(run.id)] == [0, 10, 20]
    work_to_end(one)
    assert [found.step for found in store.readings(run.id)] == [0, 10, 20, 30, 40]


def test_a_recording_has_the_readings_of_its_run(store, metered, tmp_path):
    run = train(store, tiny(steps=20))
    path = tmp_path / "run.recording.npz"
    save_recording(StoredRun(store, run.id), path)
    assert load_recording(path).readings() == store.readings(run.id)
