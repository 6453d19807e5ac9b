import pytest

from gan_core.runs import RunStore, TrainingService, active_run
from tests.helpers.data import make_data


@pytest.fixture(autouse=True)
def instant_data(monkeypatch):
    """Every dataset is two hundred images of noise, loaded at once."""
    monkeypatch.setattr(active_run, "load_dataset", lambda name, *, progress, **shape: make_data(200))


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def service(store):
    service = TrainingService(store, slice_seconds=0.01)
    yield service
    service.shutdown()


@pytest.fixture(autouse=True)
def threads(one_thread):
    """Every test here may change their number."""
