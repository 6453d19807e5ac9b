"""The latent page without a browser, and the vector that its panel edits."""

import math

import numpy as np
import pytest
import torch

from gan_core.families import new_config
from gan_core.latent import base_vectors, encode_vector
from gan_core.latent_spec import LatentSpec
from gan_core.runs import RunStore
from pages.components.vector.history import VectorHistory
from tests.helpers.pages import component, lines, save_tiny, visit

pytestmark = pytest.mark.usefixtures("models")


def test_the_sheet_of_the_first_visit():
    app = visit()
    assert app.selectbox(key="url_model").value == "big"
    sheet = component(app, "sheet")
    assert sheet["names"] == ["entry 5", "entry 25", "entry 45", "entry 65", "entry 85"]
    assert sheet["values"] == ["−3", "0", "3"]
    assert sheet["headings"] == [str(column) for column in range(1, 9)]


def test_the_url_sets_up_the_sheet():
    app = visit(entries="0-2", values="-1:1:5", columns="3", seed="9")
    sheet = component(app, "sheet")
    assert sheet["names"] == ["entry 0", "entry 1", "entry 2"]
    assert sheet["values"] == ["−1", "−0.5", "0", "0.5", "1"]
    assert len(sheet["headings"]) == 3
    assert app.number_input(key="url_seed").value == 9


def test_what_is_typed_goes_into_the_url():
    app = visit()
    app.text_input(key="url_entries").set_value("7, 8").run()
    assert app.query_params["entries"] == "7, 8"
    assert component(app, "sheet")["names"] == ["entry 7", "entry 8"]


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("entries", "5, 100", "entries 0 to 99"),
        ("entries", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("values", "a lot", "not a number"),
        ("values", "0:1:1000", "pictures; choose fewer"),
    ],
)
def test_bad_input_keeps_the_last_good_sheet(field, text, complaint):
    app = visit(entries="7", values="1, 2")
    good = component(app, "sheet")
    app.text_input(key=f"url_{field}").set_value(text).run()
    assert not app.exception
    assert complaint in lines(app)
    assert component(app, "sheet") == good


@pytest.mark.parametrize("bad", ["0", "17", "-1", "four", "1e3", "٣", "9" * 5000])
def test_a_number_in_the_url_that_makes_no_sense_is_ignored(bad):
    assert visit(columns=bad).slider(key="url_columns").value == 8


def test_another_model_brings_entries_that_it_has():
    app = visit(entries="5, 85")
    app.selectbox(key="url_model").set_value("classes").run()
    assert app.query_params["model"] == "classes"
    assert component(app, "sheet")["names"] == ["entry 0", "entry 3", "entry 5", "entry 7", "entry 10"]
    assert "alert" not in lines(app)


def test_classes_in_turn_or_one_for_all():
    app = visit(model="classes", columns="4")
    assert component(app, "sheet")["headings"] == ["cat", "dog", "owl", "cat"]
    in_turn = component(app, "sheet")["sprite"]
    app.selectbox(key="url_class").set_value("1").run()
    assert app.query_params["class"] == "1"
    assert component(app, "sheet")["headings"] == ["1", "2", "3", "4"]
    assert component(app, "sheet")["sprite"] != in_turn


def test_uniform_noise_is_told_from_normal_noise():
    def explanation(model: str) -> str:
        return " ".join(caption.value for caption in visit(model=model).caption)

    assert "between −1 and 1" in explanation("classes")
    assert "standard deviation 1" in explanation("big")


def test_a_model_that_is_gone_is_named_and_replaced():
    app = visit(model="<i>gone</i>")
    assert "There is no model “&lt;i&gt;gone&lt;/i&gt;”" in lines(app)
    assert app.selectbox(key="url_model").value == "big"


@pytest.mark.parametrize("path", ["../secret.safetensors", "/etc/passwd", "C:\\x.safetensors"])
def test_the_url_opens_no_files(path):
    assert "There is no model" in lines(visit(model=path))


def test_a_damaged_model_is_one_line(models):
    (models / "broken.safetensors").write_bytes(b"not a model")
    app = visit(model="broken")
    assert "broken.safetensors is damaged" in lines(app)
    assert not app.get("bidi_component")


def test_no_models_at_all_is_one_line(models):
    for file in models.iterdir():
        file.unlink()
    assert "train one or import one" in lines(visit())


def test_a_model_that_changes_is_read_again(models):
    before = component(visit(model="big"), "sheet")["sprite"]
    save_tiny(models, "big", 90)
    assert component(visit(model="big"), "sheet")["sprite"] != before


def test_a_run_can_be_chosen_once_it_has_a_checkpoint(tmp_path):
    store = RunStore()
    run = store.create(new_config("vanilla", steps=50), name="My *first* run")
    assert f"The run “{run.id}” has no checkpoint yet" in lines(visit(model=run.id))

    save_tiny(tmp_path, "trained", 20)
    store.folder(run.id).mkdir(parents=True, exist_ok=True)
    (tmp_path / "trained.safetensors").rename(store.checkpoint_path(run.id))
    app = visit(model=run.id)
    assert app.selectbox(key="url_model").value == run.id
    assert component(app, "sheet")["names"][0] == "entry 1"
    assert [button for button in app.button if button.key == "refresh"] == []  # only while it trains


def test_one_vector_begins_with_the_first_column_of_the_sheet():
    app = visit(view="vector", seed="4")
    expected = base_vectors(LatentSpec.of(100, "normal"), 1, 4)[0]
    assert component(app, "panel_big")["vector"] == expected.tolist()


def test_a_link_holds_the_vector():
    vector = torch.linspace(-4, 4, 100)
    app = visit(view="vector", z=encode_vector(vector))
    assert component(app, "panel_big")["vector"] == vector.tolist()


def test_a_damaged_link_is_one_line():
    app = visit(view="vector", z="nonsense")
    assert "copy the whole link again" in lines(app)
    assert len(component(app, "panel_big")["vector"]) == 100
    app.button(key="vector_new").click().run()
    assert "copy the whole link again" not in lines(app)


def test_paste_undo_and_redo():
    app = visit(view="vector")
    first = component(app, "panel_big")
    app.text_area(key="paste").set_value(" ".join(["0.5"] * 100)).run()
    app.button(key="paste_use").click().run()
    pasted = component(app, "panel_big")
    assert pasted["vector"] == [0.5] * 100
    assert pasted["revision"] > first["revision"]  # so that the browser takes it over
    app.button(key="vector_undo").click().run()
    assert component(app, "panel_big")["vector"] == first["vector"]
    app.button(key="vector_redo").click().run()
    assert component(app, "panel_big")["vector"] == [0.5] * 100
    app.button(key="vector_reset").click().run()
    assert component(app, "panel_big")["vector"] == first["vector"]


def test_a_bad_paste_keeps_the_vector():
    app = visit(view="vector")
    before = component(app, "panel_big")["vector"]
    app.text_area(key="paste").set_value("1, 2, <three>").run()
    app.button(key="paste_use").click().run()
    assert "&lt;three&gt;" in lines(app)
    assert component(app, "panel_big")["vector"] == before


def test_zero_and_new_keep_the_class():
    app = visit(view="vector", model="classes")
    weights = component(app, "panel_classes")["vector"][12:]
    app.button(key="vector_zero").click().run()
    assert component(app, "panel_classes")["vector"] == [0.0] * 12 + weights
    app.button(key="vector_new").click().run()
    vector = component(app, "panel_classes")["vector"]
    assert any(vector[:12])
    assert vector[12:] == weights


def test_every_model_keeps_its_own_vector():
    app = visit(view="vector", model="big")
    app.button(key="vector_zero").click().run()
    app.selectbox(key="url_model").set_value("classes").run()
    assert len(component(app, "panel_classes")["vector"]) == 15
    app.selectbox(key="url_model").set_value("big").run()
    assert component(app, "panel_big")["vector"] == [0.0] * 100


def test_the_effects_of_all_entries():
    app = visit(view="effects", model="classes")
    cards = component(app, "gallery")["cards"]
    assert len(cards) == 15
    strengths = [float(card["strength"]) for card in cards]
    assert strengths == sorted(strengths, reverse=True)
    assert {card["name"] for card in cards} >= {"entry 0", "class cat"}
    assert {card["entry"] for card in cards if card["on_sheet"]} == {0, 3, 5, 7, 10}


def test_the_strongest_go_to_the_sheet():
    app = visit(view="effects")
    strongest = [card["entry"] for card in component(app, "gallery")["cards"][:5]]
    app.button(key="strongest").click().run()
    assert app.segmented_control(key="url_view").value == "sheet"
    assert component(app, "sheet")["names"] == [f"entry {entry}" for entry in strongest]


def edit(history: VectorHistory, vector: list, gesture: str = "a", count: int = 1, **other) -> None:
    history.edit({"vector": vector, "revision": history.revision, "gesture": gesture, "count": count} | other)


def test_the_edits_of_one_gesture_are_undone_together():
    history = VectorHistory(torch.zeros(2))
    edit(history, [1, 0], "first")
    edit(history, [2, 0], "first")
    edit(history, [2, 5], "second")
    history.undo()
    assert history.vector.tolist() == [2, 0]
    history.undo()
    assert history.vector.tolist() == [0, 0]
    history.undo()
    assert history.vector.tolist() == [0, 0]
    history.redo()
    history.redo()
    assert history.vector.tolist() == [2, 5]


def test_a_new_edit_ends_what_can_be_redone():
    history = VectorHistory(torch.zeros(1))
    edit(history, [1], "first")
    history.undo()
    edit(history, [2], "second")
    history.redo()
    assert history.vector.tolist() == [2]


def test_an_edit_of_an_older_revision_comes_too_late():
    history = VectorHistory(torch.zeros(1))
    history.replace(torch.ones(1))
    edit(history, [7], count=3, revision=0)
    assert history.vector.tolist() == [1]
    assert history.received == 3  # it was answered all the same


@pytest.mark.parametrize("vector", [None, "1", [1], [1, 2, 3], [1, "2"], [1, None], [1, math.nan], [1, math.inf]])
def test_an_edit_that_is_no_vector_is_ignored(vector):
    history = VectorHistory(torch.zeros(2))
    edit(history, vector)
    assert history.vector.tolist() == [0, 0]
    assert not history.past


def test_an_edit_cannot_overflow_the_network():
    history = VectorHistory(torch.zeros(1))
    edit(history, [1e300])
    assert np.isfinite(history.vector.numpy()).all()
