import signal
import threading

import pytest

from gan_core.errors import ConfigError, RunError
from gan_core.runs import Status, active_run, resume, train
from gan_core.runs.training_run import STOP_SIGNALS
from tests.helpers.runs import tiny


@pytest.fixture(autouse=True)
def prompt_record(monkeypatch):
    monkeypatch.setattr(active_run, "FLUSH_SECONDS", 0.0)


def curve(store, run_id) -> tuple[list[int], bytes]:
    series = store.metrics(run_id)["d_loss"]
    return series.steps.tolist(), series.values.tobytes()


def test_train_takes_options_on_top_of_the_familys_settings(store):
    run = train(store=store, family="vanilla", mlp_size="small", steps=3, batch_size=16)
    assert (run.status, run.step, run.config.family, run.config.options.mlp_size) == (
        Status.FINISHED,
        3,
        "vanilla",
        "small",
    )


def test_train_takes_a_config_and_changes_to_it(store):
    run = train(tiny(), store=store, steps=3)
    assert run.config == tiny(steps=3)


def test_progress_is_told(store):
    told = []
    train(tiny(steps=3), store=store, progress=told.append)
    assert told[0].status is Status.PREPARING
    assert (told[-1].status, told[-1].step) == (Status.FINISHED, 3)


@pytest.mark.parametrize("options", [{"family": "nonsense"}, {"steps": 0}, {"family": "dcgan", "mlp_size": "small"}])
def test_wrong_options_leave_nothing_behind(store, options):
    with pytest.raises(ConfigError):
        train(store=store, **options)
    assert store.list() == []


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_saves_and_resume_goes_on_bit_for_bit(store, number):
    before = signal.getsignal(number)

    pressed = []

    def press(run):
        if run.step == 10 and not pressed:
            pressed.append(run.step)
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        train(tiny(), store=store, progress=press)
    assert signal.getsignal(number) is before
    interrupted = store.list()[0]
    assert (interrupted.status, interrupted.step) == (Status.INTERRUPTED, 10)
    assert [event.message for event in store.events(interrupted.id)] == ["interrupted; resume it to go on"]

    finished = resume(interrupted.id, store=store)
    assert finished.status is Status.FINISHED
    assert curve(store, finished.id) == curve(store, train(tiny(), store=store).id)


def test_a_second_ctrl_c_ends_at_once(store):
    pressed = []

    def press_twice(run):
        if run.step == 30 and not pressed:
            pressed.append(run.step)
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(tiny(), store=store, progress=press_twice)
    run = store.list()[0]
    assert run.status is Status.INTERRUPTED
    assert "last checkpoint" in store.events(run.id)[-1].message
    assert resume(run.id, store=store).status is Status.FINISHED


def test_ctrl_c_while_the_data_is_loading(store, monkeypatch):
    def load(name, *, progress, **shape):
        signal.raise_signal(signal.SIGINT)
        progress("downloading", 0.5)

    monkeypatch.setattr(active_run, "load_dataset", load)
    with pytest.raises(KeyboardInterrupt):
        train(tiny(), store=store)
    assert store.list()[0].status is Status.INTERRUPTED


def test_an_error_is_recorded_and_raised(store, monkeypatch):
    def load(name, **options):
        raise RunError("no luck")

    monkeypatch.setattr(active_run, "load_dataset", load)
    with pytest.raises(RunError, match="no luck"):
        train(tiny(), store=store)
    assert (store.list()[0].status, store.list()[0].error) == (Status.FAILED, "no luck")


def test_train_works_outside_the_main_thread(store):
    thread = threading.Thread(target=lambda: train(tiny(), store=store))
    thread.start()
    thread.join()
    assert store.list()[0].status is Status.FINISHED


def test_resume_with_a_new_number_of_steps(store):
    run = train(tiny(steps=5), store=store)
    with pytest.raises(RunError, match="all its 5 steps"):
        resume(run.id, store=store)
    with pytest.raises(RunError, match="ask for more"):
        resume(run.id, steps=5, store=store)
    assert resume(run.id, steps=8, store=store).step == 8


def test_resume_refuses_what_is_unknown_or_in_use(store):
    with pytest.raises(RunError, match="there is no run"):
        resume("vanilla-mnist-000000", store=store)
    run = store.create(tiny())
    lock = store.lock(run.id)
    store.update(run.id, status=Status.RUNNING)
    with pytest.raises(RunError, match="running already"):
        resume(run.id, store=store)
    lock.release()
