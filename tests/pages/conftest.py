"""The models that the pages find."""

from pathlib import Path

import pytest

from gan_core.models import library
from tests.helpers.pages import CLASSES, save_tiny


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """The folder of the models that ship: "big" has 100 entries, "classes" 12 of uniform noise and three classes."""
    folder = tmp_path / "models"
    save_tiny(folder, "big", 100)
    save_tiny(folder, "classes", 12, "uniform", CLASSES)
    monkeypatch.setattr(library, "SHIPPED", folder)
    return folder
