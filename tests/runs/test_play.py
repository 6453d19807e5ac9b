"""Playing with a run: knobs, moves of one network alone, undoing them, and forks."""

import time

import pytest
import torch

from gan_core.errors import ConfigError, RunError
from gan_core.families import FAMILIES
from gan_core.runs import Status, TrainingService, forks, moves, train
from gan_core.runs.step_files import STATES
from tests.helpers.data import small
from tests.helpers.runs import tiny


def state_of(store, run_id):
    return torch.load(store.resume_path(run_id), weights_only=True)


def flat(value, name=""):
    """The tensors and numbers of a nested state by their place, without its config, which may know of the future."""
    if isinstance(value, dict):
        return {k: v for key, part in value.items() if key != "config" for k, v in flat(part, f"{name}/{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for place, part in enumerate(value) for k, v in flat(part, f"{name}/{place}").items()}
    return {name: value}


def assert_same_state(one, other):
    one, other = flat(one), flat(other)
    assert one.keys() == other.keys()
    differing = [
        name
        for name, value in one.items()
        if not (torch.equal(value, other[name]) if isinstance(value, torch.Tensor) else value == other[name])
    ]
    assert differing == []


def paused(service, config=None, steps=4):
    """A run that has done some steps and is paused."""
    run = service.store.create(config or tiny(steps=20, checkpoint_every=5))
    service.step(run.id, steps)
    return service.wait(run.id)


def wait_until_beyond(service, run_id, step):
    while service.store.get(run_id).step <= step:
        time.sleep(0.01)


def networks(state, name):
    return {key: value for key, value in state["gan"].items() if key.startswith(name)}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_move_is_undone_to_the_last_bit(service, family):
    run = paused(service, tiny(family, **small(family)), steps=2)
    service.change(run.id, lr_d=1e-3)
    config = service.store.get(run.id).config
    before, curves = state_of(service.store, run.id), service.store.metrics(run.id)
    for players, resting in (("d", "generator"), ("g", "discriminator")):
        service.move(run.id, players, 2)
        moved = service.wait(run.id)
        assert (moved.status, moved.step) == (Status.PAUSED, 4)
        after = state_of(service.store, run.id)
        for name, tensor in networks(before, resting).items():
            assert torch.equal(tensor, networks(after, resting)[name]), name
        undone = service.undo(run.id)
        assert (undone.status, undone.step, undone.config) == (Status.PAUSED, 2, config)
        assert_same_state(state_of(service.store, run.id), before)
        assert {name: c.steps.tolist() for name, c in service.store.metrics(run.id).items()} == {
            name: c.steps.tolist() for name, c in curves.items()
        }
        assert not moves.can_undo(service.store, undone)


def test_a_run_that_was_played_with_is_reproduced_from_its_record(service, tmp_path):
    run = paused(service)
    service.change(run.id, lr_d=1e-3, n_critic=2)
    service.move(run.id, "d", 3)
    service.wait(run.id)
    service.undo(run.id)
    service.move(run.id, "g", 3)
    service.wait(run.id)
    service.shutdown()  # goes on in another process

    another = TrainingService(service.store, slice_seconds=0.01)
    another.resume(run.id)
    another.wait(run.id)
    another.shutdown()
    played = service.store.get(run.id)
    assert played.status is Status.FINISHED
    assert [(change.step, change.settings) for change in played.config.changes] == [
        (4, {"lr_d": 1e-3, "n_critic": 2, "players": "g"}),
        (7, {"players": "both"}),
    ]
    again = train(played.config, store=service.store)
    assert_same_state(state_of(service.store, run.id), state_of(service.store, again.id))


def test_before_and_after_are_the_same_images(service):
    run = paused(service)
    service.move(run.id, "d", 3)
    service.wait(run.id)
    move = moves.last(service.store, run.id)
    assert (move.players, move.first_step, move.last_step) == ("d", 4, 7)
    assert torch.equal(move.before.reals, move.after.reals)
    assert torch.equal(move.before.fakes, move.after.fakes)  # G rested
    assert not torch.equal(move.before.fake_scores, move.after.fake_scores)
    service.move(run.id, "g", 3)
    service.wait(run.id)
    after_g = moves.last(service.store, run.id)
    assert torch.equal(after_g.before.fake_scores, move.after.fake_scores)  # it begins where the other ended
    assert torch.equal(after_g.before.real_scores, after_g.after.real_scores)  # D rested
    assert not torch.equal(after_g.before.fakes, after_g.after.fakes)
    service.step(run.id)
    service.wait(run.id)
    assert moves.last(service.store, run.id) is None  # the run has gone on


def test_a_move_that_ends_the_run_is_undone_too(service):
    run = paused(service, tiny(steps=6))
    before = state_of(service.store, run.id)
    service.move(run.id, "g", 10)
    assert service.wait(run.id).status is Status.FINISHED
    assert moves.last(service.store, run.id).last_step == 6
    undone = service.undo(run.id)
    assert (undone.status, undone.step, undone.finished_at) == (Status.PAUSED, 4, None)
    assert_same_state(state_of(service.store, run.id), before)


def test_a_running_run_is_played_with_too(service):
    run = service.submit(tiny(steps=1_000_000))
    wait_until_beyond(service, run.id, 0)
    service.change(run.id, lr_g=1e-3)
    service.move(run.id, "d", 5)
    moved = service.wait(run.id)
    began, ended = moved.config.changes[-2:]
    assert moved.status is Status.PAUSED
    assert moved.config.at(moved.step - 1).lr_g == 1e-3
    assert (began.settings["players"], ended.settings["players"]) == ("d", "both")
    assert ended.step - began.step == 5
    assert ended.step == moved.step
    assert moves.last(service.store, run.id).last_step == moved.step


def test_a_move_that_is_cut_short_is_over(service):
    run = paused(service, tiny(steps=1_000_000))
    service.move(run.id, "d", 500_000)
    wait_until_beyond(service, run.id, 4)
    service.pause(run.id)
    cut = service.wait(run.id)
    assert cut.step < 500_000
    assert [(change.step, change.settings["players"]) for change in cut.config.changes] == [
        (4, "d"),
        (cut.step, "both"),
    ]


@pytest.mark.parametrize("ending", ["finished", "interrupted", "stopped"])
def test_a_run_that_is_over_is_not_played_with(service, ending):
    run = paused(service)
    if ending == "finished":
        service.resume(run.id)
        service.wait(run.id)
    elif ending == "stopped":
        service.stop(run.id)
    else:
        service.store.update(run.id, status=Status.INTERRUPTED)
    before = service.store.get(run.id)
    for play in (lambda: service.move(run.id, "d", 2), lambda: service.change(run.id, lr_d=1e-3)):
        with pytest.raises(RunError, match=f"is {ending}; it can be played with only while it trains or is paused"):
            play()
    with pytest.raises(RunError, match="has no move that can be undone"):
        service.undo(run.id)
    assert service.store.get(run.id) == before


def test_knobs_out_of_range_leave_a_run_as_it_was(service):
    run = paused(service)
    for settings in ({"lr_d": 2.0}, {"lr_d": 0.0}, {"batch_size": 4}, {"players": "nobody"}):
        with pytest.raises(ConfigError):
            service.change(run.id, **settings)
    with pytest.raises(ConfigError, match="^players"):
        service.move(run.id, "nobody")
    with pytest.raises(RunError, match="at least 1"):
        service.move(run.id, "d", 0)
    assert service.store.get(run.id) == run


# Forks


def test_a_fork_without_changes_becomes_what_the_run_became(service):
    run = service.submit(tiny(steps=20, checkpoint_every=5))
    whole = service.wait(run.id)
    assert forks.fork_steps(service.store, whole) == [5, 10, 15]
    forked = service.fork(run.id, 10)
    forked = service.wait(forked.id)
    assert (forked.status, forked.step) == (Status.FINISHED, 20)
    assert_same_state(state_of(service.store, forked.id), state_of(service.store, run.id))
    for of in (service.store.metrics, service.store.readings, service.store.snapshot_steps):
        first, second = of(run.id), of(forked.id)
        if isinstance(first, dict):
            assert all((first[name].values == second[name].values).all() for name in first)
        else:
            assert first == second
    assert f"begins at step 10 of run {run.id}" in service.store.notes(forked.id)
    assert service.store.get(run.id) == whole


def test_a_fork_with_another_knob_has_the_same_past(service):
    run = service.submit(tiny(steps=20, checkpoint_every=5))
    service.wait(run.id)
    forked = service.wait(service.fork(run.id, 10, lr_g=1e-2, name="higher").id)
    assert forked.name == "higher"
    assert [(change.step, change.settings) for change in forked.config.changes] == [(10, {"lr_g": 1e-2})]
    first, second = (service.store.metrics(run_id)["g_loss"].values for run_id in (run.id, forked.id))
    assert (first[:10] == second[:10]).all()
    assert (first[11:] != second[11:]).any()


def test_a_fork_in_the_middle_of_a_move_lets_both_learn(service):
    run = paused(service)
    service.move(run.id, "d", 3)  # from 4 to 7, saved at 5
    service.wait(run.id)
    forked = forks.fork(service.store, run.id, 5)
    assert [forked.config.at(step).players for step in (3, 4, 5, 6)] == ["both", "d", "both", "both"]


def test_a_step_that_is_gone_or_the_last_cannot_be_forked(service):
    run = service.wait(service.submit(tiny(steps=20, checkpoint_every=5)).id)
    STATES.path_of(service.store.folder(run.id), 10).unlink()
    for step, what in (
        (10, "step 10 of run .* is not kept"),
        (7, "step 7 of run .* is not kept"),
        (20, "no steps after"),
    ):
        with pytest.raises(RunError, match=what):
            service.fork(run.id, step)
    with pytest.raises(ConfigError, match="^lr_g"):
        service.fork(run.id, 5, lr_g=7)
    assert [other.id for other in service.store.list()] == [run.id]
