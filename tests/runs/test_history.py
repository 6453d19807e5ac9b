import logging
import shutil
from collections import namedtuple
from dataclasses import replace
from itertools import pairwise
from math import sqrt

import pytest
import torch

from gan_core.errors import CheckpointError, Message
from gan_core.latent import base_vectors
from gan_core.latent_spec import LatentSpec
from gan_core.models import Checkpoint
from gan_core.nets import MLPGenerator
from gan_core.runs import Status, history, load_checkpoint
from gan_core.runs.snapshots import fixed_latents
from tests.helpers.runs import begin, tiny

Usage = namedtuple("Usage", "free")


@pytest.fixture
def generator() -> Checkpoint:
    net = MLPGenerator(latent_size=4, hidden=[8], image_size=28)
    return Checkpoint("tiny", "vanilla", net, None, LatentSpec.of(4, "normal"), {})


def train(store, config, *, steps: int | None = None) -> str:
    run_id = store.create(config).id
    one = begin(store, run_id)
    one.train(60, steps=steps)
    if one.finished:
        one.complete()
    else:
        one.suspend(Status.PAUSED, Message("paused"))
    return run_id


@pytest.mark.parametrize("steps", [1, 40, 2000, 10_000_000])
def test_the_schedule_begins_densely_and_ends_with_the_last_step(steps):
    planned = history.schedule(steps)
    assert planned[0] == 0
    assert planned[-1] == steps
    assert len(planned) <= history.MAX_STEPS
    assert planned == sorted(set(planned))
    roots = [sqrt(step) for step in planned]
    gaps = [after - before for before, after in pairwise(roots)]
    if steps >= 2000:
        assert len(planned) == history.MAX_STEPS
        assert max(gaps) < 1.5 * min(gaps)  # evenly spaced but for the rounding


def test_a_run_keeps_the_generators_that_drew_its_snapshots(store):
    run_id = train(store, tiny(steps=40, snapshot_every=2))
    assert store.history_steps(run_id) == history.schedule(40)
    shared = set(store.history_steps(run_id)) & set(store.snapshot_steps(run_id))
    assert {0, 2, 40} <= shared
    spec = load_checkpoint(run_id, store=store).latent_spec
    vectors, _columns = fixed_latents(spec, seed=0)
    for step in shared:
        then = store.load_history(run_id, step)
        assert (then.name, then.discriminator, then.card["steps"]) == (run_id, None, step)
        drawn, kept = then.draw(vectors).int(), store.snapshot(run_id, step).images.int()
        assert (drawn - kept).abs().max() <= 2  # half precision


def test_generators_after_the_point_of_resuming_are_forgotten(store):
    run_id = store.create(tiny(steps=60)).id
    lost = begin(store, run_id)
    lost.train(60, steps=35)
    lost.close()  # as the operating system does
    assert store.history_steps(run_id)[-1] > 20
    leftover = history.FILES.path_of(store.folder(run_id), 22).with_name(".step-000022.safetensors.x.tmp")
    leftover.write_bytes(b"half")

    one = begin(store, run_id)
    assert one.trainer.step == 20
    assert store.history_steps(run_id)[-1] <= 20
    assert not leftover.exists()
    one.train(60)
    one.complete()
    assert store.history_steps(run_id) == history.schedule(60)


def test_a_longer_run_goes_on_with_the_schedule_of_its_new_length(store):
    run_id = train(store, tiny(steps=30))
    store.update(run_id, config=tiny(steps=90))
    one = begin(store, run_id)
    one.train(60)
    one.complete()
    steps = store.history_steps(run_id)
    assert (steps[0], steps[-1]) == (0, 90)
    assert len(steps) <= history.MAX_STEPS


def test_more_than_the_most_are_thinned_from_the_densest_place(tmp_path, generator, monkeypatch):
    monkeypatch.setattr(history, "FILES", replace(history.FILES, max_steps=4))
    for step in (0, 100, 400, 900, 1000):
        history.add(tmp_path, step, generator)
    assert history.FILES.steps(tmp_path) == [0, 100, 400, 1000]
    files = (tmp_path / history.FILES.folder).iterdir()
    assert sorted(path.suffix for path in files) == [".json"] * 4 + [".safetensors"] * 4


def test_all_together_stay_below_the_limit(tmp_path, generator, monkeypatch):
    history.add(tmp_path, 0, generator)
    size = history.FILES.path_of(tmp_path, 0).stat().st_size
    monkeypatch.setattr(history, "FILES", replace(history.FILES, max_bytes=3 * size + 500))
    for step in range(10, 200, 10):
        history.add(tmp_path, step, generator)
    kept = history.FILES.steps(tmp_path)
    assert len(kept) == 3
    assert (kept[0], kept[-1]) == (0, 190)


def test_a_disk_with_little_room_is_left_alone(tmp_path, generator, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(history.MIN_FREE_BYTES - 1))
    assert not history.add(tmp_path, 5, generator)
    assert history.FILES.steps(tmp_path) == []


def test_a_full_disk_does_not_hurt_the_run(store, monkeypatch, caplog):
    def full(*args, **options):
        raise CheckpointError("No space left on device")

    monkeypatch.setattr(history, "save_checkpoint", full)
    with caplog.at_level(logging.WARNING):
        run_id = train(store, tiny(steps=20))
    run = store.get(run_id)
    assert (run.status, run.step, run.error) == (Status.FINISHED, 20, None)
    assert store.history_steps(run_id) == []
    assert "No space left" in caplog.text


def test_keeping_generators_changes_nothing_in_the_training(store, monkeypatch):
    with_history = load_checkpoint(train(store, tiny(steps=25)), store=store)
    monkeypatch.setattr(history, "MIN_FREE_BYTES", 2**62)
    without = load_checkpoint(train(store, tiny(steps=25)), store=store)
    vectors = base_vectors(without.latent_spec, 4, 0)
    assert torch.equal(with_history.draw(vectors), without.draw(vectors))


def test_what_is_not_there_or_damaged_is_one_line(store):
    assert store.history_steps("vanilla-strokes-000000") == []
    run_id = train(store, tiny(steps=10))
    with pytest.raises(CheckpointError, match="there is no checkpoint step-000777"):
        store.load_history(run_id, 777)
    history.FILES.path_of(store.folder(run_id), 0).write_bytes(b"no")
    with pytest.raises(CheckpointError, match="damaged"):
        store.load_history(run_id, 0)


def test_the_generators_go_with_the_run(store):
    run_id = train(store, tiny(steps=10))
    folder = store.folder(run_id)
    assert (folder / history.FILES.folder).is_dir()
    store.delete(run_id)
    assert not folder.exists()
