import numpy as np
import pytest

from gan_core.errors import RunError
from gan_core.runs.metrics import BLOCK
from gan_core.training import MetricRows
from tests.helpers.runs import tiny


@pytest.fixture
def run(store):
    return store.create(tiny())


def rows(first: int, count: int, names=("d_loss", "g_loss")) -> MetricRows:
    steps = np.arange(first, first + count)
    columns = [(steps * (k + 1)).astype(np.float32) for k in range(len(names))]
    return MetricRows(names, steps, np.stack(columns, axis=1))


def test_what_is_appended_comes_back(store, run):
    for first, count in [(1, 3), (4, 1), (5, 0), (5, 96)]:
        store.append_metrics(run.id, rows(first, count))
    curves = store.metrics(run.id)
    assert list(curves) == ["d_loss", "g_loss"]
    assert curves["g_loss"].steps.tolist() == list(range(1, 101))
    assert curves["g_loss"].values.tolist() == [2.0 * step for step in range(1, 101)]
    assert curves["g_loss"].values.dtype == np.float32


def test_a_run_without_steps_has_no_curves(store, run):
    assert store.metrics(run.id) == {}


def test_a_run_that_does_not_exist_has_no_metrics(store):
    with pytest.raises(RunError, match="no run"):
        store.metrics("vanilla-mnist-000000")


def test_small_flushes_fill_blocks(store, run):
    total = 2 * BLOCK + 100
    for first in range(1, total + 1, 50):
        store.append_metrics(run.id, rows(first, min(50, total + 1 - first)))
    with store._database.reading() as connection:
        sizes = [row[0] for row in connection.execute("SELECT last_step - first_step + 1 FROM metrics")]
    assert sizes == [BLOCK, BLOCK, 100]
    assert store.metrics(run.id, max_points=total)["d_loss"].steps.tolist() == list(range(1, total + 1))


def test_a_hundred_thousand_steps_become_few_points_with_the_spike(store, run):
    everything = rows(1, 100_000)
    everything.values[:] = 0.5
    everything.values[77_777, 0] = 42.0
    store.append_metrics(run.id, everything)
    for max_points in (2000, 300):  # from all values, from the digests
        curve = store.metrics(run.id, max_points)["d_loss"]
        assert len(curve.steps) <= max_points
        assert (np.diff(curve.steps) > 0).all()
        assert (curve.steps[0], curve.steps[-1]) == (1, 100_000)
        assert curve.steps[curve.values.argmax()] == 77_778


def test_the_digests_keep_what_the_values_keep(store, run):
    everything = rows(1, 60_000)
    everything.values[:] = np.random.default_rng(0).normal(size=everything.values.shape)
    store.append_metrics(run.id, everything)
    curves = store.metrics(run.id, 50)
    for column, name in enumerate(everything.names):
        assert curves[name].values.max() == everything.values[:, column].max()
        assert curves[name].values.min() == everything.values[:, column].min()


def test_a_range_of_steps(store, run):
    store.append_metrics(run.id, rows(1, BLOCK + 2))
    curve = store.metrics(run.id, first_step=BLOCK - 1)["d_loss"]
    assert curve.steps.tolist() == [BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 2]
    assert store.metrics(run.id, first_step=10 * BLOCK) == {}


@pytest.mark.parametrize("step", [0, 10, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
def test_truncated_curves_go_on_without_doubled_steps(store, run, step):
    store.append_metrics(run.id, rows(1, 2 * BLOCK + 50))
    store.truncate(run.id, step)
    kept = store.metrics(run.id, max_points=10 * BLOCK)
    assert (kept["d_loss"].steps.tolist() if kept else []) == list(range(1, step + 1))
    store.append_metrics(run.id, rows(step + 1, 100))
    again = store.metrics(run.id, max_points=10 * BLOCK)["g_loss"]
    assert again.steps.tolist() == list(range(1, step + 101))
    assert again.values.tolist() == [2.0 * s for s in range(1, step + 101)]
