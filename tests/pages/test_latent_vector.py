"""One vector without a browser: its buttons, locks, facts, and the frames for dragging."""

import pytest
import torch

from gan_core.latent import base_vectors, draw_and_score, encode_vector
from gan_core.latent_spec import LatentSpec
from gan_core.runs import load_checkpoint
from pages.components.vector.facts import likely, vector_facts
from pages.components.vector.panel import _lockable
from pages.components.vector.prefetch import FramePrefetch
from tests.helpers.pages import component, lines, visit

pytestmark = pytest.mark.usefixtures("models")

LIMITS = (-4.0, 4.0)


def vector_of(app, model: str = "big") -> list[float]:
    return component(app, f"panel_{model}")["vector"]


@pytest.mark.parametrize("button", ["vector_new", "vector_vary", "vector_zero"])
def test_locked_entries_survive_every_button(button):
    app = visit(view="vector", locked="1, 3-4")
    before = vector_of(app)
    app.button(key=button).click().run()
    assert not app.exception
    after = vector_of(app)
    assert [entry for entry in range(100) if before[entry] == after[entry]] == [1, 3, 4]


def test_unlocked_entries_change_again():
    app = visit(view="vector", locked="0-99")
    before = vector_of(app)
    app.button(key="vector_new").click().run()
    assert vector_of(app) == before
    app.button(key="vector_unlock").click().run()
    assert component(app, "panel_big")["locked"] == []
    app.button(key="vector_new").click().run()
    assert vector_of(app) != before


@pytest.mark.parametrize("text", ["100", "everything", "-1", "<b>"])
def test_locks_in_the_link_that_make_no_sense_are_none(text):
    assert component(visit(view="vector", locked=text), "panel_big")["locked"] == []


def test_class_weights_cannot_be_locked():
    app = visit(view="vector", model="classes", locked="2, 12-14")
    assert component(app, "panel_classes")["locked"] == [2]


def test_locks_belong_to_the_model_that_the_link_is_about():
    app = visit(view="vector", model="big", locked="5")
    app.selectbox(key="url_model").set_value("classes").run()
    assert component(app, "panel_classes")["locked"] == []
    app.selectbox(key="url_model").set_value("big").run()
    assert component(app, "panel_big")["locked"] == [5]


def test_the_share_to_vary_decides_how_far_it_goes():
    distances = []
    for percent in ("5", "90"):
        app = visit(view="vector", vary=percent)
        before = torch.tensor(vector_of(app))
        app.button(key="vector_vary").click().run()
        distances.append(torch.dist(torch.tensor(vector_of(app)), before).item())
        app.button(key="vector_undo").click().run()
        assert vector_of(app) == before.tolist()
    assert distances[0] < distances[1] / 5


def test_the_facts_of_the_picture():
    vector = torch.zeros(100)
    facts = component(visit(view="vector", z=encode_vector(vector)), "panel_big")["picture"]["facts"]
    score = draw_and_score(load_checkpoint("big"), vector[None])[1].item()
    assert facts["score"] == f"D(G(z)) = {score:.3f}"
    assert facts["length"].endswith(" 0.00")
    assert facts["share"] == 0
    assert "practically every" in facts["likely"]


def test_a_model_deleted_meanwhile_leaves_the_vector_in_hand(models):
    app = visit(view="vector", model="classes")
    for file in models.glob("classes.*"):
        file.unlink()
    app.run()
    assert not app.exception
    assert "There is no model" in lines(app)
    assert component(app, "panel_big")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.5, "longer than 50% of random vectors"),
        (0.03, "shorter than 97.0% of random vectors (unusual)"),
        (0.2, "shorter than 80% of random vectors"),
        (0.999, "longer than 99.9% of random vectors (unusual)"),
    ],
)
def test_the_length_in_words(share, words):
    assert likely(share) == words


def test_facts_without_a_discriminator():
    (facts,) = vector_facts(LatentSpec.of(3, "normal"), torch.ones(1, 3), None, "logit")
    assert facts["score"] is None


@pytest.mark.parametrize("message", [None, "1", {"a": 1}, [True], [-1], [7], [1.0], [[1]], ["1"]])
def test_locks_from_a_browser_that_make_no_sense_are_none(message):
    assert _lockable(message, LatentSpec.of(7, "normal", ("cat", "dog"))) == []


def ask(prefetch: FramePrefetch, entry: int, count: int) -> None:
    prefetch.ask({"entry": entry, "count": count}, 100)


@pytest.fixture
def big():
    checkpoint = load_checkpoint("big")
    return checkpoint, base_vectors(checkpoint.latent_spec, 1, 0)[0]


def test_frames_are_made_when_they_are_asked_for(big):
    prefetch = FramePrefetch()
    assert prefetch.frames(*big, *LIMITS) is None
    ask(prefetch, 5, 1)
    made = prefetch.frames(*big, *LIMITS)
    assert made["entry"] == 5
    assert made["vector"] == big[1].tolist()
    assert len(made["facts"]) == 81  # -4, -3.9 ... 4
    assert made["facts"][40] == vector_facts(big[0].latent_spec, *at_zero(big, 5), "logit")[0]


def at_zero(big, entry: int):
    vectors = big[1][None].clone()
    vectors[0, entry] = 0
    return vectors, draw_and_score(big[0], vectors)[1]


def test_frames_hold_while_only_their_own_entry_moves(big):
    checkpoint, vector = big
    prefetch = FramePrefetch()
    ask(prefetch, 5, 1)
    made = prefetch.frames(*big, *LIMITS)
    moved = vector.clone()
    moved[5] = 3
    assert prefetch.frames(checkpoint, moved, *LIMITS) is made
    moved[6] = 3
    assert prefetch.frames(checkpoint, moved, *LIMITS) is None  # stale, and no one asked for others
    ask(prefetch, 5, 2)
    assert prefetch.frames(checkpoint, moved, *LIMITS)["vector"] == moved.tolist()


def test_a_newer_checkpoint_gets_frames_of_its_own(big, models):
    prefetch = FramePrefetch()
    ask(prefetch, 5, 1)
    prefetch.frames(*big, *LIMITS)
    again = load_checkpoint("big")
    assert prefetch.frames(again, big[1], *LIMITS) is None
    ask(prefetch, 5, 2)
    assert prefetch.frames(again, big[1], *LIMITS) is not None


@pytest.mark.parametrize(
    "message", [{}, {"entry": 100, "count": 1}, {"entry": "5", "count": 1}, {"entry": -1, "count": 1}]
)
def test_a_request_that_makes_no_sense_is_ignored(message):
    prefetch = FramePrefetch()
    prefetch.ask(message, 100)
    assert (prefetch.entry, prefetch.asked) == (0, 0)
