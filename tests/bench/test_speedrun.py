"""The speedrun on a network of a few weights and images of noise."""

import json
from dataclasses import replace

import pytest

from bench import evaluator, speedrun, speedrun_seed
from bench.__main__ import main
from bench.speedrun import JUDGES, RECIPES, Recipe, Result, digest, is_reached, row
from gan_core.errors import DataError, RunError
from gan_core.evaluation import Classifier, Judge, kept_classifier
from gan_core.families import new_config
from gan_core.models import load_checkpoint_file
from tests.helpers.data import make_data

TINY = Recipe("strokes", 1e9, "vanilla", 2, {"mlp_size": "small", "latent_size": 4, "batch_size": 4, "device": "cpu"})


@pytest.fixture
def data(monkeypatch):
    images = replace(make_data(64), name="strokes")
    for module in (speedrun, speedrun_seed):
        monkeypatch.setattr(module, "load_dataset", lambda name: images)
    judge = Judge("any", Classifier(1, 28, 10).eval())
    monkeypatch.setattr(evaluator, "judge_for", lambda data: judge)
    return images


def test_a_seed_trains_its_recipe_and_writes_a_generator(data, tmp_path, capsys):
    path = tmp_path / "weights.safetensors"
    order = json.loads(json.dumps({"recipe": vars(TINY), "seed": 3, "threads": 1, "path": str(path)}))
    speedrun_seed.main(**order)
    assert float(capsys.readouterr().out) > 0
    assert load_checkpoint_file(path).latent_spec.size == 4


def test_a_table_that_can_be_kept_is_printed(data, monkeypatch, capsys):
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    monkeypatch.setitem(JUDGES, "strokes", digest(evaluator.judge_for(data).network))
    monkeypatch.setattr(speedrun, "one_seed", lambda recipe, seed, *rest: Result(seed, 9.0 + seed, 8.0, 5.5))
    main(["speedrun", "--target", "tiny", "--seeds", "1", "2"])
    printed = capsys.readouterr()
    assert "tiny: reached; two sets of real images are" in printed.out
    assert "| `tiny` | 1 | 10.5 (10.0 - 11.0) |" in printed.out
    assert "1 thread(s), commit " in printed.out
    assert "tiny, seed 2: 11.0 s, distance 5.50" in printed.err


def test_a_target_is_reached_if_every_seed_reaches_it():
    recipe = replace(TINY, frechet=10.0)
    results = [Result(seed, 1.0, 1.0, distance) for seed, distance in enumerate((9.0, 10.0))]
    assert is_reached(recipe, results)
    assert not is_reached(recipe, [*results, Result(2, 1.0, 1.0, 10.1)])
    assert "| 2 of 3 |" in row("mnist-10", recipe, 1, [*results, Result(2, 1.0, 1.0, 10.1)])


def test_the_judges_are_those_that_ship():
    for dataset, expected in JUDGES.items():
        assert digest(kept_classifier(dataset, 28, 1)) == expected


def test_another_judge_is_refused(data):
    with pytest.raises(DataError, match="strokes is not the judge of the speedrun"):
        speedrun.evaluator_of("strokes")


def test_a_training_that_fails_ends_the_speedrun(data):
    with pytest.raises(RunError, match="seed 7 ended with status"):
        speedrun.one_seed(replace(TINY, family="no such family"), 7, 1, evaluator=None)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_a_run(name):
    recipe = RECIPES[name]
    assert recipe.dataset in JUDGES
    new_config(recipe.family, recipe.dataset, steps=recipe.steps, **recipe.settings)
