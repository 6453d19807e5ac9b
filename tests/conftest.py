"""Every test gets a workshop home of its own, and two threads never fight over two cores."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is first imported

import pytest
import torch

from gan_core.data import ImageData
from gan_core.runs import shutdown_service
from tests.helpers.data import make_data

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def workshop_home(tmp_path, monkeypatch):
    """`GAN_HOME` in a temporary folder, so that no test sees the runs, caches or data of another."""
    home = tmp_path / "home"
    monkeypatch.setenv("GAN_HOME", str(home))
    yield home
    shutdown_service()  # pages start the service of this process; the next test's is another


@pytest.fixture
def one_thread():
    """Puts back the number of torch's threads, which a run changes."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def data() -> ImageData:
    return make_data()
