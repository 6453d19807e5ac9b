import os
import zipfile

import pytest
import torch

from gan_core.data.folder import find_base, load_folder
from gan_core.data.formats import FORMATS
from gan_core.errors import DataError
from tests.helpers.data import class_counts


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

    def make(files, folders=(), name="pictures"):
        root = tree(files, name)
        for folder in folders:
            (root / folder).mkdir(parents=True)
        return root if request.param == "directory" else zipped(root)

    return make


RED, GREEN = (255, 0, 0), (0, 255, 0)


def test_a_class_per_folder(given, picture):
    path = given({"red/1.png": picture(RED), "red/deep/2.png": picture(RED), "green/1.jpg": picture(GREEN)})
    data = load(path)
    assert data.class_names == ("green", "red")
    assert class_counts(data) == {"green": 1, "red": 2}
    red = data.images[data.labels == 1]
    assert torch.equal(red, torch.tensor(RED, dtype=torch.uint8)[None, :, None, None].expand(2, 3, 28, 28))


def test_nothing_is_said_of_ordinary_pictures(given, photo):
    clutter = {"a/Thumbs.db": b"x", "b/desktop.ini": b"x", ".DS_Store": b"x", "__MACOSX/a/._1.png": b"x"}
    assert load(given({"a/1.png": photo(), "a/deep/2.jpg": photo("JPEG"), "b/1.png": photo(), **clutter})).notes == ()


def test_flat_folders_have_no_classes(given, photo):
    data = load(given({"1.png": photo(), "2.png": photo()}), 32, 1)
    assert data.notes == ("no classes: the images lie in no class folders; give each class a folder of its own",)
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
def test_only_the_training_split_is_used(given, photo, others):
    files = {f"set/train/{kind}/{i}.png": photo() for kind in ("cats", "dogs") for i in range(2)}
    files |= {f"set/{other}/{kind}/1.png": photo() for other in others for kind in ("cats", "dogs")}
    data = load(given(files))
    assert class_counts(data) == {"cats": 2, "dogs": 2}
    left_out = ", ".join(f"set/{other}" for other in sorted(others))
    assert data.notes == (f"left out, folders beside the training images: {len(others)} ({left_out})",)


def test_train_may_be_the_name_of_a_class():
    assert find_base(["train/1.png", "plane/1.png"]) == ((), set(), [])
    assert find_base(["x/train/1.png", "x/plane/1.png"]) == (("x",), set(), [])


def test_empty_classes_are_ignored_with_a_note(given, photo):
    path = given({"a/1.png": photo(), "b/1.png": photo(), "c/readme.txt": b"-"}, folders=["d"])
    data = load(path)
    assert data.class_names == ("a", "b")
    assert data.notes == (
        "left out, class folders without usable images: 2 (c, d)",
        "left out, files that are no images: 1 (c/readme.txt)",
    )


def test_broken_pictures_are_skipped_and_named(given, photo):
    half = photo("JPEG")[:300]
    files = {"a/1.png": photo(), "a/2.jpg": half, "b/1.png": b"broken", "c/1.png": photo(), "c/2.png": b""}
    data = load(given(files))
    assert data.class_names == ("a", "c")
    assert data.notes == (
        "left out, class folders without usable images: 1 (b)",
        "left out, damaged or no image inside: 2 (a/2.jpg, b/1.png)",
        "left out, files without contents: 1 (c/2.png)",
    )


def test_pictures_beside_class_folders(given, photo):
    data = load(given({"a/1.png": photo(), "b/1.png": photo(), "cover.png": photo()}))
    assert data.labels is None
    assert len(data) == 3
    assert data.notes == (
        "no classes: 1 images lie beside the class folders (cover.png); put each into a class folder",
    )


@pytest.mark.parametrize("wrap", ["", "archive/"])
def test_a_stray_picture_does_not_take_the_classes_away(given, photo, wrap):
    """One of eleven pictures is not more than a tenth."""
    files = {f"{wrap}{kind}/{i}.png": photo() for kind in "ab" for i in range(5)}
    data = load(given({**files, "overview.png": photo()}))
    assert class_counts(data) == {"a": 5, "b": 5}
    assert data.notes == ("left out, beside the class folders: 1 (overview.png)",)


def test_a_stray_picture_is_used_where_there_are_no_classes_anyway(given, photo):
    data = load(given({**{f"a/{i}.png": photo() for i in range(10)}, "overview.png": photo()}))
    assert len(data) == 11
    assert data.labels is None


def test_one_usable_class_is_told_by_name(given, photo):
    data = load(given({"a/1.png": photo(), "a/2.png": photo(), "b/1.png": b"broken"}))
    assert data.labels is None
    assert data.notes[0] == "no classes: only one class folder has images (a); two or more are needed"
    assert data.lack_of_classes == data.notes[0]


def test_numbers_in_class_names_are_sorted_by_their_value(given, photo):
    names = ["10", "2", "0", "1", "v10", "v9"]
    data = load(given({f"{name}/1.png": photo() for name in names}))
    assert data.class_names == ("0", "1", "2", "10", "v9", "v10")
    assert class_counts(data) == dict.fromkeys(names, 1)


def test_names_that_look_alike_stay_two_classes(given, photo):
    """An ideographic space and a no-break space are shown as plain ones."""
    files = {"a\u3000b/1.png": photo(), "a\u3000b/2.png": photo(), "a\u00a0b/1.png": photo(), "c/1.png": photo()}
    data = load(given(files))
    assert class_counts(data) == {"a b": 1, "a b (2)": 2, "c": 1}


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
    with pytest.raises(DataError, match="one usable image .*at least two"):
        load(given({"a.png": picture(), "b.png": b"broken"}))


@pytest.mark.skipif("HEIF" in FORMATS, reason="HEIC can be read here")
def test_heic_names_the_way_out(given, photo):
    heic = b"\0\0\0\x18ftypheic" + bytes(100)
    said = "left out, HEIC: 3 (IMG_0.HEIC, IMG_1, IMG_2.jpg); save them as JPEG, or pip install pillow-heif"
    files = {"IMG_0.HEIC": bytes(9), "IMG_1": heic, "IMG_2.jpg": heic}
    assert said in load(given({"1.png": photo(), "2.png": photo(), **files})).notes
    with pytest.raises(DataError, match="none of its 3 images can be read: left out, HEIC"):
        load(given(files, name="heic"))


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


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("gbk", ("狗", "鸟")),
        ("cp1252", ("cafè", "café")),
        ("cp932", ("りんご", "バナナ")),
        ("cp866", ("кошки", "собаки")),
    ],
)
def test_names_in_another_encoding(tree, photo, encoding, names):
    root = tree({"tmp": b""})
    (root / "tmp").unlink()
    for name in names:
        folder = os.fsencode(root) + b"/" + name.encode(encoding)
        try:
            os.mkdir(folder)
        except (OSError, UnicodeError):
            pytest.skip("this file system takes only text")
        with open(folder + b"/1.png", "wb") as file:
            file.write(photo())
        open(folder + b"/2.png", "wb").close()
    data = load(root)
    assert data.class_names == names
    (note,) = data.notes
    assert all(f"{name}/2.png" in note for name in names)
