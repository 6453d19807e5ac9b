import numpy as np

from gan_core.figures import walk_lengths


def test_a_walk_has_a_curve_for_each_way_and_the_usual_length():
    lengths = {"spherical": np.array([2.0, 2.0, 2.0]), "straight": np.array([2.0, 1.4, 2.0])}
    straight, spherical, typical = walk_lengths(lengths, 1.9, text=str.upper).data
    assert list(straight.y) == [2.0, 1.4, 2.0]
    assert list(spherical.y) == [2.0, 2.0, 2.0]
    assert (list(typical.x), list(typical.y)) == ([0, 2], [1.9, 1.9])
    assert [curve.name for curve in (straight, spherical, typical)] == ["STRAIGHT", "SPHERICAL", "RANDOM VECTORS"]
