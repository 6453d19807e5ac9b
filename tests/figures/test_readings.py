from itertools import pairwise

from gan_core.evaluation import QualitySample
from gan_core.figures import reading_curves


def a_reading(step: int, frechet: float) -> QualitySample:
    return QualitySample(step, 512, frechet, 10.0, {"0": 0.9, "1": 0.1, "2": 0.0}, 0.5, None)


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


def test_without_classes_there_are_two_charts():
    readings = [QualitySample(step, 512, 9.0, 1.0, {}, 0.5, None) for step in (0, 100)]
    figure = reading_curves(readings)
    assert [trace.name for trace in figure.data] == ["Fréchet distance", "Variety", "Real pictures"]
    assert figure.layout.xaxis.anchor == "y2"
    assert figure.layout.yaxis2.domain[0] == 0
