import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import pytest

from gan_core.errors import ConfigError, RunError
from gan_core.runs import (
    Level,
    QueuedRun,
    RunStore,
    Status,
    StorageError,
    TrainingService,
    active_run,
    get_service,
    resume_state,
    shutdown_service,
)
from gan_core.runs.worker import Worker
from tests.helpers.data import make_data
from tests.helpers.runs import tiny

LONG = 1_000_000


def eventually(condition, seconds: float = 60.0):
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)
    return value


def begun(store, run, step: int = 1):
    """Wait until a run has recorded so many steps."""
    return eventually(lambda: store.get(run.id).step >= step)


def status(store, run, wanted: Status):
    return eventually(lambda: store.get(run.id).status is wanted)


@pytest.fixture(autouse=True)
def prompt_record(monkeypatch):
    """Steps are recorded at once, so that tests see them at once."""
    monkeypatch.setattr(active_run, "FLUSH_SECONDS", 0.0)


def curve(store, run) -> tuple[list[int], bytes]:
    series = store.metrics(run.id, max_points=100_000)["d_loss"]
    return series.steps.tolist(), series.values.tobytes()


def test_a_submitted_run_is_trained(store, service):
    run = service.submit(tiny())
    assert run.status in (Status.QUEUED, Status.PREPARING, Status.RUNNING)
    assert run.device == "cpu"
    finished = service.wait(run.id, 60)
    assert (finished.status, finished.step) == (Status.FINISHED, 40)


def test_a_config_that_cannot_be_trained_leaves_nothing_behind(store, service):
    with pytest.raises(ConfigError):
        service.submit(tiny().replace(family="dcgan"))  # has `size`
    with pytest.raises(ConfigError):
        service.submit(tiny().replace(dataset="folder"))
    assert store.list() == []


def test_pause_stops_the_step_count_and_resume_goes_on(store, service):
    run = service.submit(tiny(steps=LONG))
    begun(store, run)
    service.pause(run.id)
    paused = service.wait(run.id, 60)
    assert paused.status is Status.PAUSED
    time.sleep(0.05)
    assert store.get(run.id).step == paused.step == store.metrics(run.id)["d_loss"].steps[-1]
    assert service.pause(run.id).status is Status.PAUSED
    service.resume(run.id)
    begun(store, run, paused.step + 1)


def test_a_paused_run_goes_on_bit_for_bit_from_memory_and_from_disk(store, service):
    config = tiny("cgan", steps=20)
    whole = service.submit(config)
    service.wait(whole.id, 60)
    run = store.create(config)
    for from_memory in (True, False):
        service.step(run.id, 5)
        service.wait(run.id, 60)
        if not from_memory:
            service._workers["cpu"].release(run.id, lambda run: None)
    service.resume(run.id)
    service.wait(run.id, 60)
    assert curve(store, run) == curve(store, whole)


def test_two_runs_that_share_a_thread_do_as_each_alone(store, service):
    configs = [tiny("vanilla", steps=150, seed=1), tiny("cgan", steps=20, seed=2)]
    alone = [service.submit(config) for config in configs]
    for run in alone:
        service.wait(run.id, 60)
    service.set_max_active(2)
    together = [service.submit(config) for config in configs]
    for run in together:
        service.wait(run.id, 60)
    assert [curve(store, run) for run in together] == [curve(store, run) for run in alone]


def test_two_active_runs_share_one_thread(store, service):
    service.set_max_active(2)
    runs = [service.submit(tiny(steps=LONG, seed=seed)) for seed in range(2)]
    for run in runs:
        begun(store, run)
    steps = [store.get(run.id).step for run in runs]
    for run, step in zip(runs, steps, strict=True):
        begun(store, run, step + 1)
    assert sum(thread.name == "training on cpu" for thread in threading.enumerate()) == 1


def test_runs_wait_in_the_order_they_came(store, service):
    first, second, third = [service.submit(tiny(steps=LONG, seed=seed)) for seed in range(3)]
    begun(store, first)
    assert [store.get(run.id).status for run in (second, third)] == [Status.QUEUED] * 2
    assert [service.queue_position(run.id) for run in (first, second, third)] == [None, 1, 2]
    service.stop(second.id)
    status(store, second, Status.STOPPED)
    service.wait(second.id, 60)  # it leaves the queue a moment after it says so
    assert service.queue_position(third.id) == 1
    service.stop(first.id)
    begun(store, third)
    assert store.get(first.id).status is Status.STOPPED


def test_more_room_lets_waiting_runs_begin(store, service):
    runs = [service.submit(tiny(steps=LONG, seed=seed)) for seed in range(2)]
    begun(store, runs[0])
    assert service.queue_position(runs[1].id) == 1
    service.set_max_active(2)
    begun(store, runs[1])
    with pytest.raises(RunError, match="at least one"):
        service.set_max_active(0)


def test_a_waiting_run_can_be_paused(store, service):
    first, second = [service.submit(tiny(steps=LONG, seed=seed)) for seed in range(2)]
    service.pause(second.id)
    status(store, second, Status.PAUSED)
    service.stop(first.id)
    service.wait(first.id, 60)
    assert store.get(second.id).step == 0
    service.resume(second.id)
    begun(store, second)


def test_stop_ends_a_run_that_may_still_be_resumed(store, service):
    run = service.submit(tiny(steps=LONG))
    begun(store, run)
    service.stop(run.id)
    stopped = service.wait(run.id, 60)
    assert stopped.status is Status.STOPPED
    assert stopped.finished_at is not None
    assert store.checkpoint_path(run.id).exists()
    service.resume(run.id)
    begun(store, run, stopped.step + 1)


@pytest.mark.parametrize("from_memory", [True, False])
def test_a_paused_run_can_be_stopped(store, service, from_memory):
    run = service.submit(tiny(steps=LONG))
    begun(store, run)
    service.pause(run.id)
    service.wait(run.id, 60)
    if not from_memory:
        service._workers["cpu"].release(run.id, lambda run: None)
    assert service.stop(run.id).status is Status.STOPPED


def test_step_does_so_many_steps_and_pauses_again(store, service):
    run = store.create(tiny(steps=LONG))
    for n, expected in [(1, 1), (3, 4)]:
        service.step(run.id, n)
        stepped = service.wait(run.id, 60)
        assert (stepped.status, stepped.step) == (Status.PAUSED, expected)
        assert store.snapshot_steps(run.id)[-1] == expected
    with pytest.raises(RunError, match="at least 1"):
        service.step(run.id, 0)


def test_a_step_need_not_wait_for_the_run_that_is_training(store, service):
    busy = service.submit(tiny(steps=LONG))
    begun(store, busy)
    run = store.create(tiny(steps=LONG))
    service.step(run.id)
    assert service.wait(run.id, 60).step == 1
    assert store.get(busy.id).status is Status.RUNNING


def test_a_finished_run_takes_more_steps(store, service):
    run = service.submit(tiny(steps=5))
    service.wait(run.id, 60)
    with pytest.raises(RunError, match="all its steps"):
        service.resume(run.id)
    service.extend(run.id, 7)
    longer = service.wait(run.id, 60)
    assert (longer.status, longer.step, longer.config.steps) == (Status.FINISHED, 12, 12)
    whole = service.submit(tiny(steps=12))
    service.wait(whole.id, 60)
    assert curve(store, run) == curve(store, whole)


def test_a_paused_run_takes_more_steps(store, service):
    run = store.create(tiny(steps=10))
    service.step(run.id, 5)
    service.wait(run.id, 60)
    service.extend(run.id, 2)
    assert service.wait(run.id, 60).step == 12


def test_commands_that_make_no_sense_are_one_line(store, service):
    run = service.submit(tiny(steps=LONG))
    begun(store, run)
    for command in (service.resume, service.step, lambda run_id: service.extend(run_id, 5), service.delete):
        with pytest.raises(RunError, match=run.id):
            command(run.id)
    service.stop(run.id)
    service.wait(run.id, 60)
    with pytest.raises(RunError, match="is stopped"):
        service.pause(run.id)
    for command in (service.pause, service.stop, service.resume, service.step, service.delete):
        with pytest.raises(RunError, match="there is no run"):
            command("vanilla-mnist-000000")
        with pytest.raises(RunError, match="not the id"):
            command("../x")


def test_a_run_of_another_program_is_not_touched(store, service):
    run = store.create(tiny())
    other = QueuedRun(store, run.id)
    other.mark_queued()
    with pytest.raises(RunError, match="another program"):
        service.pause(run.id)
    with pytest.raises(RunError, match="already"):
        service.resume(run.id)
    other.close()


def test_a_paused_run_can_be_deleted(store, service):
    run = service.submit(tiny(steps=LONG))
    begun(store, run)
    service.pause(run.id)
    service.wait(run.id, 60)
    service.delete(run.id)
    assert store.list() == []
    assert not store.folder(run.id).exists()


def test_the_memory_of_a_finished_run_is_free(store, service, monkeypatch):
    trainers = []
    start = QueuedRun.start

    def watched(self, data):
        active = start(self, data)
        trainers.append(weakref.ref(active.trainer))
        return active

    monkeypatch.setattr(QueuedRun, "start", watched)
    run = service.submit(tiny(steps=5))
    service.wait(run.id, 60)
    gc.collect()
    assert [trainer() for trainer in trainers] == [None]


def test_a_paused_run_makes_room_for_the_next(store, service):
    paused = service.submit(tiny(steps=LONG))
    begun(store, paused)
    service.pause(paused.id)
    service.wait(paused.id, 60)
    begun(store, service.submit(tiny(steps=LONG)))
    store.lock(paused.id).release()  # nobody has it in hand


def test_a_paused_run_is_dropped_from_memory_after_a_while(store, service, monkeypatch):
    monkeypatch.setattr("gan_core.runs.worker.RESIDENT_SECONDS", 0.05)
    run = store.create(tiny(steps=LONG))
    service.step(run.id)
    service.wait(run.id, 60)
    store.lock(run.id).release()  # waits for it
    service.step(run.id)
    assert service.wait(run.id, 60).step == 2


def test_a_failure_keeps_its_traceback_and_the_service_lives_on(store, service, monkeypatch):
    def fail(self, data):
        raise KeyError("missing")

    with monkeypatch.context() as patch:
        patch.setattr(QueuedRun, "start", fail)
        run = service.submit(tiny())
        failed = service.wait(run.id, 60)
    assert failed.status is Status.FAILED
    assert failed.error == "internal error: KeyError; details are in the run's record"
    assert "KeyError: 'missing'" in store.events(run.id)[-1].detail
    following = service.submit(tiny())
    assert service.wait(following.id, 60).status is Status.FINISHED
    service.resume(run.id)
    assert service.wait(run.id, 60).status is Status.FINISHED


def test_a_failure_of_one_run_does_not_disturb_another(store, service, monkeypatch):
    service.set_max_active(2)
    healthy = service.submit(tiny(steps=LONG))
    begun(store, healthy)

    def no_data(name, **options):
        raise ValueError("broken loader")

    monkeypatch.setattr(active_run, "load_dataset", no_data)
    run = service.submit(tiny())
    assert service.wait(run.id, 60).error.startswith("internal error: ValueError")
    begun(store, healthy, store.get(healthy.id).step + 1)


def test_a_thread_that_dies_tells_and_is_replaced(store, service, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Worker, "_turn", lambda self, task: {}["bug"])
        run = service.submit(tiny())
        assert service.wait(run.id, 60).error.startswith("internal error: KeyError")
    assert service.wait(service.submit(tiny()).id, 60).status is Status.FINISHED


def test_a_full_disk_pauses_and_resume_loses_nothing(store, service, monkeypatch):
    config = tiny(steps=30, checkpoint_every=7)
    whole = service.submit(config)
    service.wait(whole.id, 60)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(resume_state, "save_checkpoint", full)
        run = service.submit(config)
        paused = service.wait(run.id, 60)
        assert (paused.status, paused.step) == (Status.PAUSED, 7)
        assert "No space left on device" in paused.error
        service.resume(run.id)  # still full
        assert service.wait(run.id, 60).status is Status.PAUSED
        with pytest.raises(StorageError):
            service.stop(run.id)
    assert store.events(run.id)[-1].level is Level.WARNING
    monkeypatch.setattr(active_run, "load_dataset", None)  # it goes on from memory
    service.resume(run.id)
    assert service.wait(run.id, 60).status is Status.FINISHED
    assert curve(store, run) == curve(store, whole)


@pytest.fixture
def slow_save(monkeypatch):
    """A run that could not be saved is in memory; when it is saved at last, that takes until `go_on` is set."""
    saving, go_on = threading.Event(), threading.Event()
    save = resume_state.save

    def slow(*args):
        saving.set()
        assert go_on.wait(60), "nobody was answered meanwhile"
        save(*args)

    def full(*args):
        raise StorageError("full")

    monkeypatch.setattr(resume_state, "save", full)
    yield lambda: monkeypatch.setattr(resume_state, "save", slow), saving, go_on
    go_on.set()


@pytest.mark.parametrize("command", ["stop", "extend", "shutdown"])
def test_nobody_waits_for_a_run_that_is_being_saved(store, service, slow_save, command):
    be_slow, saving, go_on = slow_save
    run = service.submit(tiny(steps=LONG, checkpoint_every=5))
    assert service.wait(run.id, 60).status is Status.PAUSED
    other = store.create(tiny())
    be_slow()
    arguments = {"stop": [run.id], "extend": [run.id, 1], "shutdown": []}[command]
    thread = threading.Thread(target=getattr(service, command), args=arguments)
    thread.start()
    assert saving.wait(60)
    assert service.vitals().active == service.vitals().waiting == 0
    assert service.queue_position(run.id) is None
    assert service.wait(run.id, 60).id == run.id
    assert service.pause(other.id).status is Status.PAUSED
    if command != "shutdown":
        assert service.submit(tiny()).id != run.id
    go_on.set()
    thread.join()
    assert store.resume_path(run.id).exists()


@pytest.fixture
def endless_download(monkeypatch):
    """A dataset that never arrives."""

    def download(name, *, progress, **shape):
        while True:
            progress("downloading", 0.1)
            time.sleep(0.005)

    monkeypatch.setattr(active_run, "load_dataset", download)


def test_a_download_does_not_hold_up_other_runs_and_can_be_paused(store, service, monkeypatch, request):
    service.set_max_active(2)
    training = service.submit(tiny(steps=LONG))
    begun(store, training)
    request.getfixturevalue("endless_download")
    loading = service.submit(tiny())
    eventually(lambda: store.get(loading.id).message == "downloading")
    assert store.get(loading.id).status is Status.PREPARING
    begun(store, training, store.get(training.id).step + 1)
    service.pause(loading.id)
    assert service.wait(loading.id, 60).status is Status.PAUSED
    monkeypatch.setattr(active_run, "load_dataset", lambda name, **options: make_data(200))
    service.resume(loading.id)
    assert service.wait(loading.id, 60).status is Status.FINISHED


def test_shutdown_saves_all_runs_and_marks_them(store):
    service = TrainingService(store, slice_seconds=0.01)
    running, queued = [service.submit(tiny(steps=LONG, seed=seed)) for seed in range(2)]
    begun(store, running)
    service.shutdown()
    assert [store.get(run.id).status for run in (running, queued)] == [Status.INTERRUPTED] * 2
    assert "shut down" in store.events(running.id)[-1].message
    assert store.checkpoint_path(running.id).exists()
    saved = store.get(running.id).step
    assert not any(thread.name == "training on cpu" for thread in threading.enumerate())
    for command in (lambda: service.submit(tiny()), lambda: service.resume(running.id)):
        with pytest.raises(RunError, match="shut down"):
            command()

    following = TrainingService(store, slice_seconds=0.01)
    following.resume(running.id)
    begun(store, running, saved + 1)
    following.shutdown()


def test_shutdown_while_loading(store, endless_download):
    service = TrainingService(store)
    run = service.submit(tiny())
    status(store, run, Status.PREPARING)
    service.shutdown()
    assert store.get(run.id).status is Status.INTERRUPTED


def test_a_new_service_finds_runs_that_were_interrupted(store):
    run = store.create(tiny())
    store.update(run.id, status=Status.RUNNING, step=5)
    TrainingService(store)
    assert store.get(run.id).status is Status.INTERRUPTED


def test_there_is_one_service_per_process(workshop_home):
    try:
        service = get_service()
        assert get_service() is service
        assert service.store.root == workshop_home / "runs"
        run = service.submit(tiny(steps=LONG))
        begun(service.store, run)
    finally:
        shutdown_service()
    assert RunStore().get(run.id).status is Status.INTERRUPTED
    shutdown_service()  # nothing to do


CHILD = """
import sys, time
from pathlib import Path
from gan_core.runs import RunStore, TrainingService, active_run
from tests.helpers.data import make_data
from tests.helpers.runs import tiny
active_run.load_dataset = lambda name, **options: make_data(200)
service = TrainingService(RunStore(Path(sys.argv[1])))
print(service.submit(tiny(steps=1_000_000)).id, flush=True)
time.sleep(600)
"""


def test_a_killed_process_leaves_an_interrupted_run_that_goes_on(store, service):
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", CHILD, str(store.root)]
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8", cwd=root, env=environment) as child:
        run = store.get(child.stdout.readline().strip())
        begun(store, run, 45)
        assert store.list()[0].status is Status.RUNNING
        with pytest.raises(RunError, match="already"):
            service.resume(run.id)
        child.kill()
    assert store.list()[0].status is Status.INTERRUPTED
    step = store.get(run.id).step
    service.resume(run.id)
    begun(store, run, step + 1)
    service.stop(run.id)
    service.wait(run.id, 60)
    steps = store.metrics(run.id, max_points=1_000_000)["d_loss"].steps.tolist()
    assert steps == list(range(1, len(steps) + 1))
