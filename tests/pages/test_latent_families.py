"""Every view of the latent page opens with every kind of family, and shows what each can do."""

from pathlib import Path

import pytest
import torch

from gan_core.families import FAMILIES, new_config
from gan_core.models import library
from gan_core.models.checkpoint import Checkpoint, save_checkpoint
from gan_core.runs import load_checkpoint
from pages.components.vector.facts import vector_facts
from pages.ui.scores import score_text
from pages.ui.sources import choices_text
from pages.views.fields import SAME_NOISE
from pages.views.traversal import _vectors
from tests.helpers.data import make_data
from tests.helpers.pages import component, lines, visit

VIEWS = ("sheet", "vector", "effects", "best", "directions", "walks", "find", "compare")
KINDS = ("acgan", "infogan", "lapgan", "ebgan", "wgan")
SMALL = {"base_channels": 4, "latent_size": 6}


def untrained(family: str, *, discriminator: bool = True) -> Checkpoint:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        gan = FAMILIES[family].build(new_config(family, **SMALL), make_data(10))
    return Checkpoint(family, family, gan.generator, gan.discriminator if discriminator else None, gan.latent_spec, {})


@pytest.fixture(autouse=True, scope="module")
def models(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for family in KINDS:
        save_checkpoint(untrained(family), folder / f"{family}.safetensors")
    save_checkpoint(untrained("ebgan", discriminator=False), folder / "alone.safetensors")
    return folder


@pytest.fixture(autouse=True)
def shipped(models, monkeypatch):
    monkeypatch.setattr(library, "SHIPPED", models)


@pytest.mark.parametrize("family", KINDS)
def test_every_view_opens(family):
    app = visit(model=family, drawn="200")
    for view in [*VIEWS, "effects"]:
        app.query_params["view"] = view
        app.query_params["measured"] = "here"  # the second time where entries act is asked, at this vector
        app.run()
        assert not app.exception
        assert 'role="alert"' not in lines(app), view


def test_entries_of_levels_are_told_apart():
    app = visit(model="lapgan", view="vector")
    data = component(app, "panel_lapgan")
    assert [group["title"] for group in data["groups"]] == [
        "The coarsest picture, 7 px",
        "Detail of 14 px",
        "Detail of 28 px",
    ]
    assert data["names"][5:7] == ["entry 5", "entry 6 (14 px)"]
    assert len(component(visit(model="lapgan"), "sheet")["names"]) == 5
    assert {"entry 14 (14 px)", "entry 30 (28 px)"} <= set(component(visit(model="lapgan"), "sheet")["names"])


def test_codes_and_categories_have_controls_of_their_own():
    data = component(visit(model="infogan", view="vector"), "panel_infogan")
    noise, category, code = data["groups"]
    assert (noise["role"], category["role"], code["role"]) == ("noise", "category", "code")
    assert category["labels"] == [str(index) for index in range(10)]
    assert (code["low"], code["high"], code["marks"]) == (-2, 2, [-1, 0, 1])
    assert data["words"]["class"] == "Category"
    assert data["names"][-2:] == ["code 1", "code 2"]


def test_codes_can_be_locked():
    app = visit(model="infogan", view="vector", locked="code 1, category, 2")
    assert component(app, "panel_infogan")["locked"] == [16, 2]
    before = component(app, "panel_infogan")["vector"]
    app.button(key="vector_new").click().run()
    after = component(app, "panel_infogan")["vector"]
    assert [entry for entry in (*range(6), 16, 17) if before[entry] == after[entry]] == [2, 16]


def test_what_the_codes_found_is_one_press():
    app = visit(model="infogan")
    assert component(app, "sheet")["names"][:2] == ["code 1", "code 2"]
    app.button(key="codes_found").click().run()
    sheet = component(app, "sheet")
    assert sheet["names"] == ["code 1", "code 2"]
    assert sheet["values"] == ["−1", "−0.5", "0", "0.5", "1"]
    assert sheet["headings"] == [str(category) for category in range(10)]
    assert app.selectbox(key="url_class").value == "same"


def test_columns_of_one_noise_differ_in_their_class_alone():
    checkpoint = load_checkpoint("acgan")
    vectors = _vectors(checkpoint.latent_spec, 3, 0, SAME_NOISE)
    assert len(vectors[:, :6].unique(dim=0)) == 1
    assert checkpoint.latent_spec.class_weights(vectors).argmax(1).tolist() == [0, 1, 2]


OPINIONS = {
    "lapgan": ["7 px", "14 px", "28 px"],
    "ebgan": ["The picture", "What D draws of it", "Where they differ: energy "],
    "acgan": [],
    "infogan": [],
    "wgan": [],
    "alone": [],
}


@pytest.mark.parametrize("model", OPINIONS)
def test_a_second_opinion_where_the_family_has_one(model):
    app = visit(model=model, view="vector")
    captions = [caption.value for caption in app.caption]
    for title in OPINIONS[model]:
        assert any(caption.startswith(title) for caption in captions), title
    charts = [node for node in app.get("bidi_component") if node.proto.id.endswith("-second_opinion")]
    assert len(charts) == (model in ("acgan", "infogan"))
    headings = {"lapgan": "Level by level", "ebgan": "What D makes of it", "acgan": "Which class D sees"}
    text = " ".join(element.value for element in app.markdown)
    for family, heading in headings.items():
        assert (heading in text) == (family == model)
    assert ("Read by Q" in text) == (model == "infogan")


@pytest.mark.parametrize(
    ("kind", "realness", "words"),
    [
        ("logit", 0.25, "D(G(z)) = 0.250"),
        ("critic", -12.345, "D(G(z)) = −12.35"),
        ("energy", -0.0625, "D(G(z)) = 0.0625"),
    ],
)
def test_scores_are_text_as_the_family_has_them(kind, realness, words):
    assert score_text(kind, realness) == words
    spec = load_checkpoint("wgan").latent_spec
    assert vector_facts(spec, torch.zeros(1, 6), torch.tensor([realness]), kind)[0]["score"] == words


@pytest.mark.parametrize(
    ("model", "label", "title"),
    [
        ("acgan", "D's score of the best", "D's probability"),
        ("ebgan", "Energy of the best", "Energy, lower is more real"),
    ],
)
def test_the_best_are_judged_by_the_score_of_their_family(model, label, title):
    app = visit(model=model, view="best", drawn="200")
    assert label in [metric.label for metric in app.metric]
    assert title in component(app, "scores")["figure"]
    if model == "ebgan":
        best, usual = float(app.metric[0].value), float(app.metric[0].delta.split()[0])
        assert 0 < best <= usual


def test_a_latent_vector_in_words():
    words = {name: choices_text(load_checkpoint(name).latent_spec) for name in ("acgan", "infogan", "lapgan")}
    assert words == {"acgan": ["10 classes"], "infogan": ["10 categories", "2 codes"], "lapgan": []}
