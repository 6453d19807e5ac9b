import io
from itertools import count

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def home(workshop_home, monkeypatch):
    """The temporary GAN_HOME, and no datasets of the machine: what GAN_DATA_DIR names may be read-only."""
    monkeypatch.delenv("GAN_DATA_DIR", raising=False)
    return workshop_home


@pytest.fixture
def picture():
    """Makes the bytes of a picture of one colour."""

    def make(colour=(200, 30, 30), size=(12, 12), mode="RGB", format="PNG", **options) -> bytes:
        file = io.BytesIO()
        Image.new(mode, size, colour).save(file, format, **options)
        return file.getvalue()

    return make


@pytest.fixture
def photo():
    """Makes the bytes of a picture like no other, of which nothing has to be told: noise of 40 px."""
    seeds = count()

    def make(format="PNG", **options) -> bytes:
        file = io.BytesIO()
        pixels = np.random.default_rng(next(seeds)).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(file, format, **options)
        return file.getvalue()

    return make


@pytest.fixture
def halves():
    """Makes a picture 4 times as wide as high: left part black, middle square white, right part black."""

    def make(side=16) -> Image.Image:
        pixels = np.zeros((side, 4 * side), dtype=np.uint8)
        pixels[:, 3 * side // 2 : 5 * side // 2] = 255
        return Image.fromarray(pixels)

    return make


@pytest.fixture
def tree(tmp_path):
    """Writes `{relative path: bytes}` under a new directory and returns it."""

    def write(files: dict[str, bytes], name="pictures"):
        root = tmp_path / name
        root.mkdir()
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        return root

    return write
