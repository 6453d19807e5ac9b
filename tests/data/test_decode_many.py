import io

import numpy as np
import pytest
from PIL import Image

from gan_core.data import decode_many
from gan_core.data.decode import UnreadableImage
from gan_core.data.decode_many import decode_all
from gan_core.data.notes import Note, Notes, Reason
from gan_core.errors import DataError


def silent(what, fraction):
    pass


def counted(notes: Notes) -> dict[Reason, int]:
    return {note.reason: note.count for note in notes}


def test_decode_all_keeps_order_and_skips(picture):
    files = {f"{i:03}.png": picture((i, i, i)) for i in range(100)}
    files["050.png"] = b"broken"

    def read(name):
        if name == "070.png":
            raise OSError("gone")
        return files[name]

    seen, notes = [], Notes()
    images, kept = decode_all(list(files), read, 28, 1, lambda what, fraction: seen.append(fraction), notes)
    assert Note(Reason.UNREADABLE, 2, ("050.png", "070.png")) in list(notes)
    assert images.shape == (98, 1, 28, 28)
    assert images[:, 0, 14, 14].tolist() == [int(name[:3]) for name in kept]
    assert seen[0] == 0
    assert seen[-1] == 1


def test_other_errors_end_it(picture):
    def read(name):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decode_all(["a.png"] * 500, read, 28, 1, silent, Notes())


def test_progress_can_stop_the_loading(picture):
    data, reads = picture(), []

    def read(name):
        reads.append(name)
        return data

    def stop(what, fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_all(["a.png"] * 5000, read, 28, 1, stop, Notes())
    assert len(reads) < 2500


def test_files_in_flight_are_few(picture, monkeypatch):
    monkeypatch.setattr(decode_many.os, "cpu_count", lambda: 2)
    data, reads = picture(), []
    progress = []

    def read(name):
        reads.append(name)
        return data

    decode_all(
        ["a.png"] * 2000, read, 28, 1, lambda what, fraction: progress.append((len(reads), fraction * 2000)), Notes()
    )
    assert max(started - done for started, done in progress) <= decode_many.BATCH * 2 * 4


def test_too_large_for_memory():
    with pytest.raises(DataError, match="do not fit in memory"):
        decode_all(range(2**50), lambda name: b"", 64, 3, silent, Notes())


def test_why_files_are_skipped(photo):
    def read(name):
        match name:
            case "gone.png":
                raise FileNotFoundError(name)
            case "closed.png":
                raise PermissionError(name)
            case "long.png":
                raise UnreadableImage("long", Reason.TOO_LONG)
            case "disk.png":
                raise OSError("I/O error")
            case "empty.png":
                return b""
            case "page.png":
                return b"<html>"
        return photo()

    notes = Notes()
    names = ["1.png", "gone.png", "closed.png", "long.png", "disk.png", "empty.png", "page.png", "2.png"]
    _, kept = decode_all(names, read, 28, 1, silent, notes)
    assert kept == ["1.png", "2.png"]
    assert list(notes) == [
        Note(Reason.UNREADABLE, 2, ("disk.png", "page.png")),
        Note(Reason.EMPTY, 1, ("empty.png",)),
        Note(Reason.TOO_LONG, 1, ("long.png",)),
        Note(Reason.DENIED, 1, ("closed.png",)),
        Note(Reason.GONE, 1, ("gone.png",)),
    ]


def test_equal_and_plain_pictures_are_used_and_told(picture, photo):
    same = photo()
    files = {"a": same, "b": same, "c": picture((9, 9, 9), (40, 40)), "d": same, "e": photo()}
    notes = Notes()
    images, kept = decode_all(list(files), files.get, 28, 3, silent, notes)
    assert kept == list(files)
    assert len(images) == 5
    assert list(notes) == [Note(Reason.ONE_COLOR, 1, ("c",)), Note(Reason.EQUAL, 2, ("b", "d"))]


def sixteen_bits(highest: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.linspace(0, highest, 1600).reshape(40, 40).astype(np.uint16)).save(file, "PNG")
    return file.getvalue()


def test_greys_of_a_set_are_scaled_alike():
    """The first alone would pass for 10 bits; beside one of 12 bits it is a dark one."""
    files = {"dark": sixteen_bits(1000), "bright": sixteen_bits(4095)}
    notes = Notes()
    images, _ = decode_all(list(files), files.get, 28, 1, silent, notes)
    assert [int(image.max()) for image in images] == [pytest.approx(1000 * 255 / 4095, abs=2), 254]
    assert list(notes) == [Note(Reason.BRIGHTENED, 2, ("dark", "bright"))]


def test_greys_of_full_depth_are_not_told():
    files = {"dark": sixteen_bits(1000), "bright": sixteen_bits(60000)}
    notes = Notes()
    images, _ = decode_all(list(files), files.get, 28, 1, silent, notes)
    assert int(images[0].max()) <= 4
    assert counted(notes) == {Reason.ONE_COLOR: 1}
