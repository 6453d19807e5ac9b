import copy

import numpy as np
import pytest
import torch

from gan_core.errors import ConfigError, RunError
from gan_core.families import FAMILIES, Batch
from gan_core.training.device import resolve_device
from gan_core.training.ema import Ema
from gan_core.training.statistics import CAPACITY, Statistics
from tests.helpers.data import make_data
from tests.helpers.trainers import stuck, trainer, values


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_moves(family):
    t = trainer(family)
    before = copy.deepcopy(t.gan.state_dict())
    t.train_steps(2)
    assert stuck(t, before) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_seed_decides_the_run(family):
    first, again, other = trainer(family, seed=1), trainer(family, seed=1), trainer(family, seed=2)
    for t in (first, again, other):
        t.train_steps(3)
    expected = values(first)
    assert np.array_equal(expected, values(again))
    assert not np.array_equal(expected, values(other))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_resumed_run_equals_an_uninterrupted_one(family, tmp_path):
    whole = trainer(family)
    whole.train_steps(10)
    part = trainer(family)
    part.train_steps(4)
    torch.save(part.state_dict(), tmp_path / "state.pt")

    resumed = trainer(family)
    resumed.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    resumed.train_steps(6)
    assert np.array_equal(values(whole)[4:], values(resumed))
    for name, tensor in whole.gan.state_dict().items():
        assert torch.equal(tensor, resumed.gan.state_dict()[name]), name
    for name, tensor in whole.ema.model.state_dict().items():
        assert torch.equal(tensor, resumed.ema.model.state_dict()[name]), name


def test_trainers_taking_turns_do_not_disturb_each_other():
    alone = trainer("cgan")
    alone.train_steps(12)
    one, two = trainer("cgan"), trainer("dcgan", seed=5)
    for _ in range(4):
        one.train_steps(3)
        two.train_steps(2)
        torch.rand(7)  # somebody else uses the default generator in between
    assert np.array_equal(values(alone), values(one))


def test_the_default_generator_is_left_as_it_was():
    before = torch.get_rng_state()
    trainer().train_steps(3)
    assert torch.equal(torch.get_rng_state(), before)


def test_gradients_of_the_resting_player_stay_away():
    t = trainer("dcgan")
    t.train_steps(1)
    assert not any(p.requires_grad for p in t.gan.discriminator.parameters())  # the generator's turn came last
    seen = {}
    real, _ = t.batches.next()
    z = t.gan.latent_spec.sample(len(real))
    for name, loss in (
        ("d", lambda: t.gan.discriminator_loss(Batch(real, None, z, t.gan.generate(z, real)))),
        ("g", lambda: t.gan.generator_loss(Batch(real, None, z, t.gan.generate(z, real)))),
    ):
        t.gan.discriminator.requires_grad_(name == "d")
        t.gan.zero_grad()
        loss().total.backward()
        seen[name] = {part for part, net in (("d", t.gan.discriminator), ("g", t.gan.generator)) if has_gradients(net)}
    assert seen == {"d": {"d"}, "g": {"g"}}


def has_gradients(net):
    return any(p.grad is not None for p in net.parameters())


def test_one_adam_step_by_hand():
    """The first Adam step moves each weight by lr * g / (|g| + eps): the learning rate, against the gradient."""
    t = trainer("vanilla", lr_g=1e-3)
    before = [p.clone() for p in t.gan.generator.parameters()]
    t.train_steps(1)
    for old, p in zip(before, t.gan.generator.parameters(), strict=True):
        large = p.grad.abs() > 1e-5  # where eps = 1e-8 does not matter
        assert torch.allclose((p - old)[large], -1e-3 * p.grad.sign()[large], rtol=2e-3, atol=1e-7)


def test_n_critic_updates_the_discriminator_more_often():
    t = trainer(n_critic=3)
    t.train_steps(2)
    counts = [next(iter(player.optimizer.state.values()))["step"].item() for player in t.networks.values()]
    assert counts == [6, 2]


def test_an_epoch_shows_every_image_once():
    data = make_data(64)
    t = trainer(data=data, batch_size=16)
    seen = []
    original = t.data.images.clone()
    with t._randomness.swap_in():
        for _ in range(4):
            batch, _ = t.batches.next()
            seen.append(batch)
    shown = torch.cat(seen).flatten(1)
    everything = (original.float() * (2 / 255) - 1).flatten(1)
    assert torch.equal(shown.sort(dim=0).values, everything.sort(dim=0).values)


def test_a_dataset_smaller_than_a_batch_works():
    t = trainer(data=make_data(10), batch_size=16)
    assert t.train_steps(3) == 3


def test_advance_stops_at_the_end_and_when_interrupted():
    t = trainer(steps=5)
    assert t.train_steps(3) == 3
    assert t.train_steps(100) == 2
    assert t.finished
    asked = iter([False, False, True])
    assert trainer().train_steps(100, interrupted=lambda: next(asked)) == 2


def test_statistics_come_as_one_row_per_step():
    t = trainer()
    t.train_steps(7)
    rows = t.flush()
    assert rows.names == ("d_loss", "d_real", "d_fake", "g_loss")
    assert rows.steps.tolist() == [1, 2, 3, 4, 5, 6, 7]
    t.train_steps(2)
    assert t.flush().steps.tolist() == [8, 9]
    assert t.flush().values.shape == (0, 4)


def test_statistics_survive_a_full_buffer():
    statistics = Statistics(torch.device("cpu"))
    for step in range(1, CAPACITY + 4):
        statistics.prepare()
        statistics.record({"a": torch.tensor(float(step))})
        statistics.mark_step(step)
    assert statistics.last_metrics().tolist() == [[float(CAPACITY + 3)]]
    rows = statistics.flush()
    assert rows.steps.tolist() == rows.values[:, 0].tolist() == list(range(1, CAPACITY + 4))


def test_a_loss_that_is_not_finite_names_its_step():
    t = trainer()
    t.train_steps(3)
    with torch.no_grad():
        t.gan.discriminator.layers[0].weight.fill_(float("nan"))
    t.train_steps(2)
    with pytest.raises(RunError, match="no longer a finite number at step 4"):
        t.flush()
    assert not t.is_finite()


def test_out_of_memory_says_what_to_do(monkeypatch):
    t = trainer()

    def hungry(work):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(t.engine, "run", hungry)
    with pytest.raises(RunError, match="out of memory on cpu: use a smaller batch_size"):
        t.train_steps(1)


def test_other_runtime_errors_are_not_disguised(monkeypatch):
    t = trainer()

    def broken(work):
        raise RuntimeError("a bug")

    monkeypatch.setattr(t.engine, "run", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        t.train_steps(1)


def test_another_config_is_refused_with_the_difference():
    state = trainer(lr_g=2e-4).state_dict()
    with pytest.raises(RunError, match="lr_g was 0.0002, is 0.001"):
        trainer(lr_g=1e-3).load_state_dict(state)
    trainer(steps=500).load_state_dict(state)  # more steps are welcome


def test_another_dataset_is_refused():
    with pytest.raises(RunError, match="had 256 images, now it has 100"):
        trainer(data=make_data(100)).load_state_dict(trainer().state_dict())


def test_data_of_the_wrong_shape_is_refused():
    with pytest.raises(ConfigError, match="^image_size"):
        trainer(data=make_data(image_size=32))


def test_ema_by_hand():
    model = torch.nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(0.0)
    ema = Ema(model, decay=0.5)
    model.weight.data.fill_(8.0)
    ema.update()  # decay (1 + 1) / (10 + 1) = 2 / 11: 8 * 9 / 11
    assert ema.model.weight.item() == pytest.approx(8 * 9 / 11)
    ema.updates.fill_(999)
    ema.update()  # decay 0.5
    assert ema.model.weight.item() == pytest.approx((8 * 9 / 11 + 8) / 2)


def test_what_is_shown_has_statistics_of_its_own_weights():
    """The averaged weights are not the last ones: with their own statistics BatchNorm makes N(bias, weight)."""
    t = trainer("dcgan", lr_g=1e-2, batch_size=64)
    t.train_steps(8)
    z = t.gan.latent_spec.sample(1024, generator=torch.Generator().manual_seed(5))
    seen = {}
    generator = t.averaged_generator()
    norm = next(module for module in generator.modules() if isinstance(module, torch.nn.BatchNorm2d))
    norm.register_forward_hook(lambda layer, inputs, output: seen.update(output=output))
    generator(z)
    standard = (seen["output"] - norm.bias[:, None, None]) / norm.weight[:, None, None]
    assert standard.mean(dim=(0, 2, 3)).abs().max() < 0.1
    assert (standard.std(dim=(0, 2, 3)) - 1).abs().max() < 0.1


def test_a_look_at_a_run_does_not_change_it():
    watched, alone = trainer("dcgan"), trainer("dcgan")
    for t in (watched, alone):
        for _ in range(3):
            t.train_steps(2)
            if t is watched:
                t.averaged_generator()
    assert np.array_equal(values(watched), values(alone))
    shown, expected = (t.averaged_generator().state_dict() for t in (watched, alone))
    assert all(torch.equal(shown[name], expected[name]) for name in expected)


def test_a_resumed_run_shows_what_it_showed():
    t, again = trainer("dcgan"), trainer("dcgan", seed=0)
    t.train_steps(3)
    shown = copy.deepcopy(t.averaged_generator().state_dict())
    again.averaged_generator()
    again.load_state_dict(t.state_dict())
    assert all(torch.equal(again.averaged_generator().state_dict()[name], shown[name]) for name in shown)


def test_ema_off_is_a_copy():
    t = trainer("dcgan", ema_decay=0.0)
    t.train_steps(3)
    for name, tensor in t.gan.generator.state_dict().items():
        assert torch.allclose(t.ema.model.state_dict()[name], tensor), name


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="^device: cuda is not available"):
        resolve_device("cuda")


def test_auto_finds_a_device():
    assert resolve_device("auto").type in ("cpu", "cuda", "mps")


# The learning rate of a run that is given more steps


def rates(t, steps):
    """The factor of the learning rate in each of the next steps."""
    found = []
    for _ in range(steps):
        t.train_steps(1)
        found.append(t.networks["g"].optimizer.param_groups[0]["lr"].item() / t.config.lr_g)
    return found


def extended(t, steps):
    """Another trainer that goes on from `t` and has other steps to do."""
    longer = trainer(**t.config.flat() | {"steps": steps})
    longer.load_state_dict(t.state_dict())
    return longer


def test_a_ramp_by_hand():
    """Ten steps: 1 for the first six, up to and with the one at 6 of 10, then 3 / 4, 2 / 4 and 1 / 4."""
    assert rates(trainer(lr_schedule="ramp", steps=10), 10) == pytest.approx([1] * 7 + [0.75, 0.5, 0.25])


def test_more_steps_after_a_cosine_climb_from_the_rate_that_was_reached():
    """Four steps end at (1 + cos 135 degrees) / 2 = 0.1464; twelve more must not begin at the longer cosine's 0.85."""
    first = trainer(lr_schedule="cosine", steps=4)
    assert rates(first, 4) == pytest.approx([1, 0.8536, 0.5, 0.1464], abs=1e-4)
    climb = [0.1464 + k * 0.8536 / 12 for k in range(5)]  # a twelfth of the way to 1 in each step
    assert rates(extended(first, 16), 6) == pytest.approx([*climb, 0.4025], abs=1e-4)  # and then the longer cosine


def test_a_run_that_was_extended_resumes_step_for_step():
    first = trainer(lr_schedule="cosine", steps=4)
    first.train_steps(4)
    whole = extended(first, 12)
    part = extended(first, 12)
    part.train_steps(2)
    assert rates(whole, 8)[2:] == rates(extended(part, 12), 6)


def test_a_run_saved_before_extensions_were_kept_goes_on():
    first = trainer(lr_schedule="cosine", steps=4)
    first.train_steps(2)
    state = first.state_dict()
    del state["extended"]
    resumed = trainer(lr_schedule="cosine", steps=4)
    resumed.load_state_dict(state)
    assert rates(resumed, 2) == rates(first, 2)
