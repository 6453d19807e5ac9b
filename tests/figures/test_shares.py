import numpy as np
import pytest

from gan_core.figures import class_bars, probability_bars, score_histogram


def test_the_score_histogram_counts_kept_and_rest():
    scores = np.array([0.9, 0.8, 0.8, 0.4, 0.1])
    kept, rest = score_histogram(scores, 2, bins=4).data
    assert (kept.name, rest.name) == ("Kept", "The rest")
    assert list(kept.y) == [0, 0, 0, 2]
    assert list(rest.y) == [1, 1, 0, 1]
    assert list(kept.x) == pytest.approx([0.2, 0.4, 0.6, 0.8])


def test_class_bars_compare_shares():
    kept, everything = class_bars(["0", "1"], np.array([0.9, 0.1]), np.array([0.5, 0.5])).data
    assert (kept.name, list(kept.x), list(kept.y)) == ("Kept", ["0", "1"], [0.9, 0.1])
    assert (everything.name, list(everything.y)) == ("All", [0.5, 0.5])


def test_equal_scores_have_a_histogram_too():
    for scores in (np.full(6, 0.5), np.linspace(0.01, 0.01 - 1e-8, 6, dtype=np.float32)):
        kept, rest = score_histogram(scores, 1).data
        assert (sum(kept.y), sum(rest.y)) == (1, 5)


def test_energies_are_shown_as_they_are():
    kept, rest = score_histogram(np.array([-0.1, -0.2, -0.9]), 2, d_output="energy", bins=2).data
    assert (list(kept.y), list(rest.y)) == ([2, 0], [0, 1])
    assert min(kept.x) > 0


def test_probabilities_mark_what_was_asked_for():
    asked, others = probability_bars(["a", "b", "c"], np.array([0.1, 0.7, 0.2]), 1).data
    assert (list(asked.x), list(asked.y)) == (["b"], [0.7])
    assert list(others.x) == ["a", "c"]
    figure = probability_bars(["a", "b", "c"], np.array([0.1, 0.7, 0.2]), 1, title="Class")
    assert list(figure.layout.xaxis.categoryarray) == ["a", "b", "c"]
    assert figure.layout.xaxis.title.text == "Class"
