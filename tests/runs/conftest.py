import pytest
import torch

from gan_core.config import RunConfig
from gan_core.families import new_config
from gan_core.runs import RunStore, TrainingService, job
from tests.conftest import make_data


def tiny(family: str = "vanilla", **overrides) -> RunConfig:
    """A run whose steps take about a millisecond. One thread: sums are then the same at every run."""
    options = {
        "latent_size": 6,
        "batch_size": 16,
        "steps": 40,
        "threads": 1,
        "device": "cpu",
        "snapshot_every": 10,
        "checkpoint_every": 20,
    }
    if family == "vanilla":
        options["size"] = "small"
    return new_config(family, **options | overrides)


@pytest.fixture(autouse=True)
def instant_data(monkeypatch):
    """Every dataset is two hundred images of noise, loaded at once."""
    monkeypatch.setattr(job, "load_dataset", lambda name, *, progress, **shape: make_data(200))


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def service(store):
    service = TrainingService(store, slice_seconds=0.01)
    yield service
    service.shutdown()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)
