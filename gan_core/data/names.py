"""File names as their owners wrote them: bytes of an unknown encoding to text, and text to one clear line.

A zip marks a name at most as UTF-8, and many tools leave even that out; a POSIX directory has no such mark. The
encoding is decided once for all names of a source: UTF-8 if all of them are valid UTF-8, else the most probable of the
encodings in which zips are written. Names are too short for a general detector (charset-normalizer reads hardly any
GBK class name right), but the alphabet is strong evidence: the smaller it is, the more probable is each character.
"""

from __future__ import annotations

import math
import re
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress

WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"([0-9]+)")
MAX_SAMPLED_NAMES = 1000  # names to judge by
UNICODE_PATH = 0x7075  # Info-ZIP's extra field: version, CRC-32 of the plain name, name in UTF-8

LATIN = frozenset("ÄÖÜäöüßÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕØŒÙÚÛàáâãåæçèéêëìíîïñòóôõøœùúû")
# Some hundred syllables, about two thirds of all in Korean names.
HANGUL = frozenset(
    "이다는에의가을하고를지은로사도기한리어자인대시일나라수제전서정그아보스부주과동상구원장조무성여공신치방미국소해개양바차비행새말꽃얼물진불강포"
    "박더폴험합격분류훈련화면실연선생학교안세마트드우유오음식김민"
)

# The probability of a character, by rough shares of its alphabet's common and rare part.
ASCII = 1 / 40
UNUSED = 1e-7  # symbols, letters in odd places, characters that no list of common ones has


def western(character: str, word: str) -> float:
    """Accented letters stand among plain ones, capitals in front."""
    plain = sum(letter.isascii() for letter in word)
    return 1 / 100 if character in LATIN and 2 * plain >= len(word) and _is_cased(word) else UNUSED


def cyrillic(character: str, word: str) -> float:
    """Russian letters, capitals in front, none of them beside Latin ones."""
    russian = "А" <= character <= "я" or character in "Ёё"
    return 1 / 64 if russian and _is_cased(word) and not _has_ascii(word) else UNUSED


def chinese(character: str, word: str) -> float:
    """GB 2312: 3,755 common characters in rows 0xB0 to 0xD7, then 3,008 rare ones."""
    lead, trail = _two_bytes(character, "gbk")
    if trail < 0xA1 or not 0xB0 <= lead <= 0xF7:
        return UNUSED
    return _beside(word, 0.97 / 3755 if lead <= 0xD7 else 0.03 / 3008)


def traditional(character: str, word: str) -> float:
    """Big5: 5,401 common characters in rows 0xA4 to 0xC6, then 7,652 rare ones."""
    lead, _ = _two_bytes(character, "big5")
    return _beside(word, 0.97 / 5401 if lead <= 0xC6 else 0.03 / 7652) if 0xA4 <= lead <= 0xF9 else UNUSED


def japanese(character: str, word: str) -> float:
    """JIS X 0208: kana, 2,965 common characters up to row 0x97, then 3,390 rare ones. Half-width kana are unused."""
    lead, _ = _two_bytes(character, "cp932")
    if "ぁ" <= character <= "ー":
        return _beside(word, 0.5 / 160)
    return _beside(word, 0.47 / 2965 if lead <= 0x97 else 0.03 / 3390) if 0x88 <= lead <= 0xEA else UNUSED


def korean(character: str, word: str) -> float:
    """KS X 1001: 2,350 syllables. Chinese text read as Korean gives syllables too, but mostly uncommon ones."""
    if not "가" <= character <= "힣" or _two_bytes(character, "cp949")[1] < 0xA1:
        return UNUSED
    return _beside(word, 0.65 / len(HANGUL) if character in HANGUL else 0.35 / 2350)


def _two_bytes(character: str, encoding: str) -> tuple[int, int]:
    code = character.encode(encoding, "replace")
    return (code[0], code[1]) if len(code) == 2 else (0, 0)


def _beside(word: str, probability: float) -> float:
    """Characters of East Asia seldom join a word of small Latin letters."""
    return probability / 100 if any("a" <= letter <= "z" for letter in word) else probability


def _is_cased(word: str) -> bool:
    return word.istitle() or word.islower() or word.isupper()


def _has_ascii(word: str) -> bool:
    return any(letter.isascii() for letter in word)


ENCODINGS: dict[str, Callable[[str, str], float]] = {
    "cp437": western,  # DOS, and Windows' own zips
    "cp1252": western,
    "gbk": chinese,
    "cp932": japanese,
    "cp949": korean,
    "big5": traditional,
    "cp866": cyrillic,
    "cp1251": cyrillic,
}


def encoding_of(names: Iterable[bytes]) -> str | None:
    """The one encoding that names are most probably written in; None where no encoding explains most of it."""
    foreign = [name for name in dict.fromkeys(names) if not name.isascii()]
    if all(map(_is_utf8, foreign)):
        return "utf-8"
    likely = {}
    for encoding, probability in ENCODINGS.items():
        with suppress(UnicodeDecodeError):
            texts = [name.decode(encoding) for name in foreign[:MAX_SAMPLED_NAMES]]
            likely[encoding] = [value for text in texts for value in _probabilities(text, probability)]
    if not likely:
        return None
    best = max(likely, key=lambda encoding: sum(map(math.log, likely[encoding])))
    unlike = likely[best].count(UNUSED)
    return best if 2 * unlike <= len(likely[best]) - likely[best].count(ASCII) else None


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _probabilities(text: str, probability: Callable[[str, str], float]) -> list[float]:
    """Of every character, seen in its word."""
    words = {place: match[0] for match in WORD.finditer(text) for place in range(*match.span())}
    return [
        ASCII if letter.isascii() else probability(letter, words.get(place, "")) for place, letter in enumerate(text)
    ]


def unicode_path(extra: bytes, plain: bytes) -> str | None:
    """The name in the extra field of Info-ZIP, if there is one and it belongs to the `plain` name."""
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == UNICODE_PATH and len(field) > 5 and field[1:5] == struct.pack("<I", zlib.crc32(plain)):
            return field[5:].decode("utf-8") if _is_utf8(field[5:]) else None
    return None


def printable(name: str) -> str:
    """A file name fit for a one-line message: any space is a plain one; what is no text or breaks lines becomes "?"."""
    return "".join(
        letter if letter.isprintable() else " " if unicodedata.category(letter) == "Zs" else "?" for letter in name
    )


def distinct(names: Iterable[str], shown: Callable[[str], str]) -> dict[str, str]:
    """`{name: what is shown of it}`, where no two names show the same: the second becomes "cat (2)"."""
    result: dict[str, str] = {}
    for name in names:
        plain = text = shown(name)
        number = 1
        while text in result.values():
            number += 1
            text = f"{plain} ({number})"
        result[name] = text
    return result


def natural_key(name: str) -> list[tuple[int, str]]:
    """For sorting: numbers in a name by their value, 0, 1, 2, 10."""
    parts = [part.lstrip("0") if place % 2 else part for place, part in enumerate(NUMBER.split(name))]
    return [(len(part) if place % 2 else 0, part) for place, part in enumerate(parts)]
