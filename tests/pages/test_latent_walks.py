"""The view of walks without a browser."""

import json
import sys

import pytest
import torch
from streamlit.testing.v1 import AppTest

from gan_core.images import data_uri, grid, png_bytes
from gan_core.latent import base_vectors, encode_vector, walk
from gan_core.latent_spec import LatentSpec
from gan_core.runs import load_checkpoint
from tests.helpers.pages import component, lines, visit

pytestmark = pytest.mark.usefixtures("models")

BIG = LatentSpec.of(100, "normal")


def view(**parameters: str) -> AppTest:
    return visit(view="walks", **parameters)


def book(app: AppTest) -> dict:
    return component(app, "url_stops")


def sprite(vectors: torch.Tensor, steps: int, path: str = "spherical") -> str:
    images = load_checkpoint("big").draw(walk(BIG, vectors, steps, path))
    return data_uri(png_bytes(grid(images, 16, pad=0)))


def test_the_first_visit_walks_through_four_random_vectors():
    shown = book(view())
    assert (shown["count"], shown["rate"]) == (64, 12)
    stops = torch.cat([base_vectors(BIG, 1, seed) for seed in range(4)])
    assert shown["sprite"] == sprite(stops, 16)


def test_a_link_holds_the_whole_walk():
    vector = torch.linspace(-1, 1, 100)
    app = view(stops=f"r7.{encode_vector(vector)}", steps="8", rate="24", path="straight")
    shown = book(app)
    assert (shown["count"], shown["rate"]) == (16, 24)
    assert shown["sprite"] == sprite(torch.stack([base_vectors(BIG, 1, 7)[0], vector]), 8, "straight")


def test_both_ways_side_by_side():
    assert book(view(path="both"))["width"] == 56


def test_vectors_are_added_and_taken_out():
    app = view()
    app.button(key="walk_random").click().run()
    assert book(app)["count"] == 5 * 16
    app.button(key="walk_current").click().run()
    words = app.query_params["stops"].split(".")
    assert words[:4] == ["r0", "r1", "r2", "r3"]
    assert words[5] == encode_vector(base_vectors(BIG, 1, 0)[0])
    app.button(key="walk_remove_0").click().run()
    assert app.query_params["stops"].split(".") == words[1:]
    app.button(key="walk_new").click().run()
    assert book(app)["count"] == 64


def test_two_vectors_are_the_fewest_and_eight_the_most():
    fewest = view(stops="r1.r2")
    assert fewest.button(key="walk_remove_0").disabled
    most = view(stops=".".join(f"r{n}" for n in range(9)))
    assert book(most)["count"] == 8 * 16
    assert most.button(key="walk_random").disabled
    assert most.button(key="walk_current").disabled


@pytest.mark.parametrize("stops", ["r1.r2.nonsense", f"r1.r2.{encode_vector(torch.ones(7))}", "r1.r2.r-5"])
def test_a_damaged_vector_in_a_link_is_one_line(stops):
    app = view(stops=stops)
    assert "in this link" in lines(app)
    assert book(app)["count"] == 2 * 16  # those before it are good


@pytest.mark.parametrize(
    "parameters",
    [{"steps": "5"}, {"steps": "9999"}, {"rate": "x"}, {"path": "zigzag"}, {"stops": "."}, {"stops": "r1"}],
)
def test_choices_in_the_url_that_make_no_sense_are_ignored(parameters):
    shown = book(view(**parameters))
    assert (shown["count"], shown["rate"], shown["width"]) == (64, 12, 28)


def test_the_chart_shows_both_lengths():
    figure = json.loads(component(view(stops="r1.r2", steps="8"), "walk_lengths")["figure"])
    assert [trace["name"] for trace in figure["data"]] == ["Straight", "Spherical", "Random vectors"]
    assert figure["data"][2]["y"] == [10, 10]


def test_a_walk_through_classes():
    app = view(model="classes", walk="classes", classes="2.0", steps="4")
    assert app.multiselect(key="walk_classes").value == [2, 0]
    assert book(app)["count"] == 8
    app.multiselect(key="walk_classes").set_value([2, 0, 1]).run()
    assert app.query_params["classes"] == "2.0.1"
    assert book(app)["count"] == 12


def test_one_class_is_no_walk():
    app = view(model="classes", walk="classes")
    app.multiselect(key="walk_classes").set_value([1]).run()
    assert "at least two classes" in lines(app)
    assert book(app)["count"] == 3 * 16


@pytest.mark.parametrize("classes", ["9.8", "x", "1.1.1", "²", "1" * 5000])
def test_classes_in_a_link_that_are_not_there(classes):
    app = view(model="classes", walk="classes", classes=classes)
    assert app.multiselect(key="walk_classes").value == [0, 1, 2]


def test_a_model_without_classes_offers_none():
    app = view(walk="classes")
    assert book(app)["count"] == 64
    assert not app.multiselect


@pytest.mark.parametrize("there", [True, False])
def test_a_film_needs_pyav(there, monkeypatch):
    if not there:
        monkeypatch.setitem(sys.modules, "av", None)  # importing it fails now
    buttons = {button.proto.label: button.proto for button in view().get("download_button")}
    assert not buttons["GIF"].disabled
    assert buttons["MP4"].disabled is not there
    assert buttons["MP4"].help == ("" if there else "The server needs one more package for it: pip install av")
