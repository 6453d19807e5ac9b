"""The comparison of `bench.prove_cuda`, on the CPU with a capture that needs no GPU."""

import sys

import numpy as np
import pytest
import torch

from bench import prove_cuda
from bench.prove_cuda import configs, prove
from gan_core.families import FAMILIES, new_config
from tests.helpers.data import make_data
from tests.helpers.tape import TapeCapture


def config(family="vanilla", **options):
    return new_config(family, **{"device": "cpu", "latent_size": 6, "batch_size": 8, "mlp_size": "small", **options})


def test_a_faithful_capture_passes():
    captures = TapeCapture(), TapeCapture()
    proof = prove(config(), make_data(), captures)
    assert proof.failures == []
    assert proof.error == 0.0
    assert [capture.recorded for capture in captures] == [2, 1]


def test_without_a_capture_the_proof_fails():
    assert prove(config(), make_data()).failures == ["stayed eager: the device is cpu"] * 2


class Unfaithful(TapeCapture):
    """Well behaved while it is watched, then it forgets the optimiser."""

    def replay(self):
        super().replay()
        adam = torch.ops.aten._fused_adam_.tensor_lr
        self._tape = [entry for entry in self._tape if entry[0] is not adam]


def test_weights_that_stand_still_fail_the_proof():
    failures = prove(config(), make_data(), (TapeCapture(), Unfaithful())).failures
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
    made = prove_cuda.Trainer

    def make(config, data, **options):
        trainer = made(config, data, **options)
        if options.get("capture") is capture:
            capture.forgotten = next(trainer.gan.discriminator.parameters())
        return trainer

    monkeypatch.setattr(prove_cuda, "Trainer", make)
    monkeypatch.setattr("gan_core.training.engine.difference", lambda *moments: None)
    failures = prove(config(), make_data(), (TapeCapture(), capture)).failures
    name = next(name for name, _ in made(config(), make_data()).gan.named_parameters() if "discriminator" in name)
    assert failures[0] == f"after the resume {name} did not move"


@pytest.mark.parametrize(
    "settings", [{"family": "wgan"}, {"family": "dcgan", "upsample": "nearest", "optimizer": "sgd"}]
)
def test_a_weight_without_a_gradient_need_not_move(settings):
    """A constant in a critic's score, and a bias before a BatchNorm, which SGD never moves."""
    small = new_config(**settings, device="cpu", latent_size=6, batch_size=8, base_channels=4)
    proof = prove(small, make_data(), (TapeCapture(), TapeCapture()))
    assert proof.failures == []


def test_what_moved():
    before = {"weight": torch.ones(2), "bias": torch.ones(1)}
    assert prove_cuda._moved(before, {"weight": torch.ones(2), "bias": torch.zeros(1)}) == {"bias"}


def test_differences_are_relative_where_values_are_large():
    expected = np.array([[0.5, 100.0], [1.0, 200.0]])
    small, large = np.array([[0.1, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 60.0]])
    assert prove_cuda._difference(expected, expected + small) == (pytest.approx(0.1), (0, 0))
    assert prove_cuda._difference(expected, expected + large) == (pytest.approx(0.3), (1, 1))
    assert prove_cuda._difference(expected, expected * [[1, 1], [np.nan, 1]]) == (np.inf, (1, 0))


def test_every_family_has_a_row():
    assert list(configs(list(FAMILIES), "float32")) == [*FAMILIES, "dcgan, nearest"]


def test_without_cuda_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["prove_cuda"])
    with pytest.raises(SystemExit, match="2"):
        prove_cuda.main()
    assert capsys.readouterr().out == "no CUDA on this machine: nothing was proved\n"
