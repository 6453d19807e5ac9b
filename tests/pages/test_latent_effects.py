"""Where entries act: bars, atlas, Jacobian and class changes, without a browser."""

import json
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from gan_core.evaluation import Classifier, classifier
from gan_core.evaluation import background as evaluation_background
from gan_core.latent import base_vectors, encode_vector
from gan_core.models import library
from gan_core.models.checkpoint import load_checkpoint_file
from pages.views import effects
from tests.helpers.pages import component, lines, visit


@pytest.fixture(autouse=True)
def no_classifier_ships(models, monkeypatch) -> None:
    monkeypatch.setattr(classifier, "SHIPPED", models)


@pytest.fixture
def of_mnist(models) -> None:
    """The card of the model names its dataset."""
    (models / "big.json").write_text('{"dataset": "mnist"}')


def keep_classifier(home: Path) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = Classifier(1, 28, 10).state_dict()
    (home / "cache").mkdir(parents=True)
    save_file(weights, home / "cache" / "classifier-mnist-28px-1c-0.safetensors")


def bars(app: AppTest) -> dict:
    return json.loads(component(app, "effect_bars")["figure"])


def test_the_atlas_has_every_entry_strongest_first():
    app = visit(view="effects", model="classes")
    groups = component(app, "atlas")["groups"]
    assert len(groups) == 15
    strengths = [float(group["note"]) for group in groups]
    assert strengths == sorted(strengths, reverse=True)
    by_title = {group["title"]: group["labels"] for group in groups}
    assert by_title["entry 5"] == ["entry 5 = −3", "entry 5 = 0", "entry 5 = 3"]
    assert by_title["class dog"] == ["class dog = 0", "class dog = 0.5", "class dog = 1"]


def test_strengths_belong_to_their_entries_in_whatever_order_they_were_measured(monkeypatch):
    cards = component(visit(view="effects"), "gallery")["cards"]
    in_order = effects.concatenate_effects
    monkeypatch.setattr(effects, "concatenate_effects", lambda parts: in_order(parts[::-1]))
    assert component(visit(view="effects"), "gallery")["cards"] == cards


def test_the_atlas_is_of_the_vector_in_the_link():
    vector = base_vectors(load_checkpoint_file(library.SHIPPED / "big.safetensors").latent_spec, 1, 77)[0]
    linked = component(visit(view="effects", z=encode_vector(vector)), "atlas")
    assert linked["code"] == encode_vector(vector)
    assert linked["sprite"] != component(visit(view="effects"), "atlas")["sprite"]


def test_a_damaged_link_is_one_line():
    app = visit(view="effects", z="nonsense")
    assert "copy the whole link again" in lines(app)
    assert len(component(app, "atlas")["groups"]) == 100


def test_effects_can_be_ranked_by_the_score():
    app = visit(view="effects", by="score")
    assert bars(app)["layout"]["yaxis"]["title"]["text"] == "Change of D score"
    assert app.segmented_control(key="url_by").value == "score"


@pytest.mark.parametrize("parameters", [{"by": "taste"}, {"by": "class"}, {"measured": "nowhere"}])
def test_what_cannot_be_measured_here_is_ignored(parameters):
    app = visit(view="effects", **parameters)
    assert bars(app)["layout"]["yaxis"]["title"]["text"] == "Effect"
    assert app.segmented_control(key="url_measured").value == "many"


def test_the_jacobian_is_that_of_the_vector_in_hand():
    first = bars(visit(view="effects", measured="here", seed="1"))["data"][0]["y"]
    other = bars(visit(view="effects", measured="here", seed="2"))["data"][0]["y"]
    assert first != other
    app = visit(view="effects", at="here")  # an old link: `at` is a step of the training today
    assert app.query_params["measured"] == "here"
    assert "at" not in app.query_params
    assert "Jacobian" in " ".join(caption.value for caption in app.caption)
    assert len(component(app, "gallery")["cards"]) == 18


def test_class_changes_with_a_classifier_that_is_there(of_mnist, workshop_home):
    keep_classifier(workshop_home)
    app = visit(view="effects", by="class")
    assert bars(app)["layout"]["yaxis"]["title"]["text"] == "Class changes"
    assert not [button for button in app.button if button.key == "classifier"]


def test_every_entry_has_its_attribute_beside_it(of_mnist, workshop_home, monkeypatch):
    keep_classifier(workshop_home)
    monkeypatch.setattr(effects, "DESCRIBED", 300)
    app = visit(view="effects", by="attribute")
    assert bars(app)["layout"]["yaxis"]["title"]["text"] == "Correlation"
    notes = [group["note"] for group in component(app, "atlas")["groups"]]
    held = [float(note.rpartition(" ")[2].replace("−", "-")) for note in notes if note != "–"]
    assert held
    assert [abs(number) for number in held] == sorted(map(abs, held), reverse=True)
    assert all(note.startswith("class ") for note in notes[: len(held)])
    assert notes[len(held) :] == ["–"] * (len(notes) - len(held))
    assert "Mutual information gap 0.0" in lines(app)


def test_without_a_classifier_one_is_offered(of_mnist, monkeypatch):
    app = visit(view="effects", by="class")
    assert "needs a small classifier" in lines(app)
    assert bars(app)["layout"]["yaxis"]["title"]["text"] == "Effect"

    asked = []
    quick = [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]
    monkeypatch.setattr(evaluation_background, "command", lambda *shape: asked.append(shape) or quick)
    app.button(key="classifier").click().run()
    assert asked == [("mnist", 28, 1)]
    for _second in range(100):
        if "the disk is full" in lines(app):
            break
        app.run()
    assert "the disk is full" in lines(app)
    assert app.button(key="classifier")


def test_a_model_of_unknown_data_is_not_asked_for_classes():
    assert visit(view="effects").segmented_control(key="url_by").options == ["Pixels", "D's score"]
