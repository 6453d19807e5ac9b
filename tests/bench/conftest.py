from dataclasses import replace

import pytest

from bench import common
from gan_core.runs import active_run
from tests.helpers.data import make_data


def tiny_data(name: str, *, image_size: int | None = None, **options):
    return replace(make_data(64, image_size=image_size or 28), name="strokes")


@pytest.fixture(autouse=True)
def instant_data(monkeypatch):
    """Every dataset is a few images of noise, loaded at once."""
    monkeypatch.setattr(common, "load_dataset", tiny_data)
    monkeypatch.setattr(active_run, "load_dataset", tiny_data)


@pytest.fixture(autouse=True)
def threads(one_thread):
    """Every test here may change their number."""
