import io
import threading
import zipfile

import pytest

from gan_core.data import keep_upload
from gan_core.errors import Message, RunError
from gan_core.runs import Level, RunStore, Status
from gan_core.runs.run import LOST, RUN_ID
from tests.helpers.runs import tiny

BAD_IDS = [
    "../x",
    "..",
    "",
    "a/b",
    "a\\b",
    "A-b-c",
    "x" * 65,
    "dcgan-mnist-3f9a2c/../y",
    "a b c",
    "abc\n",
    None,
    "-abc",
]


def test_a_run_is_kept(store):
    run = store.create(tiny(seed=5), name="first try")
    again = RunStore(store.root).get(run.id)
    assert again == run
    assert (again.name, again.step, again.status) == ("first try", 0, Status.PAUSED)
    assert again.config == tiny(seed=5)
    assert RUN_ID.fullmatch(run.id)
    assert run.id.startswith("vanilla-strokes-")


def test_the_default_name_says_what_it_is(store):
    assert store.create(tiny()).name == "Vanilla GAN, Strokes"


@pytest.mark.parametrize("run_id", BAD_IDS)
def test_a_bad_id_never_touches_a_path(store, run_id):
    before = sorted(store.root.rglob("*"))
    calls = (store.get, store.folder, store.delete, store.lock, store.metrics, store.snapshot, store.snapshot_steps)
    for call in calls:
        with pytest.raises(RunError, match="not the id of a run"):
            call(run_id)
    with pytest.raises(RunError, match="not the id of a run"):
        store.update(run_id, step=1)
    assert sorted(store.root.rglob("*")) == before


def test_an_unknown_run_is_named(store):
    for call in (store.get, store.delete, store.lock, store.metrics):
        with pytest.raises(RunError, match="there is no run vanilla-mnist-000000"):
            call("vanilla-mnist-000000")


def test_update_changes_what_it_names(store):
    run = store.create(tiny())
    changed = store.update(run.id, step=7, status=Status.STOPPED, seconds=1.5, config=tiny(steps=99))
    assert changed == store.get(run.id)
    assert (changed.step, changed.status, changed.seconds, changed.config.steps) == (7, Status.STOPPED, 1.5, 99)
    assert changed.updated_at >= run.updated_at
    with pytest.raises(TypeError, match="id"):
        store.update(run.id, id="other")


def test_rename_takes_one_line(store):
    run = store.create(tiny())
    assert store.rename(run.id, "  Ziffern – 数字 ").name == "Ziffern – 数字"
    for bad in ("", "   ", "x" * 81, "two\nlines"):
        with pytest.raises(RunError, match="one line"):
            store.rename(run.id, bad)


def test_the_list_is_newest_first_and_filtered(store):
    runs = [store.create(tiny(seed=seed)) for seed in range(3)]
    store.update(runs[1].id, status=Status.FINISHED)
    assert [run.id for run in store.list()] == [run.id for run in reversed(runs)]
    assert [run.id for run in store.list(Status.FINISHED)] == [runs[1].id]
    assert [run.id for run in store.list([Status.PAUSED, Status.FAILED])] == [runs[2].id, runs[0].id]


def test_delete_removes_row_and_folder(store):
    run = store.create(tiny())
    store.add_event(run.id, Level.INFO, Message("hello"))
    store.folder(run.id).mkdir()
    (store.folder(run.id) / "checkpoint.safetensors").write_bytes(b"x")
    store.delete(run.id)
    assert store.list() == []
    assert not store.folder(run.id).exists()
    assert store.events(run.id) == []


def test_an_active_run_is_not_deleted(store):
    run = store.create(tiny())
    lock = store.lock(run.id)
    store.update(run.id, status=Status.RUNNING)
    with pytest.raises(RunError, match="stop it"):
        store.delete(run.id)
    lock.release()
    store.delete(run.id)  # its process is gone


def test_a_path_of_images_is_kept_absolute(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    for given, kept in (("cats", tmp_path / "cats"), ("~/cats", tmp_path / "me" / "cats"), (str(tmp_path), tmp_path)):
        config = tiny(dataset="folder", data_path=given, image_size=28, channels=1)
        assert store.get(store.create(config).id).config == config.replace(data_path=str(kept))


def test_a_run_on_own_images_is_called_after_them(store, tmp_path):
    options = {"dataset": "folder", "image_size": 28, "channels": 1}
    assert store.create(tiny(**options, data_path=str(tmp_path / "my cats"))).name == "Vanilla GAN, my cats"
    assert len(store.create(tiny(**options, data_path="x" * 200)).name) == 80
    assert store.create(tiny(**options, data_path="a\nb\udcff")).name == "Vanilla GAN, a?b?"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w"):
        pass
    file.name = "holiday.zip"
    assert store.create(tiny(**options, data_path=str(keep_upload(file)))).name == "Vanilla GAN, holiday.zip"


def test_notes_are_what_is_told_of_the_data_and_of_training(store):
    run = store.create(tiny())
    store.add_event(run.id, Level.INFO, Message("left out, links: 3 (a)"))
    store.add_event(run.id, Level.INFO, Message("paused"))
    store.add_event(run.id, Level.INFO, Message("interrupted; resume it to go on"))
    store.add_event(run.id, Level.WARNING, LOST)
    store.add_event(run.id, Level.WARNING, Message("training without a CUDA graph: why"))
    store.add_event(run.id, Level.WARNING, Message("could not be saved"), detail="Traceback")
    store.add_event(run.id, Level.ERROR, Message("out of memory"))
    store.add_event(run.id, Level.INFO, Message("left out, links: 3 (a)"))
    assert store.notes(run.id) == ["left out, links: 3 (a)", "training without a CUDA graph: why"]


def test_events_are_kept_in_order(store):
    run = store.create(tiny())
    store.add_event(run.id, Level.INFO, Message("one"))
    store.add_event(run.id, Level.ERROR, Message("two"), detail="Traceback ...")
    events = store.events(run.id)
    assert [(event.level, event.message, event.detail) for event in events] == [
        (Level.INFO, "one", None),
        (Level.ERROR, "two", "Traceback ..."),
    ]


def test_only_one_may_have_a_run_in_hand(store, monkeypatch):
    monkeypatch.setattr("gan_core.runs.store.LOCK_SECONDS", 0)
    run = store.create(tiny())
    lock = store.lock(run.id)
    with pytest.raises(RunError, match="in use"):
        RunStore(store.root).lock(run.id)
    thread = threading.Thread(target=lock.release)  # not the thread that took it
    thread.start()
    thread.join()
    RunStore(store.root).lock(run.id).release()


@pytest.mark.parametrize("status", [Status.QUEUED, Status.PREPARING, Status.RUNNING])
def test_an_active_run_whose_lock_is_free_was_interrupted(store, status):
    run = store.create(tiny())
    store.update(run.id, status=status)
    assert store.list()[0].status is Status.INTERRUPTED
    store.mark_interrupted()
    assert [event.level for event in store.events(run.id)] == [Level.WARNING]


@pytest.mark.parametrize("status", [Status.PAUSED, Status.STOPPED, Status.FINISHED, Status.FAILED])
def test_a_run_that_is_set_down_stays_as_it_is(store, status):
    run = store.create(tiny())
    store.update(run.id, status=status)
    assert store.list()[0].status is status


def test_an_active_run_whose_lock_is_held_stays_active(store):
    run = store.create(tiny())
    lock = store.lock(run.id)
    store.update(run.id, status=Status.RUNNING)
    assert RunStore(store.root).list()[0].status is Status.RUNNING
    lock.release()
    assert RunStore(store.root).list()[0].status is Status.INTERRUPTED
