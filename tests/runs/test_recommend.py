import pytest

from gan_core.errors import DataError
from gan_core.runs.recommend import recommend


def told(counts, **facts):
    return recommend(counts, **{"colored": False, "spread": 50, "device": "cpu", **facts})


def test_a_hundred_gray_digits_begin_with_a_model_of_digits():
    advice = told({"": 0} | {str(k): 10 for k in range(10)})
    config = advice.config("/pictures.zip")
    assert (config.family, config.image_size, config.channels, config.batch_size) == ("cdcgan", 28, 1, 64)
    assert (config.start_from, config.augment) == ("mnist-cdcgan", "translation")
    assert config.data_path == "/pictures.zip"
    assert advice.classes
    assert advice.warnings == ()
    assert "it begins with the weights of Conditional DCGAN, MNIST, which can already draw lines" in advice.reasons


def test_drawings_without_classes():
    config = told({"": 40}).config("p")
    assert (config.family, config.start_from, config.batch_size) == ("dcgan", "mnist-dcgan", 32)


@pytest.mark.parametrize(("device", "size"), [("cpu", 32), ("cuda", 64)])
def test_colored_pictures_are_as_large_as_the_machine_allows(device, size):
    config = told({"": 300}, colored=True, device=device).config("p")
    assert (config.image_size, config.channels, config.augment) == (size, 3, "color_translation_cutout")


def test_a_large_set_needs_no_augmentation():
    assert told({"": 2000}).config("p").augment == "none"


@pytest.mark.parametrize(
    ("counts", "spread", "warning"),
    [
        ({"": 2}, 50, "2 pictures are very few"),
        ({"": 1000}, 3.9, "nearly all alike"),
        ({"cat": 30, "dog": 1}, 50, "these have fewer: dog"),
        ({"": 3, "cat": 30, "dog": 30}, 50, "pictures without a class: 3"),
    ],
)
def test_poor_sets_are_trained_all_the_same_with_one_clear_line(counts, spread, warning):
    advice = told(counts, spread=spread)
    assert [warning in line for line in advice.warnings] == [True]
    assert not advice.classes
    assert advice.config("p").family == "dcgan"


def test_a_class_alone_is_no_class():
    advice = told({"lines": 3, "": 30})
    assert advice.warnings == ()
    assert not advice.classes


@pytest.mark.parametrize("counts", [{}, {"": 1}, {"cat": 1}])
def test_one_picture_is_too_few(counts):
    with pytest.raises(DataError, match="needs two pictures at least"):
        told(counts)
