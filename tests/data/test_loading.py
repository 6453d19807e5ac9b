import os

import pytest
import torch

from gan_core.data import DATASETS, data_home, gan_home, load_dataset, loading
from gan_core.data.strokes import load_strokes
from gan_core.errors import ConfigError, DataError
from tests.helpers.data import class_counts


@pytest.fixture
def few_strokes(monkeypatch):
    """Draws 30 digits instead of 20,000; gives the list of drawings made."""
    made = []

    def draw(image_size, channels, progress):
        made.append(image_size)
        return load_strokes(image_size, channels, progress, count=30)

    monkeypatch.setitem(loading.DRAWN, "strokes", draw)
    return made


def test_native_size_and_colour_by_default(few_strokes):
    data = load_dataset("strokes")
    assert data.name == "strokes"
    assert data.image_size == DATASETS["strokes"].image_size
    assert data.channels == DATASETS["strokes"].channels


def test_every_size_and_colour_is_cached(few_strokes):
    for size in (28, 32, 64):
        for channels in (1, 3):
            first = load_dataset("strokes", image_size=size, channels=channels)
            second = load_dataset("strokes", image_size=size, channels=channels)
            assert first.images.shape == (30, channels, size, size)
            assert torch.equal(first.images, second.images)
    assert len(few_strokes) == 6


@pytest.mark.parametrize(
    ("name", "options", "field"),
    [
        ("mnits", {}, "dataset"),
        ("strokes", {"image_size": 30}, "image_size"),
        ("strokes", {"channels": 2}, "channels"),
        ("strokes", {"path": "pictures"}, "data_path"),
        ("folder", {}, "data_path"),
        ("folder", {"path": ""}, "data_path"),
    ],
)
def test_bad_requests(name, options, field):
    with pytest.raises(ConfigError) as caught:
        load_dataset(name, **options)
    assert caught.value.field == field
    assert not gan_home().exists()


def test_a_folder_is_read_again_when_it_changes(tree, picture):
    root = tree({"a/1.png": picture(), "b/1.png": picture()})
    assert len(load_dataset("folder", path=root)) == 2
    (root / "b" / "2.png").write_bytes(picture())
    assert class_counts(load_dataset("folder", path=str(root))) == {"a": 1, "b": 2}
    os.remove(root / "b" / "2.png")
    os.remove(root / "b" / "1.png")
    (root / "a" / "2.png").write_bytes(picture())
    assert load_dataset("folder", path=root).labels is None


def test_an_unchanged_folder_is_not_decoded_again(tree, picture, monkeypatch):
    root = tree({"a/1.png": picture(), "b/1.png": picture()})
    first = load_dataset("folder", path=root)
    monkeypatch.setattr(loading, "load_folder", None)
    assert torch.equal(load_dataset("folder", path=root).images, first.images)


@pytest.mark.parametrize("path", ["gone", "~nobody-of-this-name/pictures", "a\0b"])
def test_a_missing_folder(path):
    with pytest.raises(DataError, match="cannot be found"):
        load_dataset("folder", path=path)


def test_homes():
    assert data_home() == gan_home() / "data"
