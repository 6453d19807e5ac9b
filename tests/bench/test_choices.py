import pytest
import torch

from bench.__main__ import main
from bench.choices import WAYS, candidates, measure
from gan_core.families import new_config
from gan_core.training import Trainer
from tests.helpers.data import make_data

FAMILIES = {"vanilla": {"mlp_size": "small"}, "dcgan": {"base_channels": 4}}


def trainer(family, **settings):
    config = new_config(family, latent_size=6, batch_size=8, device="cpu", **FAMILIES[family], **settings)
    return Trainer(config, make_data(32))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("way", [way for way in WAYS if way != "compiled"])
def test_a_choice_taken_back_leaves_the_game_as_it_is(family, way):
    as_it_is, other = trainer(family), trainer(family)
    is_different = WAYS[way](other)
    as_it_is.train_steps(3), other.train_steps(3)
    # Three steps, because sums in another order drift apart; with Adam the second step begins from moved weights.
    assert other.flush().values == pytest.approx(as_it_is.flush().values, abs=1e-3)
    assert is_different == ((family, way) not in {("vanilla", "channels first"), ("dcgan", "D twice")})


def test_only_adam_has_other_forms():
    other = trainer("vanilla", optimizer="sgd")
    assert not WAYS["Adam, by lists"](other)


def test_the_trainer_as_it_is_comes_first_and_what_cannot_be_taken_back_is_left_out(monkeypatch):
    monkeypatch.setattr("bench.choices.usable_cores", lambda: 2)
    monkeypatch.setattr("bench.choices.bf16_is_fast", lambda device: False)
    config = new_config("vanilla", latent_size=6, batch_size=8, device="cpu", mlp_size="small")
    found = candidates(config, make_data(32), ["all cores", "float32", "channels first", "D twice"])
    assert list(found) == ["", "all cores", "D twice"]


def test_a_way_that_cannot_train_is_left_out(monkeypatch):
    def broken(trainer):
        trainer.gan.generator.register_forward_pre_hook(lambda *_: torch._check(False))
        return True

    monkeypatch.setitem(WAYS, "compiled", broken)
    config = new_config("vanilla", latent_size=6, batch_size=8, device="cpu", mlp_size="small")
    found = measure(config, make_data(32), ["compiled", "D twice"], rounds=1, seconds=0)
    assert list(found) == ["", "D twice"]


def test_the_table(capsys):
    ways = ["D twice", "channels first"]
    main(["choices", "--families", "vanilla", "--batch-sizes", "4", "--rounds", "1", "--seconds", "0", "--ways", *ways])
    text = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.strip("│ ").split("│")] for line in text.splitlines() if "28 px" in line]
    assert [row[:2] for row in rows] == [["vanilla, 28 px, 4", "nothing"], ["vanilla, 28 px, 4", "D twice"]]
    assert rows[0][2].endswith("img/s")
    assert float(rows[1][2]) > 0
