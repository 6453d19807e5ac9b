import zipfile

import pytest
import torch

from gan_core.data.folder import find_base, load_folder
from gan_core.errors import DataError


def load(path, image_size=28, channels=3):
    return load_folder(path, image_size, channels, lambda what, fraction: None)


def zipped(directory):
    path = directory.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(directory.rglob("*")):
            archive.write(file, file.relative_to(directory))
    return path


@pytest.fixture(params=["directory", "zip"])
def given(request, tree):
    """Writes files and gives them once as a directory, once as a zip."""

    def make(files, folders=()):
        root = tree(files)
        for folder in folders:
            (root / folder).mkdir(parents=True)
        return root if request.param == "directory" else zipped(root)

    return make


RED, GREEN = (255, 0, 0), (0, 255, 0)


def test_a_class_per_folder(given, picture):
    path = given({"red/1.png": picture(RED), "red/deep/2.png": picture(RED), "green/1.jpg": picture(GREEN)})
    data = load(path)
    assert data.class_names == ("green", "red")
    assert data.class_counts() == {"green": 1, "red": 2}
    assert data.notes == ()
    red = data.images[data.labels == 1]
    assert torch.equal(red, torch.tensor(RED, dtype=torch.uint8)[None, :, None, None].expand(2, 3, 28, 28))


def test_flat_folders_have_no_classes(given, picture):
    data = load(given({"1.png": picture(), "2.png": picture()}), 32, 1)
    assert data.images.shape == (2, 1, 32, 32)
    assert data.labels is None
    assert data.class_names == ()


def test_one_class_is_no_class(given, picture):
    data = load(given({"cats/1.png": picture(), "cats/2.png": picture()}))
    assert data.labels is None
    assert len(data) == 2


def test_wrapping_folders_are_peeled_off(given, picture):
    files = {"archive/inner/cats/1.png": picture(), "archive/inner/dogs/1.png": picture(), "__MACOSX/x.png": b""}
    assert load(given(files)).class_names == ("cats", "dogs")


@pytest.mark.parametrize("others", [("test",), ("val",), ("Test", "validation")])
def test_only_the_training_split_is_used(given, picture, others):
    files = {f"set/train/{kind}/{i}.png": picture() for kind in ("cats", "dogs") for i in range(2)}
    files |= {f"set/{other}/{kind}/1.png": picture() for other in others for kind in ("cats", "dogs")}
    data = load(given(files))
    assert data.class_counts() == {"cats": 2, "dogs": 2}
    assert data.notes == (f"only the pictures in train are used, not those in {', '.join(sorted(others))}",)


def test_train_may_be_the_name_of_a_class():
    assert find_base(["train/1.png", "plane/1.png"]) == ((), [])
    assert find_base(["x/train/1.png", "x/plane/1.png"]) == (("x",), [])


def test_empty_classes_are_ignored_with_a_note(given, picture):
    path = given({"a/1.png": picture(), "b/1.png": picture(), "c/readme.txt": b"-"}, folders=["d"])
    data = load(path)
    assert data.class_names == ("a", "b")
    assert data.notes == ("class folders without usable pictures were ignored: c, d",)


def test_broken_pictures_are_skipped_and_named(given, picture):
    half = picture(size=(50, 50), format="JPEG")[:300]
    files = {"a/1.png": picture(), "a/2.jpg": half, "b/1.png": b"broken", "c/1.png": picture(), "c/2.png": b""}
    data = load(given(files))
    assert data.class_names == ("a", "c")
    assert data.notes == (
        "3 unreadable files were skipped: a/2.jpg, b/1.png, c/2.png",
        "class folders without usable pictures were ignored: b",
    )


def test_pictures_beside_class_folders(given, picture):
    data = load(given({"a/1.png": picture(), "b/1.png": picture(), "cover.png": picture()}))
    assert data.labels is None
    assert len(data) == 3
    assert data.notes == ("no classes: 1 pictures lie beside the class folders instead of in one",)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "holds no images"),
        ({"a/readme.txt": b"text", ".hidden.png": b""}, "holds no images"),
        ({"a.png": b"broken", "b.png": b""}, "none of its 2 images can be read"),
    ],
)
def test_nothing_usable(given, files, reason):
    with pytest.raises(DataError, match=reason):
        load(given(files))


def test_a_single_image_is_too_little(given, picture):
    with pytest.raises(DataError, match="at least two"):
        load(given({"a.png": picture()}))


def test_zips_are_not_unpacked_to_disk(tree, picture, tmp_path):
    path = zipped(tree({"a/1.png": picture(), "b/1.png": picture()}))
    before = sorted(tmp_path.rglob("*"))
    load(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_names_that_are_no_text(tree, picture):
    root = tree({"a/1.png": picture()})
    try:
        (root / "b\udcff\n").mkdir()
    except OSError:
        pytest.skip("this file system takes only text")
    (root / "b\udcff\n" / "1.png").write_bytes(picture())
    assert load(root).class_names == ("a", "b??")
