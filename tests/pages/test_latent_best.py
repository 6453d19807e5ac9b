"""Best of, without a browser."""

import json
from base64 import b64decode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from gan_core.models.checkpoint import load_checkpoint_file, save_checkpoint
from tests.helpers.pages import CLASSES, component, lines, visit

pytestmark = pytest.mark.usefixtures("models")


def histogram(app: AppTest) -> dict[str, np.ndarray]:
    """How many pictures are in each bar, by trace."""
    traces = json.loads(component(app, "scores")["figure"])["data"]
    packed = {trace["name"]: trace["y"] for trace in traces}
    return {name: np.frombuffer(b64decode(y["bdata"]), y["dtype"]).astype(int) for name, y in packed.items()}


def test_the_best_the_random_and_the_worst():
    app = visit(view="best", drawn="300")
    best, some, worst = component(app, "best")["groups"]
    assert (best["title"], some["title"], worst["title"]) == ("Best", "At random", "Worst")
    scores = [[float(label.split()[-1]) for label in group["labels"]] for group in (best, worst)]
    assert scores[0] == sorted(scores[0], reverse=True)
    assert scores[1] == sorted(scores[1])
    assert min(scores[0]) >= max(scores[1])


def test_the_histogram_counts_what_is_kept():
    counts = histogram(visit(view="best", drawn="300", keep="20"))
    assert (sum(counts["Kept"]), sum(counts["The rest"])) == (60, 240)


def test_the_best_are_compared_with_as_many_at_random():
    app = visit(view="best", drawn="300", keep="10")
    score, spread = app.metric
    assert float(score.value) >= float(score.delta.split()[0])
    assert float(spread.value) > 0
    assert float(spread.delta.split()[0]) > 0


def test_classes_are_counted_where_they_are_known():
    app = visit(view="best", model="classes", drawn="300")
    assert 1 <= float(app.metric[2].value) <= 3
    shares = json.loads(component(app, "class_bars")["figure"])["data"]
    assert [trace["name"] for trace in shares] == ["Kept", "All"]
    assert list(shares[0]["x"]) == list(CLASSES)
    assert len(visit(view="best", model="classes", **{"class": "1"}).metric) == 2


def test_another_fraction_draws_no_new_pictures():
    app = visit(view="best", drawn="300")
    before = component(app, "best")["sprite"]
    rated = app.session_state["best_rated"][1]
    app.slider(key="url_keep").set_value(30).run()
    assert app.query_params["keep"] == "30"
    assert app.session_state["best_rated"][1] is rated
    assert component(app, "best")["sprite"] == before


def test_the_same_link_shows_the_same_pictures():
    first, again, other = (visit(view="best", drawn="200", seed=seed) for seed in ("5", "5", "6"))
    assert component(first, "best")["sprite"] == component(again, "best")["sprite"]
    assert component(first, "best")["sprite"] != component(other, "best")["sprite"]


def test_a_model_without_a_discriminator_shows_random_pictures(models):
    checkpoint = load_checkpoint_file(models / "big.safetensors")
    checkpoint.discriminator = None
    save_checkpoint(checkpoint, models / "big.safetensors")
    app = visit(view="best", drawn="200")
    assert "without a discriminator" in lines(app)
    (group,) = component(app, "best")["groups"]
    assert group["labels"][0] == "Picture 1"
