"""What is saved of a run in training, and what happens to a state that is damaged or not ours."""

import numpy as np
import pytest
import torch

from gan_core.errors import Message, RunError
from gan_core.runs import Status, StorageError, data_path_of, load_checkpoint, resume_state
from tests.helpers.runs import begin, tiny
from tests.runs.test_active_run import DISK_FULL, curves, raising, train, work_to_end


def test_weights_that_are_not_finite_never_replace_a_good_checkpoint(store):
    run = store.create(tiny(steps=100))
    one = begin(store, run.id)
    one.train(60, steps=20)
    with torch.no_grad():
        next(one.trainer.gan.generator.parameters())[0] = float("inf")
    with pytest.raises(RunError, match="no longer finite numbers at step 20"):
        one.save()
    one.close()
    assert np.isfinite(load_checkpoint(run.id, store=store).generator.layers[0].weight.numpy()).all()


def test_what_a_killed_process_left_half_written_is_removed(store):
    run = store.create(tiny())
    store.folder(run.id).mkdir()
    leftover = store.folder(run.id) / ".resume.pt.abc.tmp"
    leftover.write_bytes(b"half")
    one = begin(store, run.id)
    one.close()
    assert not leftover.exists()


def test_the_step_in_the_state_counts_when_the_checkpoint_is_newer(store, monkeypatch):
    run = store.create(tiny())
    one = begin(store, run.id)
    one.train(60, steps=20)
    one.train(60, steps=5)
    with monkeypatch.context() as patch:
        patch.setattr(resume_state, "atomic_path", raising(DISK_FULL))
        with pytest.raises(StorageError):
            one.save()
    one.close()
    assert load_checkpoint(run.id, store=store).card["steps"] == 25
    again = begin(store, run.id)
    assert (again.trainer.step, store.metrics(run.id)["d_loss"].steps[-1]) == (20, 20)
    work_to_end(again)
    assert curves(store, run) == curves(store, train(store, tiny()))


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_truncated_state_is_refused_in_one_line(store, keep):
    run = store.create(tiny(steps=100))
    one = begin(store, run.id)
    one.train(60, steps=5)
    one.suspend(Status.PAUSED, Message("paused"))
    path = store.resume_path(run.id)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(RunError, match=f"the saved state of run {run.id} is damaged"):
        begin(store, run.id)


@pytest.mark.parametrize("content", [{"step": 3}, [1, 2], {"config": "{}", "images": 200, "step": 1, "gan": {}}])
def test_a_state_of_something_else_is_refused_in_one_line(store, content):
    run = store.create(tiny())
    store.folder(run.id).mkdir()
    torch.save(content, store.resume_path(run.id))
    with pytest.raises(RunError):
        begin(store, run.id)


def test_a_state_that_would_run_code_is_refused(store, tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "touched"), "w"))

    run = store.create(tiny())
    store.folder(run.id).mkdir()
    torch.save(Evil(), store.resume_path(run.id))
    with pytest.raises(RunError, match="damaged"):
        begin(store, run.id)
    assert not (tmp_path / "touched").exists()


def test_a_card_does_not_tell_where_its_owner_keeps_the_images(store, tmp_path):
    run = train(store, tiny(dataset="folder", data_path=str(tmp_path / "secret"), image_size=28, channels=1))
    assert run.config.data_path == str(tmp_path / "secret")
    path = store.checkpoint_path(run.id)
    assert "data_path" not in load_checkpoint(run.id, store=store).card["config"]
    assert load_checkpoint(run.id, store=store).card["config"]["family"] == "vanilla"
    assert b"secret" not in path.read_bytes()
    assert "secret" not in path.with_suffix(".json").read_text(encoding="utf-8")
    assert data_path_of(run.id, store=store) == str(tmp_path / "secret")
    assert data_path_of("../../etc", store=store) is None
