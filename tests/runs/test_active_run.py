import errno
import gc
import sqlite3
import weakref

import pytest
import torch

from gan_core.data import ImageData
from gan_core.errors import CheckpointError, ConfigError, DataError, Message, RunError
from gan_core.runs import ActiveRun, Level, QueuedRun, Status, StorageError, active_run, load_checkpoint
from gan_core.runs.snapshots import fixed_latents
from gan_core.runs.store import RESERVE, RESERVE_BYTES
from tests.helpers.data import make_data
from tests.helpers.runs import begin, tiny

DISK_FULL = OSError(errno.ENOSPC, "No space left on device")


def work_to_end(one: ActiveRun) -> None:
    while not one.finished:
        one.train(1.0)
    one.complete()


def train(store, config):
    run = store.create(config)
    work_to_end(begin(store, run.id))
    return store.get(run.id)


def curves(store, run) -> dict[str, tuple[list[int], bytes]]:
    """Steps and the very bits of all values."""
    found = store.metrics(run.id, max_points=100_000)
    return {name: (series.steps.tolist(), series.values.tobytes()) for name, series in found.items()}


def test_a_run_from_beginning_to_end(store):
    run = train(store, tiny(steps=45))
    assert (run.status, run.step, run.device, run.error) == (Status.FINISHED, 45, "cpu", None)
    assert run.seconds > 0
    assert run.images_per_second > 0
    assert run.started_at <= run.finished_at
    assert store.snapshot_steps(run.id) == [0, 10, 20, 30, 40, 45]
    assert store.metrics(run.id)["d_loss"].steps.tolist() == list(range(1, 46))
    assert store.snapshot(run.id).images.shape == (64, 1, 28, 28)


@pytest.mark.parametrize("ema_decay", [0.0, 0.9])
def test_the_checkpoint_draws_the_last_snapshot(store, ema_decay):
    run = train(store, tiny(ema_decay=ema_decay))
    checkpoint = load_checkpoint(run.id, store=store)
    vectors, _ = fixed_latents(checkpoint.latent_spec, run.config.seed)
    assert torch.equal(checkpoint.draw(vectors), store.snapshot(run.id).images)
    card = checkpoint.card
    assert (card["family"], card["dataset"], card["steps"], card["seed"]) == ("vanilla", "strokes", 40, 0)
    assert card["config"]["latent_size"] == 6
    assert card["class_names"] == [str(k) for k in range(10)]
    assert checkpoint.discriminator is not None


def test_a_conditional_run_has_a_sheet_of_classes(store):
    snapshot = store.snapshot(train(store, tiny("cgan", steps=2)).id)
    assert (snapshot.images.shape, snapshot.columns) == ((80, 1, 28, 28), 10)


@pytest.mark.parametrize("family", ["vanilla", "cgan"])
def test_an_interrupted_run_goes_on_bit_for_bit(store, family):
    config = tiny(family, steps=30)
    whole = train(store, config)

    parts = store.create(config)
    for steps in (7, 0, 9):
        one = begin(store, parts.id)
        assert one.train(60, steps=steps) == steps
        one.suspend(Status.INTERRUPTED, Message("interrupted"))
    one = begin(store, parts.id)
    work_to_end(one)
    assert curves(store, parts) == curves(store, whole)
    assert torch.equal(store.snapshot(parts.id).images, store.snapshot(whole.id).images)


def test_two_jobs_that_take_turns_do_as_each_alone(store):
    configs = [tiny("vanilla", steps=20, seed=1), tiny("cgan", steps=20, seed=2)]
    alone = [train(store, config) for config in configs]
    together = [store.create(config) for config in configs]
    jobs = [begin(store, run.id) for run in together]
    while not all(one.finished for one in jobs):
        for one in jobs:
            one.train(60, steps=3)
    for one in jobs:
        one.complete()
    assert [curves(store, run) for run in together] == [curves(store, run) for run in alone]


def test_a_lost_process_goes_on_from_the_last_checkpoint_without_doubled_steps(store):
    run = store.create(tiny(steps=60))
    lost = begin(store, run.id)
    lost.train(60, steps=35)
    lost.flush()
    lost.close()  # as the operating system does
    assert store.list()[0].status is Status.INTERRUPTED
    assert store.metrics(run.id)["d_loss"].steps[-1] == 35

    one = begin(store, run.id)
    assert store.get(run.id).step == 20
    assert store.metrics(run.id)["d_loss"].steps[-1] == 20
    assert store.snapshot_steps(run.id) == [0, 10, 20]
    work_to_end(one)
    assert curves(store, run) == curves(store, train(store, tiny(steps=60)))


def test_work_stops_when_it_is_interrupted_or_has_done_enough(store):
    one = begin(store, store.create(tiny(steps=100_000)).id)
    asked = 0

    def third_time() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    assert one.train(60, third_time) <= 3
    assert one.train(60, steps=5) == 5
    assert one.train(0.0) == 0
    one.close()


def test_pausing_saves_and_shows_where_it_stands(store):
    run = store.create(tiny(steps=100))
    one = begin(store, run.id)
    one.train(60, steps=13)
    one.suspend(Status.PAUSED, Message("paused"))
    assert (store.get(run.id).status, store.get(run.id).step) == (Status.PAUSED, 13)
    assert store.snapshot_steps(run.id) == [0, 10, 13]
    assert load_checkpoint(run.id, store=store).card["steps"] == 13
    QueuedRun(store, run.id).close()  # it is free again


def test_progress_hears_of_everything(store, monkeypatch):
    def slow_load(name, *, progress, **shape):
        progress("reading images", 0.5)
        return make_data(200)

    monkeypatch.setattr(active_run, "load_dataset", slow_load)
    told = []
    one = begin(store, store.create(tiny()).id, told.append)
    work_to_end(one)
    assert [run.status for run in told][:2] == [Status.PREPARING] * 2
    assert (told[1].message, told[1].fraction) == ("reading images", 0.5)
    assert (told[-1].status, told[-1].step, told[-1].message) == (Status.FINISHED, 40, None)


def test_notes_on_the_data_become_events(store, monkeypatch):
    data = make_data(200)
    noted = ImageData("folder", data.images, data.labels, data.class_names, (Message("3 files were skipped"),))
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: noted)
    run = train(store, tiny())
    assert [event.message for event in store.events(run.id)] == ["3 files were skipped"]
    store.update(run.id, config=run.config.replace(steps=60))
    again = begin(store, run.id)
    again.close()
    assert [event.message for event in store.events(run.id)] == ["3 files were skipped"]


def test_notes_are_kept_when_the_data_does_not_fit(store, monkeypatch):
    data = make_data(200, classes=0)
    noted = ImageData("folder", data.images, notes=(Message("no classes: for a reason"),))
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: noted)
    run = store.create(tiny("cgan"))
    with pytest.raises(ConfigError, match="two classes or more; no classes: for a reason"):
        begin(store, run.id)
    assert store.notes(run.id) == ["no classes: for a reason"]


def test_a_run_does_not_go_on_with_other_classes(store, monkeypatch):
    """Folders 0, 1, 10, 2 of an earlier version are 0, 1, 2, 10 now: the labels would mean something else."""
    run = train(store, tiny("cgan"))
    store.update(run.id, config=run.config.replace(steps=60))
    data = make_data(200)
    names = (*data.class_names[:2], "10", *data.class_names[2:-1])
    other = ImageData("noise", data.images, data.labels, names)
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: other)
    with pytest.raises(RunError, match="the classes of the dataset were 0, 1, 2, .* now they are 0, 1, 10"):
        begin(store, run.id)


def test_a_run_is_in_one_hand_only(store, monkeypatch):
    monkeypatch.setattr("gan_core.runs.store.LOCK_SECONDS", 0)
    run = store.create(tiny())
    one = QueuedRun(store, run.id)
    with pytest.raises(RunError, match="in use"):
        QueuedRun(store, run.id)
    one.close()


def test_closing_frees_the_trainer(store):
    one = begin(store, store.create(tiny()).id)
    one.train(60, steps=3)
    gone = weakref.ref(one.trainer)
    gc.disable()  # at once, not when the collector comes by
    try:
        one.close()
        del one
        assert gone() is None
    finally:
        gc.enable()


# What goes wrong


def fail(one: ActiveRun) -> Exception:
    with pytest.raises(Exception) as caught:
        work_to_end(one)
    one.fail(caught.value)
    one.close()
    return caught.value


def test_a_loss_that_is_not_finite_fails_the_run_and_keeps_the_last_good_checkpoint(store, monkeypatch):
    run = store.create(tiny(steps=100))
    one = begin(store, run.id)
    one.train(60, steps=25)
    record = one.trainer.statistics.record

    def poisoned(values):
        bad = one.trainer.step == 32  # counted after the iteration
        record(values | {"d_loss": values["d_loss"] * (float("nan") if bad else 1)})

    monkeypatch.setattr(one.trainer.statistics, "record", poisoned)
    assert "step 33" in str(fail(one))
    failed = store.get(run.id)
    assert failed.status is Status.FAILED
    assert "step 33" in failed.error
    assert "\n" not in failed.error
    assert load_checkpoint(run.id, store=store).card["steps"] == 20
    assert failed.can_resume


def test_an_internal_error_is_one_line_and_its_traceback_an_event(store, monkeypatch):
    run = store.create(tiny())
    one = begin(store, run.id)
    monkeypatch.setattr(one.trainer, "train_steps", lambda *args, **kwargs: {}["missing"])
    fail(one)
    failed = store.get(run.id)
    assert failed.error == "internal error: KeyError; details are in the run's record"
    event = store.events(run.id)[-1]
    assert (event.level, event.message) == (Level.ERROR, failed.error)
    assert "Traceback" in event.detail
    assert "KeyError: 'missing'" in event.detail


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), MemoryError()])
def test_out_of_memory_says_what_to_do(store, monkeypatch, error):
    run = store.create(tiny())
    one = begin(store, run.id)

    def train_steps(*args, **kwargs):
        raise error

    monkeypatch.setattr(one.trainer, "train_steps", train_steps)
    fail(one)
    assert "out of memory on cpu: use a smaller batch_size" in store.get(run.id).error


def test_data_that_cannot_be_had_fails_the_run_and_it_may_try_again(store, monkeypatch):
    run = store.create(tiny(steps=2))
    one = QueuedRun(store, run.id)

    def no_network(name, **options):
        raise DataError("MNIST could not be downloaded")

    with monkeypatch.context() as patch:
        patch.setattr(active_run, "load_dataset", no_network)
        with pytest.raises(DataError) as caught:
            one.load()
        one.fail(caught.value)
        one.close()
    assert store.get(run.id).error == "MNIST could not be downloaded"
    assert store.get(run.id).can_resume
    again = begin(store, run.id)
    work_to_end(again)
    assert (store.get(run.id).status, store.get(run.id).error) == (Status.FINISHED, None)


def raising(error):
    def call(*args, **kwargs):
        raise error

    return call


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("store.RunStore.update", sqlite3.OperationalError("database or disk is full")),
        (
            "resume_state.save_checkpoint",
            CheckpointError("could not save x: No space left on device"),
        ),
        ("resume_state.atomic_path", DISK_FULL),
        ("store.RunStore.append_metrics", sqlite3.OperationalError("database or disk is full")),
        ("store.RunStore.add_snapshot", sqlite3.OperationalError("database or disk is full")),
    ],
)
def test_a_full_disk_pauses_the_run_and_nothing_is_lost(store, monkeypatch, what, error):
    config = tiny(steps=30, checkpoint_every=7)
    run = store.create(config)
    one = begin(store, run.id)
    one.train(60, steps=10)
    with monkeypatch.context() as patch:
        patch.setattr(f"gan_core.runs.{what}", raising(error))
        with pytest.raises(StorageError) as caught:
            one.train(60)
    one.fail(caught.value)
    paused = store.get(run.id)
    assert paused.status is Status.PAUSED
    assert "make room on the disk" in paused.error
    assert store.events(run.id)[-1].level is Level.WARNING
    assert load_checkpoint(run.id, store=store).card["steps"] in (7, 14)

    work_to_end(one)  # there is room again
    finished = store.get(run.id)
    assert (finished.status, finished.error) == (Status.FINISHED, None)
    assert store.snapshot_steps(run.id) == [0, 10, 20, 30]
    assert curves(store, run) == curves(store, train(store, config))


def test_a_disk_that_is_full_from_the_start_loses_nothing_either(store, monkeypatch):
    run = store.create(tiny())
    for what in ("truncate", "add_snapshot"):
        one = QueuedRun(store, run.id)
        with monkeypatch.context() as patch:
            patch.setattr(f"gan_core.runs.store.RunStore.{what}", raising(sqlite3.OperationalError("disk is full")))
            with pytest.raises(StorageError) as caught:
                one.start(one.load())
            one.fail(caught.value)
        assert store.get(run.id).status is Status.PAUSED
        one.close()
    one = begin(store, run.id)
    work_to_end(one)
    assert store.snapshot_steps(run.id) == [0, 10, 20, 30, 40]


def test_a_little_of_the_disk_is_held_back_to_record_why_a_run_stopped(store):
    reserve = store.root / RESERVE
    assert not reserve.exists()  # nothing is trained here yet
    store.create(tiny())
    assert reserve.stat().st_size == RESERVE_BYTES
    run = store.create(tiny())
    one = begin(store, run.id)
    one.fail(StorageError("full"))
    assert not reserve.exists()
    one.train(60, steps=1)  # there is room again
    assert reserve.stat().st_size == RESERVE_BYTES
    one.close()


def test_a_run_begins_with_the_weights_of_a_model(store):
    """Its first snapshot, before any step, is drawn by that model."""
    before = train(store, tiny(steps=10))
    run = store.create(tiny(steps=10, seed=3, start_from=before.id))
    active = begin(store, run.id)
    z, _ = fixed_latents(active.trainer.gan.latent_spec, 3)
    assert torch.equal(store.snapshot(run.id, 0).images, load_checkpoint(before.id, store=store).draw(z))
    work_to_end(active)
    again = store.update(run.id, config=store.get(run.id).config.replace(steps=20))
    store.delete(before.id)  # the weights are the run's own now
    work_to_end(begin(store, again.id))
    assert store.get(run.id).step == 20


@pytest.mark.parametrize(
    ("start", "line"),
    [
        ("mnist-dcgan", "nothing of mnist-dcgan fits these networks"),
        ("nowhere", "there is no checkpoint or run 'nowhere'"),
    ],
)
def test_a_start_that_does_not_fit_is_one_clear_line(store, start, line):
    run = store.create(tiny(start_from=start))
    with pytest.raises((RunError, CheckpointError), match=line):
        begin(store, run.id)
