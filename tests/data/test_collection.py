import io

import numpy as np
import pytest
from PIL import Image

from gan_core.data import collection, load_dataset, shown_name
from gan_core.data.collection import (
    MAX_UNDO,
    SIDE,
    UNSORTED,
    Collection,
    class_name,
    is_colored,
    new_code,
)
from gan_core.errors import DataError


def png(level: int, size: tuple[int, int] = (8, 8), color: tuple[int, int, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color or (level,) * 3).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def pictures() -> Collection:
    return Collection(new_code())


def levels(pictures: Collection) -> list[int]:
    return [int(pixels[0, 0, 0]) for pixels in pictures.pixels(4)] if pictures.pictures.pictures else []


def names(pictures: Collection) -> list[str]:
    return [picture.name for picture in pictures.pictures.pictures]


def test_pictures_are_kept_in_order_for_who_has_the_code(pictures):
    assert pictures.add([("a.png", png(10)), ("b.png", png(20))], "cats") == ()
    pictures.add([("c.png", png(30))])
    again = Collection(pictures.code)
    assert levels(again) == [10, 20, 30]
    assert again.pictures.counts == {UNSORTED: 1, "cats": 2}
    assert again.pixels(SIDE).shape == (3, SIDE, SIDE, 3)
    assert Collection(new_code()).pictures.pictures == ()


@pytest.mark.parametrize("code", ["", "..", "../../etc", "A" * 20, "0" * 19, "0" * 21])
def test_only_codes_lead_to_a_collection(code):
    with pytest.raises(DataError, match="copy the whole link again"):
        Collection(code)


def test_what_cannot_be_read_is_told_and_nothing_else_lost(pictures):
    told = pictures.add([("ok.png", png(1)), ("no.txt", b"hello"), ("empty.jpg", b""), ("ok again.png", png(1))])
    assert told == (
        "left out, damaged or no image inside: 1 (no.txt)",
        "left out, files without contents: 1 (empty.jpg)",
        "left out, there already: 1",
    )
    assert levels(pictures) == [1]


def test_a_photo_of_48_megapixels_is_upright_and_small(pictures):
    """A telephone held upright: 8000 x 6000 pixels, turned by EXIF; dark above."""
    photo = Image.new("L", (8000, 6000), 255)
    photo.paste(0, (0, 0, 4000, 6000))  # the left half, which is turned up
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", exif=exif)
    assert pictures.add([("IMG_1.jpg", buffer.getvalue())]) == ()
    pixels = pictures.pixels(4)[0]
    assert pixels[0].max() == 0
    assert pixels[-1].min() == 255


def test_changes_are_taken_back_one_by_one(pictures):
    pictures.add([("a", png(1)), ("b", png(2)), ("c", png(3))])
    first, second, _ = names(pictures)
    pictures.remove([first])
    pictures.sort([second], "dogs")
    pictures.sort([second], "dogs")  # no change
    assert levels(pictures) == [2, 3]
    pictures.undo()
    assert pictures.pictures.classes == ()
    pictures.undo()
    assert levels(pictures) == [1, 2, 3]
    pictures.undo()
    assert levels(pictures) == []
    assert not pictures.can_undo
    pictures.undo()


def test_not_all_changes_are_kept(pictures):
    for level in range(MAX_UNDO + 5):
        pictures.add([("a", png(level))])
    for _ in range(MAX_UNDO):
        assert pictures.can_undo
        pictures.undo()
    assert not pictures.can_undo
    assert levels(pictures) == [0, 1, 2, 3, 4]


def test_two_pages_add_to_one_collection(pictures):
    other = Collection(pictures.code)
    pictures.add([("a", png(1))])
    other.add([("b", png(2))])
    pictures.add([("c", png(3))])
    assert levels(other) == [1, 2, 3]


def test_a_removed_class_leaves_its_pictures(pictures):
    pictures.add([("a", png(1))], "cats")
    pictures.add_class("dogs")
    pictures.add_class("dogs")
    pictures.remove_class("cats")
    assert pictures.pictures.classes == ("dogs",)
    assert pictures.pictures.counts == {UNSORTED: 1, "dogs": 0}


def test_there_is_an_end_to_pictures_and_classes(pictures, monkeypatch):
    monkeypatch.setattr(collection, "MAX_PICTURES", 3)
    monkeypatch.setattr(collection, "MAX_CLASSES", 1)
    assert "the most that fit here: 2" in pictures.add([(str(k), png(k)) for k in range(5)])[0]
    assert levels(pictures) == [0, 1, 2]
    other = Collection(new_code())
    monkeypatch.setattr(collection, "MAX_PICTURES", 2)
    assert other.add_zip(pictures.as_zip(classes=False))[0].endswith(": 1")
    assert levels(other) == [0, 1]
    pictures.add_class("cats")
    with pytest.raises(DataError, match="1 classes are the most"):
        pictures.add_class("dogs")


def test_a_zip_brings_its_classes(pictures):
    pictures.add([("a", png(1)), ("b", png(2))], "cats")
    pictures.add([("c", png(3))], "dogs")
    other = Collection(new_code())
    assert other.add_zip(pictures.as_zip(classes=True)) == ()
    assert other.pictures.counts == {UNSORTED: 0, "cats": 2, "dogs": 1}
    flat = Collection(new_code())
    assert flat.add_zip(pictures.as_zip(classes=False)) == ()
    assert flat.pictures.counts == {UNSORTED: 3}


def test_the_zip_is_a_dataset_that_later_pictures_do_not_change(pictures):
    pictures.add([("a", png(100)), ("b", png(200))], "cats")
    pictures.add([("c", png(50)), ("d", png(150))], "dogs")
    pictures.add([("e", png(7))])
    path = pictures.as_zip(classes=True)
    assert path == pictures.as_zip(classes=True)
    data = load_dataset("folder", image_size=28, channels=1, path=path)
    assert data.class_names == ("cats", "dogs")
    assert data.images[:, 0, 0, 0].tolist() == [100, 200, 50, 150]
    assert shown_name(path) == "4 pictures"
    assert pictures.as_zip(classes=False) != path


@pytest.mark.parametrize(
    ("name", "kept"),
    [("cats", "cats"), ("  a/b\\c:d ", "a b c d"), ("..", ""), ("a\nb", "a?b".replace("?", " ")), ("x" * 99, "x" * 40)],
)
def test_names_of_classes_are_names_of_folders(name, kept):
    assert class_name(name) == kept


def test_colors_by_hand():
    """A red corner of a hundredth of the pixels makes a picture colored; the noise of a camera does not."""
    pixels = np.full((10, 10, 3), 100, np.uint8)
    pixels[:, :, 0] = 120
    assert not is_colored(pixels)
    pixels[0, 0, 0] = 124
    assert is_colored(pixels)
