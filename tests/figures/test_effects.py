import numpy as np
import pytest

from gan_core.errors import LatentError
from gan_core.figures import effect_bars, effect_history
from gan_core.latent import Effects
from tests.helpers.figures import EFFECTS


def test_effect_bars_are_ranked():
    (bar,) = effect_bars(EFFECTS).data
    assert list(bar.x) == ["8", "7", "9"]
    assert list(bar.y) == pytest.approx([0.3, 0.1, 0.0])
    assert np.asarray(bar.customdata) == pytest.approx(np.array([[0.3, 0.2], [0.1, 0.5], [0.0, 0.0]]))
    assert effect_bars(EFFECTS).layout.xaxis.type == "category"
    assert list(effect_bars(EFFECTS, names=["a", "b", "c"]).data[0].x) == ["b", "a", "c"]


def test_effect_bars_without_scores_do_not_speak_of_them():
    figure = effect_bars(Effects(EFFECTS.entries, EFFECTS.pixel_change, EFFECTS.maps))
    assert np.asarray(figure.data[0].customdata).shape == (3, 1)
    assert "score" not in figure.data[0].hovertemplate


def test_effect_bars_are_ranked_by_the_measure_that_is_asked_for():
    figure = effect_bars(EFFECTS, by="score")
    assert list(figure.data[0].x) == ["7", "8", "9"]
    assert list(figure.data[0].y) == pytest.approx([0.5, 0.2, 0.0])
    assert figure.layout.yaxis.title.text == "Change of D score"
    by_energy = effect_bars(EFFECTS, by="score", d_output="energy")
    assert by_energy.layout.yaxis.title.text == "Change of the energy"
    with pytest.raises(LatentError, match="'class' was not measured"):
        effect_bars(EFFECTS, by="class")


def test_the_history_of_effects_has_the_strongest_at_the_end_on_top():
    strengths = np.array([[0.5, 0.1], [0.0, 0.3], [0.2, 0.2]])
    figure = effect_history([0, 1000], strengths, ["entry 0", "entry 1", "entry 2"])
    (heat,) = figure.data
    assert list(heat.y) == ["entry 1", "entry 2", "entry 0"]
    assert np.array_equal(heat.z, strengths[[1, 2, 0]])
    assert list(heat.text[0]) == ["0", "1,000"]
    assert list(figure.layout.xaxis.ticktext) == ["0", "1,000"]
