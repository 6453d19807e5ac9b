import numpy as np

from gan_core.figures.iteration import norm_bars, value_histogram
from gan_core.figures.style import BLUE, VERMILION


def test_two_sides_share_their_bars():
    values = {"real": np.array([0.0, 1.0, 1.0]), "fake": np.array([0.0, 0.0, 0.4])}
    figure = value_histogram(values, {"real": "Real", "fake": "Fakes"}, x_title="D's score", bins=2)
    real, fake = figure.data
    assert (list(real.x), list(fake.x)) == ([0.25, 0.75], [0.25, 0.75])
    assert (list(real.y), list(fake.y)) == ([1, 2], [3, 0])
    assert (real.marker.color, fake.marker.color) == (BLUE, VERMILION)
    assert (real.name, fake.name) == ("Real", "Fakes")
    assert figure.layout.yaxis.type is None


def test_counts_on_a_scale_of_powers():
    figure = value_histogram({"gradient": np.zeros(5)}, {"gradient": "Gradient"}, x_title="", log=True)
    assert figure.layout.yaxis.type == "log"
    assert sum(figure.data[0].y) == 5


def test_the_first_layer_is_on_top():
    figure = norm_bars({"layers.0.weight": 2.0, "layers.2.weight": 1.0}, player="g", title="Size")
    (bars,) = figure.data
    assert (list(bars.x), list(bars.y)) == ([2.0, 1.0], ["layers.0.weight", "layers.2.weight"])
    assert bars.marker.color == VERMILION
    assert figure.layout.yaxis.autorange == "reversed"
