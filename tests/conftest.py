"""Every test gets a workshop home of its own, and two threads never fight over two cores."""

import gan_core.env  # noqa: F401  (before torch)

# isort: split
import os

import pytest
import torch
from xdist.scheduler import LoadFileScheduling

from gan_core.data import ImageData, loading
from gan_core.runs import shutdown_service
from gan_core.training import precision
from tests.helpers.data import make_data

torch.set_num_threads(1)


def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: tests that drive a browser or another process mostly wait."""
    return (os.cpu_count() or 1) + 1


class OneBrowser(LoadFileScheduling):
    """Hands out whole files, and the tests of the browser together: two browsers on two cores starve each other."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """For `--dist=loadfile`, the default of `pyproject.toml`."""
    return OneBrowser(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def strokes_drawn_once():
    """The same images as ever, drawn once for each shape and not once for each home."""
    drawn: dict[tuple[int, int], ImageData] = {}
    draw = loading.DRAWN["strokes"]

    def load(image_size: int, channels: int, progress) -> ImageData:
        if (image_size, channels) not in drawn:
            drawn[image_size, channels] = draw(image_size, channels, progress)
        progress("drawing digits", 1.0)
        return drawn[image_size, channels]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(loading.DRAWN, "strokes", load)
        yield


@pytest.fixture(autouse=True)
def auto_is_float32(monkeypatch):
    """Runs that leave the precision open compute alike on every processor."""
    monkeypatch.setattr(precision, "auto_is_mixed", lambda device: False)


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
