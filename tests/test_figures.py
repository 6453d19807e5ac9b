import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
import torch

from gan_core.errors import LatentError
from gan_core.evaluation import Reading
from gan_core.figures import (
    class_bars,
    effect_bars,
    effect_history,
    effect_map,
    loss_curves,
    probability_bars,
    reading_curves,
    score_curves,
    score_histogram,
    smooth,
    walk_lengths,
)
from gan_core.latent import Effects


@dataclass
class Curve:
    steps: np.ndarray
    values: np.ndarray


def curve(*values: float) -> Curve:
    return Curve(np.arange(1, len(values) + 1), np.array(values, np.float32))


SERIES = {"d_loss": curve(1, 2, 3), "g_loss": curve(4, 5, 6), "d_real": curve(0.6, 0.7), "d_fake": curve(0.4, 0.3)}
EFFECTS = Effects(
    entries=(7, 8, 9),
    by_entry=torch.tensor([0.1, 0.3, 0.0]),
    maps=torch.tensor([0.1, 0.3, 0.0])[:, None, None].expand(3, 2, 2),
    by_score=torch.tensor([0.5, 0.2, 0.0]),
)


def every_figure(text=str):
    return [
        loss_curves(SERIES, text=text),
        loss_curves({}, text=text),
        loss_curves(SERIES | {"d_class": curve(1), "g_level_7": curve(1)}, wasserstein=True, text=text),
        score_curves(SERIES, smoothing=0.5, text=text),
        score_curves(SERIES | {"class_accuracy": curve(1)}, kind="critic", text=text),
        probability_bars(["cat"], np.ones(1), 0, text=text),
        effect_bars(EFFECTS, text=text),
        effect_map(EFFECTS, 8, text=text),
        class_bars(["cat"], np.ones(1), np.ones(1), text=text),
        score_histogram(np.linspace(1, 0, 50), 5, text=text),
    ]


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


def test_effect_bars_are_ranked():
    (bar,) = effect_bars(EFFECTS).data
    assert list(bar.x) == ["8", "7", "9"]
    assert list(bar.y) == pytest.approx([0.3, 0.1, 0.0])
    assert np.asarray(bar.customdata) == pytest.approx(np.array([[0.3, 0.2], [0.1, 0.5], [0.0, 0.0]]))
    assert effect_bars(EFFECTS).layout.xaxis.type == "category"
    assert list(effect_bars(EFFECTS, names=["a", "b", "c"]).data[0].x) == ["b", "a", "c"]


def test_effect_bars_without_scores_do_not_speak_of_them():
    figure = effect_bars(Effects(EFFECTS.entries, EFFECTS.by_entry, EFFECTS.maps))
    assert np.asarray(figure.data[0].customdata).shape == (3, 1)
    assert "score" not in figure.data[0].hovertemplate


def test_effect_bars_are_ranked_by_the_measure_that_is_asked_for():
    figure = effect_bars(EFFECTS, by="score")
    assert list(figure.data[0].x) == ["7", "8", "9"]
    assert list(figure.data[0].y) == pytest.approx([0.5, 0.2, 0.0])
    assert figure.layout.yaxis.title.text == "Change of D score"
    with pytest.raises(LatentError, match="'class' was not measured"):
        effect_bars(EFFECTS, by="class")


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


def test_effect_maps_share_one_scale():
    weak, strong = (effect_map(EFFECTS, entry).data[0] for entry in (7, 8))
    assert np.asarray(weak.z) == pytest.approx(np.full((2, 2), 0.1))
    assert weak.zmax == strong.zmax == pytest.approx(0.3)
    assert effect_map(EFFECTS, 7).layout.yaxis.autorange == "reversed"
    with pytest.raises(LatentError, match="entry 1 "):
        effect_map(EFFECTS, 1)


def test_backgrounds_are_transparent_and_left_to_the_template():
    for figure in every_figure():
        assert figure.layout.template.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.paper_bgcolor is None
        assert figure.layout.plot_bgcolor is None
        assert figure.layout.font.color is None
        assert figure.layout.uirevision


def test_every_visible_string_can_be_translated():
    for figure in every_figure(text=lambda message: f"«{message}»"):
        layout = figure.layout
        visible = [layout.xaxis.title.text, layout.yaxis.title.text, *(note.text for note in layout.annotations)]
        for trace in figure.data:
            visible.append(trace.name)
            if trace.type == "heatmap":
                visible.append(trace.colorbar.title.text)
            if figure.layout.uirevision.startswith("effect"):
                assert "«Effect»" in trace.hovertemplate
        for string in filter(None, visible):
            assert string.removeprefix("D: ").removeprefix("G: ").startswith("«"), string


def test_the_history_of_effects_has_the_strongest_at_the_end_on_top():
    strengths = np.array([[0.5, 0.1], [0.0, 0.3], [0.2, 0.2]])
    figure = effect_history([0, 1000], strengths, ["entry 0", "entry 1", "entry 2"])
    (heat,) = figure.data
    assert list(heat.y) == ["entry 1", "entry 2", "entry 0"]
    assert np.array_equal(heat.z, strengths[[1, 2, 0]])
    assert list(heat.text[0]) == ["0", "1,000"]
    assert list(figure.layout.xaxis.ticktext) == ["0", "1,000"]


def test_a_walk_has_a_curve_for_each_way_and_the_usual_length():
    lengths = {"spherical": np.array([2.0, 2.0, 2.0]), "straight": np.array([2.0, 1.4, 2.0])}
    straight, spherical, typical = walk_lengths(lengths, 1.9, text=str.upper).data
    assert list(straight.y) == [2.0, 1.4, 2.0]
    assert list(spherical.y) == [2.0, 2.0, 2.0]
    assert (list(typical.x), list(typical.y)) == ([0, 2], [1.9, 1.9])
    assert [curve.name for curve in (straight, spherical, typical)] == ["STRAIGHT", "SPHERICAL", "RANDOM VECTORS"]


def test_the_parts_of_a_loss_are_thin_broken_lines_of_their_player():
    series = SERIES | {"d_class": curve(1, 1), "d_adversarial": curve(0, 1), "g_level_14": curve(2, 2)}
    figure = loss_curves(series)
    titles = ["D loss", "G loss", "D: class", "D: realness", "G: level of 14 px"]
    assert names(figure) == titles
    total, _g, on_class, realness, level = figure.data
    assert on_class.line.color == realness.line.color == total.line.color != level.line.color
    assert on_class.line.width < total.line.width
    assert len({total.line.dash, on_class.line.dash, realness.line.dash}) == 3


def test_the_loss_of_a_critic_is_a_distance_with_the_sign_turned():
    figure = loss_curves({"d_loss": curve(-3, -2), "g_loss": curve(1, 1)}, wasserstein=True)
    assert names(figure) == ["Wasserstein estimate", "G loss"]
    assert list(figure.data[0].y) == [3, 2]
    penalised = {"d_loss": curve(-2, -1), "d_adversarial": curve(-3, -2), "d_penalty": curve(1, 1)}
    figure = loss_curves(penalised, wasserstein=True)
    assert names(figure) == ["Wasserstein estimate", "D: gradient penalty"]
    assert list(figure.data[0].y) == [3, 2]
    assert len(loss_curves({}, wasserstein=True).data) == 0


@pytest.mark.parametrize("kind", ["critic", "energy"])
def test_scores_without_bounds_have_a_free_axis_and_no_middle(kind):
    figure = score_curves(SERIES, kind=kind)
    assert names(figure) == ["D(x)", "D(G(z))"]
    assert figure.layout.yaxis.range is None
    assert kind in figure.layout.yaxis.title.text.lower()


def test_the_accuracy_of_the_class_head_is_beside_the_scores():
    figure = score_curves(SERIES | {"class_accuracy": curve(0.1, 0.9)})
    assert names(figure) == ["D(x)", "D(G(z))", "Class accuracy on real images", "D cannot tell"]
    assert list(figure.data[2].y) == pytest.approx([0.1, 0.9])


def test_energies_are_shown_as_they_are():
    kept, rest = score_histogram(np.array([-0.1, -0.2, -0.9]), 2, kind="energy", bins=2).data
    assert (list(kept.y), list(rest.y)) == ([2, 0], [0, 1])
    assert min(kept.x) > 0
    by_score = effect_bars(EFFECTS, by="score", kind="energy")
    assert by_score.layout.yaxis.title.text == "Change of the energy"


def test_probabilities_mark_what_was_asked_for():
    asked, others = probability_bars(["a", "b", "c"], np.array([0.1, 0.7, 0.2]), 1).data
    assert (list(asked.x), list(asked.y)) == (["b"], [0.7])
    assert list(others.x) == ["a", "c"]
    figure = probability_bars(["a", "b", "c"], np.array([0.1, 0.7, 0.2]), 1, title="Class")
    assert list(figure.layout.xaxis.categoryarray) == ["a", "b", "c"]
    assert figure.layout.xaxis.title.text == "Class"


def a_reading(step: int, frechet: float) -> Reading:
    return Reading(step, 512, frechet, 10.0, {"0": 0.9, "1": 0.1, "2": 0.0}, 0.5, None)


def test_readings_are_drawn_in_three_charts_over_each_other():
    figure = reading_curves([a_reading(0, 3000.0), a_reading(100, 500.0)])
    values = {trace.name: (trace.yaxis, list(trace.y)) for trace in figure.data}
    assert values["Fréchet distance"] == ("y", [3000.0, 500.0])
    assert values["Variety"] == ("y2", [0.5, 0.5])
    assert values["Classes drawn"] == ("y3", [2, 2])
    assert values["Real pictures"][1] == [10.0, 10.0]
    places = [figure.layout[name].domain for name in ("yaxis3", "yaxis2", "yaxis")]
    assert all(below[1] < above[0] for below, above in pairwise(places))
    assert places[0][0] >= 0
    assert places[-1][1] == 1
