import pytest
import torch

from gan_core.errors import RunError
from gan_core.runs import active_run
from gan_core.runs.slow_motion import next_iteration
from tests.helpers.data import make_data
from tests.helpers.runs import begin, tiny


def trained(store, done, **options):
    """A run that was paused after so many steps, and its metrics."""
    run = store.create(tiny(**options))
    active = begin(store, run.id)
    active.train(steps=done)
    active.save_if_needed()
    active.close()
    return run


def metrics_of_step(store, run, step):
    found = store.metrics(run.id)
    return {name: series.values[series.steps.tolist().index(step)] for name, series in found.items()}


@pytest.mark.parametrize("done", [0, 20])
def test_it_is_the_next_iteration_of_the_run(store, done):
    run = trained(store, done) if done else store.create(tiny())
    before = {path: path.read_bytes() for path in store.folder(run.id).rglob("*") if path.is_file()}
    generator = torch.get_rng_state()
    told = next_iteration(store, run.id, active_run.load_data(run.config))
    assert torch.equal(torch.get_rng_state(), generator)
    assert {path: path.read_bytes() for path in store.folder(run.id).rglob("*") if path.is_file()} == before

    going_on = begin(store, run.id)  # the run goes on as if nothing had been
    going_on.train(steps=1)
    going_on.flush()
    going_on.close()
    assert told.step == done + 1
    assert told.metrics == pytest.approx(metrics_of_step(store, run, done + 1), rel=1e-6)


def test_a_run_at_its_end_is_told_one_step_more(store):
    run = trained(store, 5, steps=5, lr_schedule="ramp")
    told = next_iteration(store, run.id, active_run.load_data(run.config))
    assert told.step == 6
    assert any(max(each.norms.values()) > 0 for each in told.sub_steps if each.kind == "update")


def test_what_is_not_there_or_has_changed_is_one_plain_line(store):
    with pytest.raises(RunError, match="there is no run"):
        next_iteration(store, "vanilla-strokes-3f9a2c", make_data())
    run = trained(store, 2)
    with pytest.raises(RunError, match="200 images, now it has 64"):
        next_iteration(store, run.id, make_data(64))
