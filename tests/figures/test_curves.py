import json

import numpy as np
import pytest

from gan_core.figures import loss_curves, score_curves
from gan_core.figures.curves import smooth
from tests.helpers.figures import SERIES, curve


def names(figure) -> list[str]:
    return [trace.name for trace in figure.data if trace.showlegend is not False]


def test_losses_are_drawn_under_the_names_of_the_players():
    figure = loss_curves(SERIES)
    assert names(figure) == ["D loss", "G loss"]
    assert list(figure.data[1].y) == [4, 5, 6]
    assert list(figure.data[1].x) == [1, 2, 3]
    assert figure.layout.hovermode == "x unified"
    assert figure.layout.xaxis.title.text == "Step"


def test_scores_have_the_line_where_d_cannot_tell():
    figure = score_curves(SERIES)
    assert names(figure) == ["D(x)", "D(G(z))", "D cannot tell"]
    assert list(figure.data[2].y) == [0.5, 0.5]
    assert list(figure.data[2].x) == [1, 2]
    low, high = figure.layout.yaxis.range
    assert low <= 0
    assert high >= 1


def test_players_keep_their_colours_across_figures():
    (d_loss, g_loss), (real, fake, _) = loss_curves(SERIES).data, score_curves(SERIES).data
    assert d_loss.line.color == real.line.color != g_loss.line.color == fake.line.color
    alone = loss_curves({"g_loss": SERIES["g_loss"]})
    assert alone.data[0].line.color == g_loss.line.color


def test_smoothing_keeps_the_measured_line_behind():
    raw, smoothed = loss_curves({"d_loss": curve(0, 1, 0, 1)}, smoothing=0.9).data
    assert list(raw.y) == [0, 1, 0, 1]
    assert raw.opacity < 0.5
    assert raw.showlegend is False
    assert np.ptp(smoothed.y) < np.ptp(raw.y)
    assert raw.legendgroup == smoothed.legendgroup


@pytest.mark.parametrize("series", [{}, {"d_loss": curve(), "d_real": curve()}, {"other": curve(1)}])
@pytest.mark.parametrize("figure_of", [loss_curves, score_curves])
def test_without_data_the_figure_says_so(figure_of, series):
    figure = figure_of(series, smoothing=0.5)
    assert len(figure.data) == 0
    assert [note.text for note in figure.layout.annotations] == ["No data yet"]


@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_values_that_are_not_finite_are_gaps(smoothing):
    series = {"d_loss": curve(1, np.nan, np.inf, 4), "g_loss": curve(np.nan)}
    spec = json.loads(loss_curves(series, smoothing=smoothing).to_json())
    assert "Infinity" not in json.dumps(spec)
    trace = loss_curves(series, smoothing=smoothing).data[-2 if not smoothing else 1]
    assert np.isnan(trace.y).tolist() == [False, True, True, False]


def test_smooth_by_hand():
    # 1; (0.5 * 0.5 * 1 + 0.5 * 3) / 0.75; (0.5 * 1.75 + 0.5 * 3) / 0.875
    assert smooth(np.array([1.0, 3.0, 3.0]), 0.5) == pytest.approx([1, 7 / 3, 2.375 / 0.875])
    assert smooth(np.array([5.0, 1.0, 2.0]), 0.0).tolist() == [5, 1, 2]
    assert smooth(np.full(50, 2.0), 0.99) == pytest.approx(np.full(50, 2.0))
    gap = smooth(np.array([1.0, np.nan, 3.0]), 0.5)
    assert np.isnan(gap[1])
    assert gap[2] == pytest.approx(7 / 3)
    assert smooth(np.array([]), 0.5).shape == (0,)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, np.nan])
def test_smooth_refuses(smoothing):
    with pytest.raises(ValueError, match="below 1"):
        smooth(np.ones(3), smoothing)


def test_the_parts_of_a_loss_are_thin_broken_lines_of_their_player():
    series = SERIES | {"d_class": curve(1, 1), "d_adversarial": curve(0, 1), "g_level_14": curve(2, 2)}
    figure = loss_curves(series, parts={"class": "class", "level_{n}": "level of {n} px"})
    titles = ["D loss", "G loss", "D: class", "D: adversarial", "G: level of 14 px"]
    assert names(figure) == titles
    total, _g, on_class, adversarial, level = figure.data
    assert on_class.line.color == adversarial.line.color == total.line.color != level.line.color
    assert on_class.line.width < total.line.width
    assert len({total.line.dash, on_class.line.dash, adversarial.line.dash}) == 3


def test_the_loss_of_a_critic_is_a_distance_with_the_sign_turned():
    figure = loss_curves({"d_loss": curve(-3, -2), "g_loss": curve(1, 1)}, wasserstein=True)
    assert names(figure) == ["Wasserstein estimate", "G loss"]
    assert list(figure.data[0].y) == [3, 2]
    penalised = {"d_loss": curve(-2, -1), "d_adversarial": curve(-3, -2), "d_penalty": curve(1, 1)}
    figure = loss_curves(penalised, parts={"penalty": "gradient penalty"}, wasserstein=True)
    assert names(figure) == ["Wasserstein estimate", "D: gradient penalty"]
    assert list(figure.data[0].y) == [3, 2]
    assert len(loss_curves({}, wasserstein=True).data) == 0


@pytest.mark.parametrize("kind", ["critic", "energy"])
def test_scores_without_bounds_have_a_free_axis_and_no_middle(kind):
    figure = score_curves(SERIES, d_output=kind)
    assert names(figure) == ["D(x)", "D(G(z))"]
    assert figure.layout.yaxis.range is None
    assert kind in figure.layout.yaxis.title.text.lower()


def test_the_accuracy_of_the_class_head_is_beside_the_scores():
    figure = score_curves(SERIES | {"class_accuracy": curve(0.1, 0.9)})
    assert names(figure) == ["D(x)", "D(G(z))", "Class accuracy on real images", "D cannot tell"]
    assert list(figure.data[2].y) == pytest.approx([0.1, 0.9])
