"""`python -m gan_core evaluate`."""

import json
import sys

import pytest

from gan_core import cli
from gan_core.cli import evaluation
from gan_core.models import save_checkpoint
from tests.helpers.evaluation import bars, checkpoint


@pytest.fixture
def evaluate(judge, tmp_path, monkeypatch, capsys):
    """`evaluate("--json")` -> stdout, for an untrained conditional generator of bars."""
    asked = []
    monkeypatch.setattr(evaluation, "load_dataset", lambda name, **options: asked.append(name) or bars())
    monkeypatch.setattr(evaluation, "judge_for", lambda data, progress: judge)
    model = checkpoint("cgan", bars())
    model.card["dataset"] = "bars"
    path = tmp_path / "bars.safetensors"
    save_checkpoint(model, path)

    def call(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["gan_core", "evaluate", str(path), *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert not end.value.code
        return capsys.readouterr().out

    call.asked = asked
    return call


def test_the_table_is_of_the_dataset_that_it_was_trained_on(evaluate):
    shown = evaluate("-n", "512")
    assert evaluate.asked == ["bars"]
    assert "512 samples of bars against as many real images of bars; judge: bars" in shown
    for measure in ("Frechet distance", "memorization", "conditional accuracy"):
        assert measure in shown


def test_json_has_everything(evaluate):
    (quality,) = json.loads(evaluate("-n", "512", "--json", "--dataset", "mnist"))
    assert evaluate.asked == ["mnist"]
    assert quality["samples"] == 512
    assert quality["frechet"] > quality["real_vs_real"]
    measured = {"kernel_distance", "prdc", "prdc_real_vs_real", "diversity", "memorization_score", "class_imbalance"}
    assert measured <= set(quality)
