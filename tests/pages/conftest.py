"""The models that the pages find."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from gan_core.models import library
from tests.helpers.pages import CLASSES, save_tiny


@pytest.fixture(scope="session", autouse=True)
def packages_searched_once() -> Iterator[None]:
    """Each `AppTest` looks for components in all installed packages, which takes longer than to draw a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """The folder of the models that ship: "big" has 100 entries, "classes" 12 of uniform noise and three classes."""
    folder = tmp_path / "models"
    save_tiny(folder, "big", 100)
    save_tiny(folder, "classes", 12, "uniform", CLASSES)
    monkeypatch.setattr(library, "SHIPPED", folder)
    return folder
