"""Options that change while a run trains, and steps in which one of the networks rests."""

import copy

import numpy as np
import pytest
import torch

from gan_core.errors import ConfigError, RunError
from gan_core.families import FAMILIES, RunConfig, new_config
from gan_core.training import Trainer
from tests.helpers.data import make_data
from tests.helpers.trainers import stuck, trainer


def state_of(t: Trainer) -> dict[str, torch.Tensor]:
    """Copies of all tensors of both networks and of the average."""
    return copy.deepcopy(t.gan.state_dict() | {f"ema.{name}": v for name, v in t.ema.model.state_dict().items()})


def assert_equal(one: Trainer, other: Trainer) -> None:
    theirs = state_of(other)
    for name, tensor in state_of(one).items():
        assert torch.equal(tensor, theirs[name]), name


def other_value(field, value):
    """Another value of a knob than the one it has."""
    if field.choices:
        return next(choice for choice in field.choices if choice != value)
    return value + 1 if field.number is int else value / 10 if value else 0.25


def all_changed(config: RunConfig) -> dict[str, object]:
    values = config.flat()
    return {name: other_value(field, values[name]) for name, field in config.knobs.items() if name != "players"}


def row_groups(t: Trainer) -> list[np.ndarray]:
    groups = []
    while len((rows := t.flush()).steps):
        groups.append(rows.values)
    return groups


@pytest.mark.parametrize("family", FAMILIES)
def test_the_network_that_rests_stays_bit_for_bit(family):
    t = trainer(family, n_critic=2)
    t.train_steps(1)
    resting = {"d": ("generator", "ema"), "g": ("discriminator",)}
    for player, names in resting.items():
        before = state_of(t)
        weights = copy.deepcopy(t.gan.state_dict())
        t.change(players=player)
        t.train_steps(2)
        after = state_of(t)
        assert all(torch.equal(before[name], after[name]) for name in before if name.startswith(names))
        assert {name.split(".")[0] for name in stuck(t, weights)} == {names[0]}
    t.change(players="both")
    weights = copy.deepcopy(t.gan.state_dict())
    t.train_steps(1)
    assert stuck(t, weights) == []
    assert sum(map(len, row_groups(t))) == 6  # a row for each step, whoever learned


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_with_changes_is_reproduced_from_its_config_and_resumes_exactly(family, tmp_path):
    """Every knob is turned at step 2, D alone learns at step 4, and the run goes on in another trainer at step 3."""
    data = make_data(20)  # fewer than the images of a step after the change
    live = trainer(family, data)
    live.train_steps(2)
    live.change(**all_changed(live.config))
    live.train_steps(1)
    torch.save(live.state_dict(), tmp_path / "state.pt")
    live.train_steps(1)
    live.change(players="d")
    live.train_steps(1)
    live.change(players="both")
    live.train_steps(1)

    again = Trainer(RunConfig.from_json(live.config.to_json()), data)
    again.train_steps(6)
    resumed = Trainer(live.config, data)
    resumed.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    resumed.train_steps(3)
    assert_equal(live, again)
    assert_equal(live, resumed)
    for one, other in zip(row_groups(live), row_groups(again), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_knob_reaches_the_losses(family):
    """A knob that nothing reads would leave the run as it was."""
    start = trainer(family, n_critic=2)
    start.train_steps(1)
    state = copy.deepcopy(start.state_dict())
    ends = {}
    for name, value in {"": None, **all_changed(start.config)}.items():
        t = Trainer(start.config.changed(1, **{name: value} if name else {}), start.data)
        t.load_state_dict(copy.deepcopy(state))
        t.train_steps(2)
        ends[name] = torch.cat([tensor.float().flatten() for tensor in state_of(t).values()])
    unread = [name for name in ends if name and torch.equal(ends[name], ends[""])]
    allowed = set()
    assert set(unread) <= allowed, unread


def test_a_learning_rate_by_hand():
    """SGD without momentum moves a weight by the rate times its gradient."""
    t = trainer(optimizer="sgd", beta1=0.0, lr_g=0.1)
    t.train_steps(1)
    t.change(lr_g=0.025)
    before = [p.detach().clone() for p in t.gan.generator.parameters()]
    t.train_steps(1)
    for old, p in zip(before, t.gan.generator.parameters(), strict=True):
        assert torch.allclose(p - old, -0.025 * p.grad, atol=1e-7)


def test_more_updates_of_d_from_a_step_on():
    t = trainer(n_critic=1)
    t.train_steps(2)
    t.change(n_critic=4)
    t.train_steps(3)
    updates = next(iter(t.networks["d"].optimizer.state.values()))["step"].item()
    assert updates == 2 + 3 * 4


def test_rows_with_other_names_come_apart():
    """A weight of the pulling-away term adds a part to the loss of G."""
    t = trainer("ebgan")
    t.train_steps(2)
    t.change(pt_weight=0.1)
    t.train_steps(3)
    first, second = t.flush(), t.flush()
    assert (first.steps.tolist(), second.steps.tolist()) == ([1, 2], [3, 4, 5])
    assert set(second.names) - set(first.names) == {"g_adversarial", "g_pulling_away"}
    assert t.flush().values.shape == (0, len(second.names))


def test_another_past_is_refused_and_another_future_welcome():
    t = trainer()
    t.train_steps(3)
    state = t.state_dict()
    trainer_of_another_future = Trainer(t.config.changed(3, lr_d=1e-3), t.data)
    trainer_of_another_future.load_state_dict(state)
    with pytest.raises(RunError, match="changes was"):
        Trainer(t.config.changed(2, lr_d=1e-3), t.data).load_state_dict(state)


@pytest.mark.parametrize(
    "changes", [[{"step": -1, "settings": {}}], [{"step": 3, "settings": {"lr_d": [1]}}], "x", [7]]
)
def test_changes_that_make_no_sense_are_refused(changes):
    with pytest.raises(ConfigError, match="^changes"):
        new_config("vanilla", changes=changes)


def test_the_config_of_a_step():
    config = new_config("vanilla", lr_d=1e-4).changed(5, lr_d=3e-4).changed(10, lr_d=2e-4).changed(10, n_critic=2)
    assert [(config.at(step).lr_d, config.at(step).n_critic) for step in (0, 4, 5, 9, 10, 99)] == [
        *[(1e-4, 1)] * 2,
        *[(3e-4, 1)] * 2,
        *[(2e-4, 2)] * 2,
    ]
    assert [change.step for change in config.before(10).changes] == [5]
    overruled = config.changed(7, lr_d=4e-4)  # from there on, so the later change of it is void
    assert [(change.step, change.settings) for change in overruled.changes] == [
        (5, {"lr_d": 3e-4}),
        (7, {"lr_d": 4e-4}),
        (10, {"n_critic": 2}),
    ]
    assert RunConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"lr_d": 2.0}, "^lr_d: .*less than or equal to 1"),
        ({"batch_size": 32}, "^batch_size: cannot change while a run trains; these can: .*lr_d"),
        ({"gradient_penalty": 3}, "^gradient_penalty: does not apply"),
        ({"nonsense": 3}, "^nonsense: unknown option"),
    ],
)
def test_what_is_no_knob_or_out_of_range_is_refused(settings, what):
    with pytest.raises(ConfigError, match=what):
        new_config("vanilla").changed(3, **settings)
