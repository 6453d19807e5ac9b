"""A folder of runs that version 0.1 wrote, `samples/runs_0.1.zip`, before its packages were divided.

It holds three runs of the smallest DCGAN on 200 images of noise: one that did all its 12 steps, of which only the
database is left; one with the same config, interrupted at step 6; and one that failed.
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from gan_core.figures import curves_of
from gan_core.runs import RunStore, Status, StoredRun, load_checkpoint, load_recording, resume, save_recording

SAMPLE = Path(__file__).with_name("samples") / "runs_0.1.zip"


@pytest.fixture
def old(tmp_path) -> RunStore:
    with zipfile.ZipFile(SAMPLE) as archive:
        archive.extractall(tmp_path)
    return RunStore(tmp_path / "runs")


def by_name(store: RunStore, name: str):
    return next(run for run in store.list() if run.name == name)


def test_the_record_is_read(old):
    assert [(run.name, run.status, run.step) for run in old.list()] == [
        ("a failed run", Status.FAILED, 0),
        ("an interrupted run", Status.INTERRUPTED, 6),
        ("the whole run", Status.FINISHED, 12),
    ]
    whole, part = by_name(old, "the whole run"), by_name(old, "an interrupted run")
    assert (whole.config.family, whole.config.dataset, whole.config.steps) == ("dcgan", "strokes", 12)
    assert whole.config == part.config
    assert old.metrics(whole.id)["d_loss"].steps.tolist() == list(range(1, 13))
    assert old.snapshot_steps(whole.id) == [0, 6, 12]
    assert old.snapshot(whole.id).images.shape == (64, 1, 28, 28)
    assert [(reading.step, reading.frechet) for reading in old.readings(part.id)] == [(6, 12.5)]
    assert old.notes(part.id) == ["3 files were skipped"]
    failed = by_name(old, "a failed run")
    assert failed.error == "out of memory on cpu: use a smaller batch_size, width or image_size"
    assert old.events(failed.id)[-1].message == failed.error
    assert "Traceback" in old.events(failed.id)[-1].detail or "RunError" in old.events(failed.id)[-1].detail


def test_its_models_draw(old):
    part = by_name(old, "an interrupted run")
    checkpoint = load_checkpoint(part.id, store=old)
    assert checkpoint.card["steps"] == 6
    z = checkpoint.latent_spec.sample(3)
    assert checkpoint.draw(z).shape == (3, 1, 28, 28)
    assert old.history_steps(part.id) == [0, 6]
    assert old.load_history(part.id, 6).draw(z).shape == (3, 1, 28, 28)


def test_it_goes_on_as_the_earlier_version_would_have(old):
    """The curves are those of the run that was never interrupted; another processor may round in another way."""
    whole, part = by_name(old, "the whole run"), by_name(old, "an interrupted run")
    assert resume(part.id, store=old).status is Status.FINISHED
    expected, found = old.metrics(whole.id), old.metrics(part.id)
    assert found.keys() == expected.keys()
    for name, series in expected.items():
        assert found[name].steps.tolist() == series.steps.tolist()
        assert np.allclose(found[name].values, series.values, rtol=1e-3), name


def test_it_is_drawn_and_recorded(old, tmp_path):
    whole = by_name(old, "the whole run")
    assert len(curves_of(whole, store=old).data) > 1
    save_recording(StoredRun(old, whole.id), tmp_path / "run.recording.npz")
    assert load_recording(tmp_path / "run.recording.npz").run.config == whole.config.replace(data_path=None)
