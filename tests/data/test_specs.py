import pytest

from gan_core.data.specs import DATASETS, IMAGE_SIZES, dataset_spec
from gan_core.errors import ConfigError


def test_the_datasets():
    assert list(DATASETS) == ["strokes", "faces", "mnist", "fashion_mnist", "kmnist", "cifar10", "celeba", "folder"]
    for name, spec in DATASETS.items():
        assert spec.name == name
        assert spec.image_size in IMAGE_SIZES
        assert spec.channels in (1, 3)
        assert spec.title
        assert spec.summary.endswith(".")
        assert len(spec.class_names) in (0, 10)


def test_class_names_are_those_of_torchvision():
    from torchvision import datasets

    assert DATASETS["fashion_mnist"].class_names == tuple(datasets.FashionMNIST.classes)
    assert DATASETS["kmnist"].class_names == tuple(datasets.KMNIST.classes)
    assert DATASETS["mnist"].class_names == tuple(name[0] for name in datasets.MNIST.classes)


def test_unknown_names_get_a_hint_and_the_list():
    with pytest.raises(ConfigError, match=r"did you mean mnist\? Known: strokes, faces, mnist") as caught:
        dataset_spec("mnits")
    assert caught.value.field == "dataset"
    with pytest.raises(ConfigError, match="Known: strokes") as caught:
        dataset_spec("qqq")
    assert "did you mean" not in str(caught.value)
