import struct
import zlib

import pytest

from gan_core.data.names import distinct, encoding_of, natural_key, printable, unicode_path

WORDS = {
    "gbk": ("猫", "狗", "苹果", "香蕉", "汽车", "飞机", "人脸", "正常", "异常"),
    "cp932": ("りんご", "バナナ", "自動車", "飛行機", "写真", "異常"),
    "cp949": ("고양이", "강아지", "사과", "자동차", "비행기", "사진"),
    "big5": ("蘋果", "香蕉", "汽車", "飛機", "人臉", "異常"),
    "cp866": ("кошки", "собаки", "яблоко", "Новая папка"),
    "cp1251": ("кошки", "собаки", "яблоко", "Новая папка"),
    "cp437": ("Äpfel", "Hündchen", "Straße", "niño", "garçon"),
    "cp1252": ("château", "éléphant", "niño", "garçon", "São Paulo"),
}


@pytest.mark.parametrize("encoding", WORDS)
def test_the_encoding_of_names(encoding):
    raw = [word.encode(encoding) for word in WORDS[encoding]]
    assert encoding_of(raw) == encoding
    assert encoding_of([*raw, b"train", b"IMG_0001.JPG", b""]) == encoding


def test_all_valid_utf8_is_utf8():
    assert encoding_of([word.encode() for words in WORDS.values() for word in words]) == "utf-8"
    assert encoding_of([b"cats", b"dogs"]) == "utf-8"
    assert encoding_of([]) == "utf-8"


@pytest.mark.parametrize("name", [b"a\xff", b"b\xff\n", b"a\xb0\x01", bytes(range(128, 256))])
def test_what_no_encoding_explains(name):
    assert encoding_of([name]) is None


def test_any_bytes_are_decoded_or_not_explained():
    for first in range(256):
        for second in range(0, 256, 7):
            name = bytes((first, second))
            encoding = encoding_of([name])
            assert encoding is None or name.decode(encoding) is not None


def test_the_extra_field_of_info_zip():
    def field(plain, text, kind=0x7075):
        data = struct.pack("<BI", 1, zlib.crc32(plain)) + text
        return struct.pack("<HH", kind, len(data)) + data

    assert unicode_path(field(b"a", "猫".encode()), b"a") == "猫"
    assert unicode_path(field(b"z", b"", 1) + field(b"a", "猫".encode()), b"a") == "猫"
    assert unicode_path(field(b"other", "猫".encode()), b"a") is None
    assert unicode_path(field(b"a", b"\xff"), b"a") is None
    assert unicode_path(field(b"a", "猫".encode())[:-5], b"a") is None
    assert unicode_path(b"", b"a") is None


def test_printable():
    assert printable("a\nb\udcff.png") == "a?b?.png"
    assert printable("a\u3000b\u00a0c") == "a b c"
    assert printable("猫 é") == "猫 é"


def test_distinct_names():
    assert distinct(["a\n", "a\t", "a? (2)", "b"], printable) == {
        "a\n": "a?",
        "a\t": "a? (2)",
        "a? (2)": "a? (2) (2)",
        "b": "b",
    }


def test_numbers_are_sorted_by_value():
    names = ["10", "2", "1", "0", "01", "a10", "a9", "b", "2a", "", "9" * 5000]
    assert sorted(names, key=natural_key) == ["", "0", "1", "01", "2", "2a", "10", "9" * 5000, "a9", "a10", "b"]
