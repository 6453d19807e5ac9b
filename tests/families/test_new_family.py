"""docs/new-family.md, followed to the letter: a family from outside the package is like any other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from gan_core import losses
from gan_core.errors import ConfigError
from gan_core.evaluation.health import suggestions_for
from gan_core.exchange import export_checkpoint
from gan_core.families import FAMILIES, new_config, outside, preset_config
from gan_core.families.registry import register
from gan_core.latent import base_vectors, sample, traverse
from gan_core.models import Checkpoint, save_checkpoint
from gan_core.models.checkpoint import load_checkpoint_file
from gan_core.runs import RunStore
from gan_core.training import Trainer
from gan_core.training.slow_motion import watch_step
from pages.ui.routes import PAGES, TRAIN
from tests.helpers.data import keep_few_strokes, make_data
from tests.helpers.gans import batch

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "new-family.md").read_text(encoding="utf-8")
SMALL = {"base_channels": 4, "latent_size": 6, "batch_size": 8, "steps": 3, "device": "cpu", "threads": 1}


def write_example(folder: Path) -> Path:
    path = folder / "r1gan.py"
    path.write_text(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    return write_example(tmp_path_factory.mktemp("family"))


@pytest.fixture(autouse=True)
def registered(example, monkeypatch):
    monkeypatch.setenv(outside.VARIABLE, str(example))
    assert outside.load_outside_families() == []
    yield
    FAMILIES.pop("r1gan")


@pytest.fixture
def trainer() -> Trainer:
    trained = Trainer(new_config("r1gan", **SMALL), make_data(32))
    trained.train_steps(3)
    return trained


@pytest.fixture
def checkpoint(trainer, tmp_path) -> Checkpoint:
    model = Checkpoint(
        "mine", "r1gan", trainer.averaged_generator(), trainer.gan.discriminator, trainer.gan.latent_spec
    )
    save_checkpoint(model, tmp_path / "mine.safetensors")
    return load_checkpoint_file(tmp_path / "mine.safetensors")


def test_it_trains(trainer):
    assert trainer.step == 3
    assert {"d_adversarial", "d_r1", "g_loss"} <= set(trainer.flush().names)


def test_its_step_is_told_with_its_penalty():
    trained = Trainer(new_config("r1gan", **SMALL), make_data(32))
    (loss,) = [each for each in watch_step(trained).sub_steps if (each.kind, each.player) == ("loss", "d")]
    penalty = next(equation for equation in loss.equations if equation.part == "r1")
    assert penalty.lines[0] == r"\tfrac{\gamma}{2} \cdot \overline{\lVert\nabla D\rVert^2}"
    assert [statement.file for statement in loss.code] == ["r1gan.py", "gan_core/losses.py", "gan_core/penalties.py"]


def test_its_options_and_preset_are_those_of_the_page():
    assert preset_config("r1gan").options.r1_gamma == 1.0
    assert new_config("r1gan").beta1 == 0.0
    with pytest.raises(ConfigError, match="r1_gamma: "):
        new_config("r1gan", r1_gamma=-1)
    with pytest.raises(ConfigError, match="does not apply to R1 GAN"):
        new_config("r1gan", weight_clip=0.1)
    assert suggestions_for("oscillating", preset_config("r1gan"))


def test_it_is_explored(checkpoint):
    images = sample(checkpoint, 4).images
    assert images.shape == (4, 1, 28, 28)
    vectors = base_vectors(checkpoint.latent_spec, 2, 0)
    assert traverse(checkpoint, vectors, (0, 3), (-1.0, 1.0)).images.shape[:3] == (2, 2, 2)
    scores = checkpoint.score(vectors)
    assert ((scores > 0) & (scores < 1)).all()  # probabilities: D's output is a logit


def test_it_is_exported_and_comes_back(checkpoint, tmp_path):
    z = torch.zeros(1, 6)
    export_checkpoint(checkpoint, "safetensors", tmp_path / "out.safetensors")
    again = load_checkpoint_file(tmp_path / "out.safetensors")
    assert again.family == "r1gan"
    assert torch.equal(again.draw(z), checkpoint.draw(z))


def test_the_train_page_offers_it():
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.query_params["family"] = "r1gan"
    app.run()
    app.switch_page(TRAIN).run()
    assert not app.exception
    assert app.selectbox(key="url_family").value == "r1gan"
    assert app.number_input(key="form_r1gan_strokes_r1_gamma").label == "R1 weight"
    assert "arxiv.org/abs/1801.04406" in " ".join(caption.value for caption in app.caption)


def test_the_command_line_trains_it():
    keep_few_strokes()
    words = re.search(r"gan-workshop (train .*)\n", PAGE)[1].replace("--steps 100", "--steps 2").split()
    small = ["--set", "batch_size=4", "--set", "base_channels=4", "--device", "cpu"]
    command = [sys.executable, "-m", "gan_core", *words, *small]  # it finds the family by `registered`
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("r1gan-strokes-")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("1 / 0", "ZeroDivisionError"), ("FAMILY = 3", "FAMILY is not a Family"), ("", "FAMILY"), (None, "FileNotFound")],
)
def test_a_file_that_does_not_work_is_one_plain_line(text, problem, tmp_path, monkeypatch):
    path = tmp_path / "broken.py"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    monkeypatch.setenv(outside.VARIABLE, str(path))
    (error,) = outside.load_outside_families()
    assert problem in str(error)
    assert str(path) in str(error)
    assert "\n" not in str(error)


def test_runs_of_a_family_that_is_not_loaded_are_left_out(tmp_path):
    store = RunStore(tmp_path)
    kept = store.create(new_config("dcgan"))
    hidden = store.create(new_config("r1gan"))
    family = FAMILIES.pop("r1gan")
    try:
        assert [run.id for run in store.list()] == [kept.id]
        with pytest.raises(ConfigError, match="unknown family 'r1gan'"):
            store.get(hidden.id)
    finally:
        register(family)
    assert {run.id for run in store.list()} == {kept.id, hidden.id}


def test_a_name_is_given_once():
    with pytest.raises(ConfigError, match="already a family 'r1gan'"):
        register(FAMILIES["r1gan"])


def test_the_penalty_by_hand(trainer):
    """Without a slope R1 is 0 and the minimax loss is left."""
    gan = trainer.gan
    for weight in gan.discriminator.parameters():
        torch.nn.init.zeros_(weight)
    loss = gan.discriminator_loss(batch(gan, make_data(16)))
    zeros = torch.zeros(4)
    assert loss.parts["r1"].item() == 0
    assert loss.total.item() == pytest.approx(losses.minimax_discriminator_loss(zeros, zeros).item())
