import io
import os
import struct
import zipfile
import zlib
from contextlib import suppress

import numpy as np
import pytest

from gan_core.data import sources
from gan_core.data.decode import UnreadableImage
from gan_core.data.sources import fingerprint, open_source
from gan_core.errors import DataError


def make_zip(path, files, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            archive.writestr(info, data)
    return path


def read_all(path):
    with open_source(path) as source:
        return [source.read(name) for name in source.names]


def refuse(path, reason):
    with pytest.raises(DataError, match=reason) as caught:
        read_all(path)
    assert "\n" not in str(caught.value)


FILES = {
    "cats/1.png": b"one",
    "cats/deep/2.JPG": b"two",
    "dogs/3.webp": b"three",
    "dogs/readme.txt": b"text",
    "dogs/.hidden.png": b"no",
    ".git/4.png": b"no",
    "__MACOSX/cats/._1.png": b"no",
}
WANTED = ["cats/1.png", "cats/deep/2.JPG", "dogs/3.webp"]


def test_directory_and_zip_show_the_same(tree, tmp_path):
    directory = tree(FILES)
    (directory / "empty").mkdir()
    archive = make_zip(tmp_path / "a.zip", {**FILES, "empty/": b""})
    for path in (directory, archive):
        with open_source(path) as source:
            assert source.names == WANTED
            assert source.folders == {"cats", "cats/deep", "dogs", "empty"}
            assert [source.read(name) for name in WANTED] == [b"one", b"two", b"three"]


def test_missing_and_wrong_paths(tmp_path):
    (tmp_path / "notes.zip").write_text("this is no archive")
    (tmp_path / "empty.zip").write_bytes(b"")
    refuse(tmp_path / "nothing", "cannot be found")
    refuse(tmp_path / "notes.zip", "neither a directory nor a readable zip")
    refuse(tmp_path / "empty.zip", "neither a directory nor a readable zip")
    refuse(type(tmp_path)("a\0b"), "cannot be found")
    refuse(tmp_path / ("x" * 400), "cannot be found")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipes_do_not_block(tree, tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    refuse(tmp_path / "pipe.zip", "neither")
    directory = tree({"a.png": b"a"})
    os.mkfifo(directory / "b.png")
    with open_source(directory) as source:
        assert source.names == ["a.png"]


def test_links_out_of_a_directory_are_not_followed(tree, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.png").write_bytes(b"secret")
    directory = tree({"a.png": b"a"})
    (directory / "inside.png").symlink_to(directory / "a.png")
    (directory / "outside.png").symlink_to(tmp_path / "secret.png")
    (directory / "up.png").symlink_to("../secret.png")
    (directory / "linked").symlink_to(tmp_path / "elsewhere")
    (directory / "loop").symlink_to(directory)
    (directory / "dangling.png").symlink_to(directory / "gone.png")
    with open_source(directory) as source:
        assert source.names == ["a.png", "inside.png"]
        assert source.notes.lines() == (
            "left out, links to folders, to files elsewhere or to nothing: 5 (dangling.png, linked, loop, ...)",
        )


def test_links_in_a_circle(tree):
    directory = tree({"a.png": b"a"})
    (directory / "b.png").symlink_to(directory / "c.png")
    (directory / "c.png").symlink_to(directory / "b.png")
    with open_source(directory) as source:
        assert source.names == ["a.png"]
        assert [note.count for note in source.notes] == [2]


def test_pictures_are_known_by_their_first_bytes_too(tree, tmp_path, picture):
    files = {f"{format}": picture(format=format) for format in ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")}
    files |= {"photo.dat": picture(), "BMW": b"BMW is a maker of cars", "P5 notes": b"P5 is a port", "a.txt": b"text"}
    files |= {"inside.zip": b"PK", "set.tar.gz": b"\x1f\x8b", "Thumbs.db": b"x", "sub/desktop.ini": b"x", "empty": b""}
    for path in (tree(files), make_zip(tmp_path / "a.zip", files)):
        with open_source(path) as source:
            assert source.names == ["BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP", "photo.dat"]
            assert source.notes.lines() == (
                "left out, files that are no images: 4 (BMW, P5 notes, a.txt, ...)",
                "left out, archives inside: 2 (inside.zip, set.tar.gz); unpack them first",
            )


def test_files_and_folders_that_may_not_be_read(tree, picture):
    directory = tree({"a.png": picture(), "b": picture(), "closed/c.png": picture()})
    (directory / "b").chmod(0)
    (directory / "closed").chmod(0)
    try:
        if os.access(directory / "b", os.R_OK):
            pytest.skip("this user may read everything")
        with open_source(directory) as source:
            assert source.names == ["a.png"]
            assert source.notes.lines() == ("left out, not allowed to be read: 2 (closed, b)",)
    finally:
        (directory / "closed").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_told(tree, monkeypatch):
    directory = tree({"a.png": b"a", "closed/c.png": b"c"})

    def walk(root, onerror):
        onerror(PermissionError(13, "Permission denied", str(root / "closed")))
        yield str(root), [], ["a.png"]

    monkeypatch.setattr(sources.os, "walk", walk)
    with open_source(directory) as source:
        assert source.names == ["a.png"]
        assert source.notes.lines() == ("left out, not allowed to be read: 1 (closed)",)


@pytest.mark.parametrize(
    "name", ["/etc/a.png", "../a.png", "cats/../../a.png", "..\\a.png", "\\a.png", "C:\\a.png", "../a.txt"]
)
def test_names_that_escape_refuse_the_archive(tmp_path, name):
    path = make_zip(tmp_path / "evil.zip", {"cats/good.png": b"x", name: b"x"})
    refuse(path, "escapes its folder")


def test_dots_in_names_are_fine(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"cats..old/a..b.png": b"x", "./dogs/c.png": b"y", "birds\\d.png": b"z"})
    with open_source(path) as source:
        assert source.names == ["birds/d.png", "cats..old/a..b.png", "dogs/c.png"]
        assert source.read("birds/d.png") == b"z"


def renamed(path, names: dict[bytes, bytes]):
    """The names in a zip replaced by others of the same length, bytes that `zipfile` would not write."""
    data = path.read_bytes()
    for before, after in names.items():
        assert len(before) == len(after)
        data = data.replace(before, after)
    path.write_bytes(data)
    return path


NAMES_IN_ZIPS = [
    ("utf-8", ["Äpfel", "猫"]),
    ("gbk", ["猫", "狗"]),
    ("cp932", ["りんご", "表"]),  # the second byte of the last is a backslash
    ("big5", ["蘋果", "香蕉"]),
    ("cp949", ["고양이", "강아지"]),
    ("cp866", ["кошки", "собаки"]),
    ("cp1251", ["кошки", "собаки"]),
    ("cp437", ["Äpfel", "Hündchen"]),
    ("cp1252", ["château", "éléphant"]),
]


@pytest.mark.parametrize(("encoding", "folders"), NAMES_IN_ZIPS, ids=[encoding for encoding, _ in NAMES_IN_ZIPS])
def test_names_without_the_mark_of_utf8(tmp_path, encoding, folders):
    raw = [folder.encode(encoding) for folder in folders]
    plain = [f"{place}{'q' * (len(name) - 1)}" for place, name in enumerate(raw)]
    path = make_zip(tmp_path / "a.zip", {f"{name}/1.png": name.encode() for name in plain})
    renamed(path, {f"{before}/".encode(): after + b"/" for before, after in zip(plain, raw, strict=True)})
    with open_source(path) as source:
        assert source.names == sorted(f"{folder}/1.png" for folder in folders)
        assert source.folders == set(folders)
        for folder, name in zip(folders, plain, strict=True):
            assert source.read(f"{folder}/1.png") == name.encode()


def test_names_that_no_encoding_explains_are_read_as_zips_prescribe(tmp_path):
    path = renamed(make_zip(tmp_path / "a.zip", {"qq.png": b"x"}), {b"qq.png": b"b\xff.png"})
    with open_source(path) as source:
        assert source.names == ["b\u00a0.png"]
        assert source.shown(source.names[0]) == "b .png"


@pytest.mark.parametrize(("checksum", "name"), [(0, "猫.png"), (1, "été.png")])
def test_the_unicode_name_of_info_zip(tmp_path, checksum, name):
    """It holds only while the plain name is still the one that its checksum was made of."""
    path = tmp_path / "a.zip"
    plain, text = "été.png".encode("cp437"), "猫.png".encode()
    field = struct.pack("<BI", 1, zlib.crc32(plain) + checksum) + text
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("QQQ.png")
        info.extra = struct.pack("<HH", 0x7075, len(field)) + field
        archive.writestr(info, b"x")
    renamed(path, {b"QQQ.png": plain})
    with open_source(path) as source:
        assert source.names == [name]


def test_a_name_twice(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", b"second")
    with open_source(path) as source:
        assert source.names == ["a.png"]
        assert source.read("a.png") == b"second"
        assert source.notes.lines() == ("left out, names that the zip holds twice: 1 (a.png)",)


def test_links_in_a_zip_are_told(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.png", b"a")
    with open_source(path) as source:
        assert source.names == ["a.png"]
        assert [note.examples for note in source.notes] == [("link.png",)]


def test_what_is_no_picture_may_be_large(tmp_path):
    """A video beside the pictures is left out, not a reason to refuse them."""
    path = make_zip(tmp_path / "a.zip", {"a.png": b"x", "b.mp4": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    with open_source(path) as source:
        assert source.names == ["a.png"]
        assert source.notes.lines() == ("left out, files that are no images: 1 (b.mp4)",)


def test_a_bomb_with_the_beginning_of_a_picture(tmp_path, picture):
    refuse(make_zip(tmp_path / "a.zip", {"x": picture() + bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED), "200 times")


def test_a_zip64(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.png", "w", force_zip64=True) as file:
        file.write(b"x")
    with open_source(path) as source:
        assert source.read("a.png") == b"x"


def test_bytes_at_random_are_one_line_or_a_source(tmp_path, picture):
    """Any byte of a zip may be another: it is read, or refused in one line."""
    path = make_zip(tmp_path / "a.zip", {"é/a.png": picture(), "b": picture(), "c.txt": b"x"})
    whole, random = path.read_bytes(), np.random.default_rng(0)
    refused = []
    for _ in range(400):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 3):
            data[place] = random.integers(0, 256)
        path.write_bytes(data)
        try:
            with open_source(path) as source:
                for name in source.names:
                    with suppress(UnreadableImage):
                        source.read(name)
        except DataError as error:
            refused.append(str(error))
    assert 0 < len(refused) < 400
    assert not any("\n" in line for line in refused)


def test_encrypted(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.png": b"x" * 20})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(data)
    refuse(path, "encrypted")


def test_compression_bomb(tmp_path):
    path = make_zip(tmp_path / "bomb.zip", {"a.png": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    refuse(path, "over 200 times its packed size")


def test_small_blank_bitmaps_may_shrink_a_lot(tmp_path):
    path = make_zip(tmp_path / "blank.zip", {"a.bmp": bytes(2**19)}, zipfile.ZIP_DEFLATED)
    with open_source(path) as source:
        assert len(source.read("a.bmp")) == 2**19


def test_limits_on_what_is_claimed(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", {f"{i}.png": bytes(1000) for i in range(5)})
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 4999)
    refuse(path, "GiB")
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 5000)
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 999)
    refuse(path, "MiB")
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(sources, "MAX_FILES", 4)
    refuse(path, "more than 4 files")


def test_limits_on_what_really_comes_out(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", {f"{i}.png": bytes(1000) for i in range(5)})
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 5000)
    with open_source(path) as source:
        monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 2500)
        assert source.read("0.png") == source.read("1.png") == bytes(1000)
        with pytest.raises(DataError, match="GiB"):
            source.read("2.png")
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 5000)
    with open_source(path) as source:
        monkeypatch.setattr(sources, "MAX_FILE_BYTES", 500)
        with pytest.raises(DataError, match="MiB"):
            source.read("0.png")


def lie_about_size(path, offset_in_entry, value):
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + offset_in_entry
    data[at : at + 4] = struct.pack("<I", value)
    path.write_bytes(data)
    return path


def test_a_header_that_hides_a_bomb(tmp_path):
    path = make_zip(tmp_path / "lie.zip", {"a.png": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    lie_about_size(path, 24, 100)  # claims to unpack to 100 bytes
    with open_source(path) as source, pytest.raises(UnreadableImage):
        source.read("a.png")


def test_a_header_that_claims_more_than_there_is(tmp_path):
    path = make_zip(tmp_path / "lie.zip", {"a.png": bytes(4 * 2**20)}, zipfile.ZIP_DEFLATED)
    lie_about_size(path, 20, 3 * 2**20)  # packed size: would hide the ratio
    refuse(path, "more packed bytes than the archive has")


def test_damaged_entries_are_single_failures(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.png": b"A" * 50, "b.png": b"B" * 50})
    data = path.read_bytes().replace(b"A" * 50, b"A" * 49 + b"x")
    path.write_bytes(data)
    with open_source(path) as source:
        with pytest.raises(UnreadableImage, match="CRC"):
            source.read("a.png")
        assert source.read("b.png") == b"B" * 50


def test_unknown_compression_is_a_single_failure(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.png": b"A" * 50})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 10] = 98  # PPMd
    path.write_bytes(data)
    with open_source(path) as source, pytest.raises(UnreadableImage):
        source.read("a.png")


def test_truncated_zip(tmp_path):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.png", b"x" * 1000)
    (tmp_path / "half.zip").write_bytes(whole.getvalue()[:600])
    refuse(tmp_path / "half.zip", "readable zip")


def test_large_and_many_files_in_a_directory(tree, monkeypatch):
    directory = tree({"a.png": b"x" * 100, "b.png": b"x"})
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 50)
    with open_source(directory) as source:
        assert source.read("b.png") == b"x"
        with pytest.raises(UnreadableImage, match="larger"):
            source.read("a.png")
    monkeypatch.setattr(sources, "MAX_FILES", 1)
    refuse(directory, "more than 1 files")


def test_fingerprint_follows_changes(tree, tmp_path):
    directory = tree({"a/1.png": b"x"})
    archive = make_zip(tmp_path / "a.zip", {"a.png": b"x"})
    for path, change in (
        (directory, lambda: (directory / "a" / "2.png").write_bytes(b"y")),
        (directory, lambda: (directory / "b").mkdir()),
        (directory, lambda: os.utime(directory / "a" / "1.png", (1, 1))),
        (archive, lambda: make_zip(archive, {"b.png": b"xy"})),
        (archive, lambda: os.utime(archive, (1, 1))),
    ):
        before = fingerprint(path)
        assert fingerprint(path) == before
        change()
        assert fingerprint(path) != before
    with pytest.raises(DataError, match="cannot be found"):
        fingerprint(tmp_path / "gone")
