import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from gan_core.data.decode import UnreadableImage, decode, decode_image
from gan_core.data.formats import FORMATS
from gan_core.data.notes import Reason


def saved(image: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM"])
def test_every_format(picture, format):
    pixels = decode_image(picture((200, 30, 30), format=format), 28, 3)
    assert pixels.shape == (3, 28, 28)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.mean((1, 2)) - (200, 30, 30)).max() < 4


def test_grey(picture):
    pixels = decode_image(picture((255, 0, 0)), 28, 1)
    assert pixels.shape == (1, 28, 28)
    assert (pixels == 76).all()


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_the_middle_square_is_kept(halves, format):
    pixels = decode_image(saved(halves(200), format, **({"quality": 95} if format == "JPEG" else {})), 28, 1)
    assert pixels[0, 3:-3, 3:-3].min() > 245
    assert pixels.mean() > 240


def test_exif_orientation():
    image = Image.new("L", (40, 40))
    image.paste(255, (0, 0, 40, 20))  # top half white
    exif = Image.Exif()
    exif[0x0112] = 3  # the camera was upside down
    pixels = decode_image(saved(image, "JPEG", exif=exif, quality=95), 28, 1)
    assert pixels[0, :10].max() < 20
    assert pixels[0, -10:].min() > 235


def test_alpha_on_white(picture):
    assert (decode_image(picture((0, 0, 0, 0), mode="RGBA"), 28, 3) == 255).all()
    half = decode_image(picture((0, 0, 0, 128), mode="RGBA"), 28, 1)
    assert np.abs(half.astype(int) - 127).max() <= 1
    assert (decode_image(picture((0, 0), mode="LA"), 28, 1) == 255).all()


def test_transparent_palette_and_colour_key():
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    assert decode_image(saved(palette, "PNG"), 28, 3)[:, 5, 5].tolist() == [0, 0, 255]
    assert (decode_image(saved(palette, "PNG", transparency=1), 28, 3) == 255).all()
    keyed = saved(Image.new("RGB", (8, 8), (1, 2, 3)), "PNG", transparency=(1, 2, 3))
    assert (decode_image(keyed, 28, 3) == 255).all()


def test_sixteen_bits_are_scaled():
    values = np.full((10, 10), 128 * 257, dtype=np.uint16)
    assert (decode_image(saved(Image.fromarray(values), "PNG"), 28, 1) == 128).all()
    assert (decode_image(saved(Image.fromarray(values), "TIFF"), 28, 3) == 128).all()


def test_float_one_bit_and_cmyk():
    grey = Image.fromarray(np.full((8, 8), 0.5, dtype=np.float32))
    assert (decode_image(saved(grey, "TIFF"), 28, 1) == 128).all()
    assert (decode_image(saved(Image.new("1", (8, 8), 1), "PNG"), 28, 1) == 255).all()
    cmyk = decode_image(saved(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG", quality=95), 28, 3)
    assert cmyk[0].min() > 240
    assert cmyk[1:].max() < 15


def test_one_pixel_is_enough(picture):
    assert (decode_image(picture((9, 9, 9), size=(1, 1)), 64, 1) == 9).all()


def test_broken_files(picture):
    whole = picture(size=(60, 60), format="JPEG")
    for data in (b"", b"GIF89a", b"not a picture", whole[: len(whole) // 2], picture(size=(60, 60))[:60]):
        with pytest.raises(UnreadableImage):
            decode_image(data, 28, 3)


def test_postscript_is_not_run(picture):
    with pytest.raises(UnreadableImage):
        decode_image(picture(format="EPS"), 28, 3)


@pytest.mark.parametrize("side", [9_500, 30_000])  # over our limit; over Pillow's
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_gigantic_pictures_are_refused_from_the_header(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(UnreadableImage, match="pixels") as caught:
        decode_image(bomb, 28, 1)
    assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_a_large_jpeg_is_decoded_at_an_eighth(monkeypatch):
    """Unless it is progressive: then its 2,000 x 2,000 pixels have to be held as a whole."""
    monkeypatch.setattr("gan_core.data.decode.MAX_PIXELS", 1_000_000)
    image = Image.new("RGB", (2000, 2000), (200, 30, 30))
    assert np.abs(decode_image(saved(image, "JPEG"), 28, 3).mean((1, 2)) - (200, 30, 30)).max() < 4
    for large in (saved(image, "JPEG", progressive=True), saved(image, "PNG")):
        with pytest.raises(UnreadableImage, match="pixels"):
            decode_image(large, 28, 3)


# What is told


def grey(values, kind=np.uint16, format="PNG") -> bytes:
    return saved(Image.fromarray(np.array(values, dtype=kind).reshape(2, 2).repeat(20, 0).repeat(20, 1)), format)


@pytest.mark.parametrize(
    ("values", "white", "shown"),
    [
        ([0, 1, 1, 0], 1, [0, 255, 255, 0]),
        ([0, 51, 102, 255], 255, [0, 51, 102, 255]),
        ([0, 341, 682, 1023], 1023, [0, 85, 170, 255]),
        ([0, 1365, 2730, 4095], 4095, [0, 85, 170, 255]),
        ([0, 5461, 10922, 16383], 16383, [0, 85, 170, 255]),
        ([0, 21845, 43690, 65535], 65535, [0, 85, 170, 255]),
    ],
)
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_white_in_sixteen_bits_is_the_lowest_that_fits(values, white, shown, format):
    picture = decode(grey(values, format=format), 40, 1)
    assert picture.pixels[0, 10::20, 10::20].flatten().tolist() == shown
    assert (picture.grays.kind, picture.grays.highest, picture.grays.white) == ("I", max(values), white)


def test_masks_of_eight_bits():
    assert set(np.unique(decode_image(grey([0, 1, 1, 0], np.uint8), 40, 1))) == {0, 255}
    assert decode_image(grey([0, 2, 2, 0], np.uint8), 40, 1).max() == 2
    assert decode_image(grey([0, 0, 0, 0], np.uint8), 40, 1).max() == 0


def test_white_can_be_given():
    data = grey([0, 1023, 0, 1023])
    assert decode(data, 40, 1, {"I": 65535}).pixels.max() == 4  # 1023 / 257
    assert decode(data, 40, 1, {"L": 1}).pixels.max() == 255


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_floats_that_are_no_numbers_are_black(value):
    data = grey([0, 0.5, 1, value], np.float32, "TIFF")
    assert decode_image(data, 40, 1)[0, 10::20, 10::20].flatten().tolist() == [0, 128, 255, 0]


def icon(colour, size=20) -> bytes:
    image = Image.new("RGBA", (40, 40), (*colour, 0))
    image.paste((*colour, 255), (0, 0, size, size))
    return saved(image, "PNG")


def test_a_white_icon_is_put_on_black():
    white, black = decode(icon((255, 255, 255)), 40, 1), decode(icon((0, 0, 0)), 40, 1)
    assert white.reasons == (Reason.ON_BLACK,)
    assert black.reasons == ()
    assert white.pixels[0, 10, [10, 30]].tolist() == [255, 0]
    assert black.pixels[0, 10, [10, 30]].tolist() == [0, 255]
    assert decode(icon((255, 255, 255), 40), 40, 1).reasons == ()  # nothing in it is transparent


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_of_several_pictures(format):
    first, second = Image.new("RGB", (40, 40), (255, 0, 0)), Image.new("RGB", (40, 40), (0, 0, 255))
    picture = decode(saved(first, format, save_all=True, append_images=[second]), 28, 3)
    assert picture.reasons == (Reason.FIRST_FRAME,)
    assert picture.pixels[0].min() > 245
    assert picture.pixels[2].max() < 10


def test_small_pictures_are_told(picture):
    assert decode(picture(size=(13, 40)), 28, 3).reasons == (Reason.ENLARGED,)
    assert decode(picture(size=(14, 14)), 28, 3).reasons == ()


@pytest.mark.skipif("AVIF" not in FORMATS, reason="this Pillow reads no AVIF")
def test_avif(picture):
    pixels = decode_image(picture((200, 30, 30), (64, 64), format="AVIF"), 28, 3)
    assert np.abs(pixels.mean((1, 2)) - (200, 30, 30)).max() < 6
