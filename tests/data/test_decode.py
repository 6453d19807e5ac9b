import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from gan_core.data import decode
from gan_core.data.decode import UnreadablePicture, decode_all, decode_picture, printable, skipped_note


def saved(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def silent(what, fraction):
    pass


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_every_format(picture, format):
    pixels = decode_picture(picture((200, 30, 30), format=format), 28, 3)
    assert pixels.shape == (3, 28, 28)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.mean((1, 2)) - (200, 30, 30)).max() < 4


def test_grey(picture):
    pixels = decode_picture(picture((255, 0, 0)), 28, 1)
    assert pixels.shape == (1, 28, 28)
    assert (pixels == 76).all()


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_the_middle_square_is_kept(halves, format):
    pixels = decode_picture(saved(halves(200), format, **({"quality": 95} if format == "JPEG" else {})), 28, 1)
    assert pixels[0, 3:-3, 3:-3].min() > 245
    assert pixels.mean() > 240


def test_exif_orientation():
    image = Image.new("L", (40, 40))
    image.paste(255, (0, 0, 40, 20))  # top half white
    exif = Image.Exif()
    exif[0x0112] = 3  # the camera was upside down
    pixels = decode_picture(saved(image, "JPEG", exif=exif, quality=95), 28, 1)
    assert pixels[0, :10].max() < 20
    assert pixels[0, -10:].min() > 235


def test_alpha_on_white(picture):
    assert (decode_picture(picture((0, 0, 0, 0), mode="RGBA"), 28, 3) == 255).all()
    half = decode_picture(picture((0, 0, 0, 128), mode="RGBA"), 28, 1)
    assert np.abs(half.astype(int) - 127).max() <= 1
    assert (decode_picture(picture((0, 0), mode="LA"), 28, 1) == 255).all()


def test_transparent_palette_and_colour_key():
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    assert decode_picture(saved(palette, "PNG"), 28, 3)[:, 5, 5].tolist() == [0, 0, 255]
    assert (decode_picture(saved(palette, "PNG", transparency=1), 28, 3) == 255).all()
    keyed = saved(Image.new("RGB", (8, 8), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert (decode_picture(keyed, 28, 3) == 255).all()


def test_sixteen_bits_are_scaled():
    values = np.full((10, 10), 128 * 257, dtype=np.uint16)
    assert (decode_picture(saved(Image.fromarray(values), "PNG"), 28, 1) == 128).all()
    assert (decode_picture(saved(Image.fromarray(values), "TIFF"), 28, 3) == 128).all()


def test_float_one_bit_and_cmyk():
    grey = Image.fromarray(np.full((8, 8), 0.5, dtype=np.float32))
    assert (decode_picture(saved(grey, "TIFF"), 28, 1) == 128).all()
    assert (decode_picture(saved(Image.new("1", (8, 8), 1), "PNG"), 28, 1) == 255).all()
    cmyk = decode_picture(saved(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=95), 28, 3)
    assert cmyk[0].min() > 240
    assert cmyk[1:].max() < 15


def test_one_pixel_is_enough(picture):
    assert (decode_picture(picture((9, 9, 9), size=(1, 1)), 64, 1) == 9).all()


def test_broken_files(picture):
    whole = picture(size=(60, 60), format="JPEG")
    for data in (b"", b"GIF89a", b"not a picture", whole[: len(whole) // 2], picture(size=(60, 60))[:60]):
        with pytest.raises(UnreadablePicture):
            decode_picture(data, 28, 3)


def test_postscript_is_not_run(picture):
    with pytest.raises(UnreadablePicture):
        decode_picture(picture(format="EPS"), 28, 3)


@pytest.mark.parametrize("side", [9_500, 30_000])  # over our limit; over Pillow's
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_gigantic_pictures_are_refused_from_the_header(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(UnreadablePicture, match="pixels"):
        decode_picture(bomb, 28, 1)


def test_decode_all_keeps_order_and_skips(picture):
    files = {f"{i:03}.png": picture((i, i, i)) for i in range(100)}
    files["050.png"] = b"broken"

    def read(name):
        if name == "070.png":
            raise OSError("gone")
        return files[name]

    seen = []
    images, kept, skipped = decode_all(list(files), read, 28, 1, lambda what, fraction: seen.append(fraction))
    assert skipped == ["050.png", "070.png"]
    assert images.shape == (98, 1, 28, 28)
    assert images[:, 0, 14, 14].tolist() == [int(name[:3]) for name in kept]
    assert seen[0] == 0
    assert seen[-1] == 1


def test_other_errors_end_it(picture):
    def read(name):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decode_all(["a.png"] * 500, read, 28, 1, silent)


def test_progress_can_stop_the_loading(picture):
    data, reads = picture(), []

    def read(name):
        reads.append(name)
        return data

    def stop(what, fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode_all(["a.png"] * 5000, read, 28, 1, stop)
    assert len(reads) < 2500


def test_files_in_flight_are_few(picture, monkeypatch):
    monkeypatch.setattr(decode.os, "cpu_count", lambda: 2)
    data, reads = picture(), []
    progress = []

    def read(name):
        reads.append(name)
        return data

    decode_all(["a.png"] * 2000, read, 28, 1, lambda what, fraction: progress.append((len(reads), fraction * 2000)))
    assert max(started - done for started, done in progress) <= decode.BATCH * 2 * 4


def test_too_large_for_memory():
    with pytest.raises(decode.DataError, match="do not fit in memory"):
        decode_all(range(2**50), lambda name: b"", 64, 3, silent)


def test_notes():
    assert skipped_note(["a.png"]) == "1 unreadable file was skipped: a.png"
    assert skipped_note(["a", "b", "c", "d"]) == "4 unreadable files were skipped: a, b, c, ..."
    assert printable("a\nb\udcff.png") == "a?b?.png"
