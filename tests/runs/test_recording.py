import numpy as np
import pytest
import torch

from gan_core.errors import CheckpointError, Message
from gan_core.models import shipped_recordings
from gan_core.runs import Level, StoredRun, active_run, load_recording, save_recording, train
from gan_core.runs.recording import MAX_SNAPSHOTS, _from_jpeg, _jpeg
from gan_core.runs.store import RunStore
from tests.helpers.data import make_data


@pytest.fixture
def view(monkeypatch):
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(64))
    options = {"mlp_size": "small", "batch_size": 8, "snapshot_every": 1, "steps": 60, "device": "cpu"}
    store = RunStore()
    return StoredRun(store, train(store=store, **options).id)


def test_a_recording_shows_what_the_run_showed(view, tmp_path):
    path = tmp_path / "run.recording.npz"
    save_recording(view, path)
    recording = load_recording(path)
    assert recording.run.config == view.run.config
    assert recording.run.step == 60
    curves = recording.metrics(600)
    for name, series in view.metrics(600).items():
        assert np.array_equal(series.steps, curves[name].steps)
        assert np.array_equal(series.values, curves[name].values)
    assert all(len(series.steps) <= 20 for series in recording.metrics(20).values())
    steps = recording.snapshot_steps()
    assert len(steps) <= MAX_SNAPSHOTS
    assert (steps[0], steps[-1]) == (0, 60)
    assert steps[2] - steps[1] < steps[-1] - steps[-2]  # dense where most happens
    for step in (steps[1], steps[-1]):
        assert (recording.snapshot(step).images == view.snapshot(step).images).all()
    assert recording.snapshot().step == 60


def test_snapshots_in_color_differ_by_a_few_gray_levels():
    ramp = torch.linspace(0, 255, 32).to(torch.uint8)
    images = torch.stack([ramp.expand(3, 32, 32), ramp.flip(0)[:, None].expand(3, 32, 32)])
    again = _from_jpeg(_jpeg(images))
    assert again.shape == images.shape
    assert (again.int() - images.int()).abs().max() <= 8


def test_a_recording_in_color_shows_what_the_run_showed(monkeypatch, tmp_path):
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(16, image_size=32, channels=3))
    store = RunStore()
    options = {"mlp_size": "small", "batch_size": 8, "steps": 1, "image_size": 32, "channels": 3, "device": "cpu"}
    view = StoredRun(store, train(store=store, **options).id)
    save_recording(view, tmp_path / "run.recording.npz")
    images = load_recording(tmp_path / "run.recording.npz").snapshot(1).images
    assert images.shape == view.snapshot(1).images.shape
    assert images.shape[1:] == (3, 32, 32)


def test_another_file_is_refused(tmp_path):
    for name, contents in (("a.npz", b"no"), ("b.npz", b"")):
        (tmp_path / name).write_bytes(contents)
        with pytest.raises(CheckpointError, match="is not a recording"):
            load_recording(tmp_path / name)


def test_pickles_are_not_opened(tmp_path):
    np.savez(tmp_path / "evil.npz", facts=np.array([object()], dtype=object))
    with pytest.raises(CheckpointError, match="is not a recording"):
        load_recording(tmp_path / "evil.npz")


def test_what_ships_can_be_loaded():
    assert shipped_recordings()
    for path in shipped_recordings():
        recording = load_recording(path)
        assert recording.metrics(300)["d_loss"].steps[-1] == recording.run.step == recording.run.config.steps


def test_a_recording_does_not_tell_where_its_owner_keeps_the_images(view, tmp_path):
    secret = view.run.config.replace(data_path=str(tmp_path / "secret"))
    view.store.update(view.run_id, config=secret)
    view.store.add_event(view.run_id, Level.INFO, Message("left out"))
    assert view.notes() == ["left out"]
    save_recording(view, tmp_path / "run.recording.npz")
    recording = load_recording(tmp_path / "run.recording.npz")
    assert recording.run.config.data_path is None
    assert recording.notes() == []
