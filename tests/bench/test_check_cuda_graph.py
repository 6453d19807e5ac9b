"""The comparison of `bench check_cuda_graph`, on the CPU with a capture that needs no GPU."""

import numpy as np
import pytest
import torch

from bench import check_cuda_graph
from bench.__main__ import main
from bench.check_cuda_graph import compare_engines, configs, largest_difference, moved_weights
from gan_core.families import FAMILIES, new_config
from tests.helpers.data import make_data
from tests.helpers.tape import TapeCapture


def config(family="vanilla", **options):
    return new_config(family, **{"device": "cpu", "latent_size": 6, "batch_size": 8, "mlp_size": "small", **options})


def test_a_faithful_capture_passes():
    captures = TapeCapture(), TapeCapture()
    report = compare_engines(config(), make_data(), captures)
    assert report.failures == []
    assert report.error == 0.0
    assert [capture.recorded for capture in captures] == [2, 1]


def test_without_a_capture_the_proof_fails():
    assert compare_engines(config(), make_data()).failures == ["stayed eager: the device is cpu"] * 2


class Unfaithful(TapeCapture):
    """Well behaved while it is watched, then it forgets the optimiser."""

    def replay(self):
        super().replay()
        adam = torch.ops.aten._fused_adam_.tensor_lr
        self._tape = [entry for entry in self._tape if entry[0] is not adam]


def test_weights_that_stand_still_fail_the_proof():
    failures = compare_engines(config(), make_data(), (TapeCapture(), Unfaithful())).failures
    assert any("is off by" in failure for failure in failures)
    # The warm-up, real steps, moved them all; it is the losses that give it away.
    assert not any("did not move" in failure for failure in failures)


class Forgetful(TapeCapture):
    """Leaves one weight as it is, whatever it does."""

    forgotten: torch.nn.Parameter

    def warm_up(self, work):
        self._forget(lambda: super(Forgetful, self).warm_up(work))

    def replay(self):
        self._forget(super().replay)

    def _forget(self, act):
        before = self.forgotten.detach().clone()
        act()
        self.forgotten.data.copy_(before)


def test_a_weight_that_eager_training_moves_and_the_graph_does_not_is_named(monkeypatch):
    capture = Forgetful()
    made = check_cuda_graph.Trainer

    def make(config, data, **options):
        trainer = made(config, data, **options)
        if options.get("capture") is capture:
            capture.forgotten = next(trainer.gan.discriminator.parameters())
        return trainer

    monkeypatch.setattr(check_cuda_graph, "Trainer", make)
    monkeypatch.setattr("gan_core.training.engine.describe_mismatch", lambda *moments: None)
    failures = compare_engines(config(), make_data(), (TapeCapture(), capture)).failures
    name = next(name for name, _ in made(config(), make_data()).gan.named_parameters() if "discriminator" in name)
    assert failures[0] == f"after the resume {name} did not move"


@pytest.mark.parametrize(
    "settings", [{"family": "wgan"}, {"family": "dcgan", "upsample": "nearest", "optimizer": "sgd"}]
)
def test_a_weight_without_a_gradient_need_not_move(settings):
    """A constant in a critic's score, and a bias before a BatchNorm, which SGD never moves."""
    small = new_config(**settings, device="cpu", latent_size=6, batch_size=8, base_channels=4)
    report = compare_engines(small, make_data(), (TapeCapture(), TapeCapture()))
    assert report.failures == []


def test_what_moved():
    before = {"weight": torch.ones(2), "bias": torch.ones(1)}
    assert moved_weights(before, {"weight": torch.ones(2), "bias": torch.zeros(1)}) == {"bias"}


def test_differences_are_relative_where_values_are_large():
    expected = np.array([[0.5, 100.0], [1.0, 200.0]])
    small, large = np.array([[0.1, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 60.0]])
    assert largest_difference(expected, expected + small) == (pytest.approx(0.1), (0, 0))
    assert largest_difference(expected, expected + large) == (pytest.approx(0.3), (1, 1))
    assert largest_difference(expected, expected * [[1, 1], [np.nan, 1]]) == (np.inf, (1, 0))


def test_every_family_has_a_row():
    assert list(configs(list(FAMILIES), "float32")) == [*FAMILIES, "dcgan, nearest"]


def test_without_cuda_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="2"):
        main(["check_cuda_graph"])
    assert capsys.readouterr().out == "no CUDA on this machine: nothing was checked\n"
