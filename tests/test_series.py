import numpy as np
import pytest

from gan_core.series import downsample


@pytest.mark.parametrize("n", [0, 1, 3, 4, 20])
def test_a_short_curve_is_kept_whole(n):
    assert downsample(np.random.default_rng(0).normal(size=n), 20).tolist() == list(range(n))


@pytest.mark.parametrize("n", [21, 22, 99, 1000, 12_345])
@pytest.mark.parametrize("max_points", [4, 5, 20])
def test_ends_and_extremes_survive_in_few_points(n, max_points):
    values = np.random.default_rng(n).normal(size=n)
    kept = downsample(values, max_points)
    assert len(kept) <= max_points
    assert (np.diff(kept) > 0).all()
    assert {0, n - 1, values.argmin(), values.argmax()} <= set(kept.tolist())


def test_every_bucket_keeps_its_spikes_both_ways():
    values = np.zeros(10_000)
    spikes = np.arange(50, 10_000, 1000)
    values[spikes] = 5.0
    values[spikes + 1] = -5.0
    kept = set(downsample(values, 100).tolist())
    assert set(spikes.tolist()) <= kept
    assert set((spikes + 1).tolist()) <= kept


def test_missing_values_hide_nothing():
    values = np.full(1000, np.nan)
    values[[300, 301, 900]] = 1.0, -1.0, 7.0
    kept = downsample(values, 10)
    assert {300, 301, 900} & set(kept.tolist()) >= {301, 900}
    assert len(kept) <= 10


def test_all_missing_and_infinite_values_are_no_error():
    assert len(downsample(np.full(1000, np.nan), 10)) <= 10
    values = np.zeros(1000)
    values[500] = np.inf
    assert 500 in downsample(values, 10)


def test_fewer_than_four_points_are_refused():
    with pytest.raises(ValueError, match="at least 4"):
        downsample(np.zeros(10), 3)
