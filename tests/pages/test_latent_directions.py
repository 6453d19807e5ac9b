"""The view of directions without a browser."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from gan_core.evaluation import Classifier
from gan_core.latent import Direction, base_vectors, decode_vector, directions_to_json, encode_vector, weight_directions
from gan_core.latent_spec import LatentSpec
from gan_core.runs import load_checkpoint
from pages.views import direction_finders, saved_directions
from tests.helpers.pages import component, lines, visit

pytestmark = pytest.mark.usefixtures("models")

BIG = LatentSpec.of(100, "normal")


def view(**parameters: str) -> AppTest:
    return visit(view="directions", **parameters)


def sheet(app: AppTest) -> dict:
    return component(app, "directions")


def test_the_first_visit_shows_five_directions():
    shown = sheet(view())
    assert shown["names"] == [f"direction {n}" for n in range(1, 6)]
    assert shown["values"] == ["−4", "0", "4"]
    assert len(shown["headings"]) == 8


@pytest.mark.parametrize("method", ["pca", "sefa"])
def test_one_direction_at_seven_strengths(method):
    shown = sheet(view(found=method, direction="2", strength="6"))
    assert shown["names"] == ["direction 2"]
    assert shown["values"] == ["−6", "−4", "−2", "0", "2", "4", "6"]


def test_the_methods_differ_and_a_link_gives_the_same_pictures():
    pca, sefa = view(found="pca"), view(found="sefa")
    assert sheet(pca)["sprite"] != sheet(sefa)["sprite"]
    assert sheet(view(found="sefa"))["sprite"] == sheet(sefa)["sprite"]


def test_directions_are_set_beside_random_ones():
    assert "Random directions of the same length: 0." in lines(view())


@pytest.mark.parametrize(
    "parameters",
    [{"found": "nonsense"}, {"direction": "99"}, {"strength": "1e9"}, {"direction": "-1", "found": "sefa"}],
)
def test_choices_in_the_url_that_make_no_sense_are_ignored(parameters):
    assert len(sheet(view(**parameters))["names"]) == 5


def test_between_class_weights():
    app = view(model="classes", found="classes", **{"from": "2", "to": "1"})
    assert sheet(app)["names"] == ["owl → dog"]
    assert sheet(app)["values"][-1] == "1"


def test_a_class_and_itself_is_one_line():
    app = view(model="classes", found="classes", **{"from": "1", "to": "1"})
    assert "two different classes" in lines(app)
    assert not app.exception


def test_a_link_to_classes_that_the_model_has_not_is_one_line():
    app = view(found="classes")
    assert "This model has no classes" in lines(app)
    assert app.segmented_control(key="url_found").value == "pca"


def test_a_classifier_gives_an_unconditional_model_classes(monkeypatch):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier = Classifier(1, 28, 3).eval()
    with torch.no_grad():
        classifier.head.weight.mul_(100)
    monkeypatch.setattr(direction_finders, "_classifier", lambda _checkpoint: classifier)
    monkeypatch.setattr(direction_finders, "CLASSIFIED", 300)
    monkeypatch.setattr("gan_core.models.checkpoint.read_card", lambda _path: {"dataset": "digits"})
    direction_finders._class_means.clear()
    app = view(found="classes")
    assert sheet(app)["names"][0].startswith("class ")
    assert any("trained on digits" in caption.value for caption in app.caption)


def test_groups_begin_with_the_brightest_and_the_darkest():
    app = view(found="groups")
    marks = component(app, "url_groups")["marks"]
    assert (len(marks), marks.count(1), marks.count(2)) == (48, 8, 8)
    assert sheet(app)["names"] == ["your direction"]
    assert "8 pictures with, 8 without" in lines(app)


def test_groups_in_a_link():
    app = view(found="groups", groups="3.1.0-1.47.48.x")
    marks = component(app, "url_groups")["marks"]
    assert [index for index, mark in enumerate(marks) if mark == 1] == [0, 1, 3]
    assert [index for index, mark in enumerate(marks) if mark == 2] == [47]  # 1 is taken, 48 is not there
    assert sheet(view(found="groups", groups="3.1.0-47"))["sprite"] == sheet(app)["sprite"]


def test_an_empty_group_keeps_the_last_direction():
    app = view(found="groups")
    before = sheet(app)["sprite"]
    app.button(key="groups_clear").click().run()
    assert "put at least one picture into it" in lines(app)
    assert sheet(app)["sprite"] == before
    assert "put at least one picture into it" in lines(view(found="groups", groups="1-"))


def test_more_pictures_leave_the_groups_alone():
    app = view(found="groups", groups="5-6")
    before = sheet(app)["sprite"]
    app.button(key="groups_more").click().run()
    marks = component(app, "url_groups")["marks"]
    assert (len(marks), marks[5], marks[6]) == (96, 1, 2)
    assert sheet(app)["sprite"] == before


def test_a_direction_can_be_named_and_kept():
    app = view(found="sefa", direction="1")
    before = sheet(app)["sprite"]
    app.text_input(key="direction_name").set_value("slant").run()
    app.button(key="direction_keep").click().run()
    assert app.segmented_control(key="url_found").value == "kept"
    assert sheet(app)["names"] == ["slant"]
    assert sheet(app)["sprite"] == before
    code = app.query_params["d"]
    checkpoint = load_checkpoint("big")
    assert torch.equal(decode_vector(code, BIG), weight_directions(checkpoint, 12)[0])
    elsewhere = view(found="kept", d=code)
    assert sheet(elsewhere)["names"] == ["from the link"]
    assert sheet(elsewhere)["sprite"] == before


def test_all_five_are_kept_at_once():
    app = view()
    app.button(key="direction_keep").click().run()
    assert len(app.selectbox(key="url_d").options) == 5


@pytest.mark.parametrize("code", ["nonsense", encode_vector(torch.zeros(100)), encode_vector(torch.ones(7))])
def test_a_damaged_link_to_a_direction_is_one_line(code):
    app = view(found="kept", d=code)
    assert "in this link" in lines(app)
    assert len(sheet(app)["names"]) == 5  # something real all the same


def test_kept_directions_of_another_size_do_not_show():
    app = view(direction="1")
    app.button(key="direction_keep").click().run()
    app.selectbox(key="url_model").set_value("classes").run()
    assert not app.exception
    assert "alert" not in lines(app)
    assert app.segmented_control(key="url_found").value == "pca"


def test_a_file_of_directions_is_loaded():
    directions = [Direction("one", torch.ones(100), "pca"), Direction("two", -torch.ones(100))]
    app = view()
    file = directions_to_json("elsewhere", BIG, directions).encode()
    app.file_uploader(key="directions_file").upload("d.json", file, "application/json").run()
    assert sheet(app)["names"] == ["one"]
    assert {"one", "two"} <= set(app.selectbox(key="url_d").options)
    assert "found in “elsewhere”" in lines(app)


def test_a_file_that_is_none_is_one_line_and_changes_nothing():
    app = view()
    before = sheet(app)
    app.file_uploader(key="directions_file").upload("d.json", b"<script>", "application/json").run()
    assert "this is no file of directions" in lines(app)
    assert sheet(app) == before


def test_a_picture_opens_its_vector(monkeypatch):
    opened = []
    monkeypatch.setattr("pages.views.state.open_vector", lambda history, *what: opened.append(what))
    monkeypatch.setattr("pages.views.directions.traversal_grid", lambda *_args, on_open, **_others: on_open(0, 6, 1))
    view(found="sefa", direction="1", seed="3")
    ((vector, entry),) = opened
    direction = weight_directions(load_checkpoint("big"), 1)[0]
    torch.testing.assert_close(vector, base_vectors(BIG, 2, 3)[1] + 4 * direction)
    assert entry == direction.abs().argmax()


def test_directions_are_limited(monkeypatch):
    monkeypatch.setattr(saved_directions, "MAX_DIRECTIONS", 3)
    app = view()
    app.button(key="direction_keep").click().run()
    assert "No more than 3 directions" in lines(app)
