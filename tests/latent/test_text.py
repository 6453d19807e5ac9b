import base64
import json
import re
import zlib

import numpy as np
import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, decode_vector, encode_vector, format_vector, parse_numbers, parse_vector
from gan_core.latent_spec import LatentSpec

LATENT = LatentSpec.of(100, "normal", ("a", "b"))

PLAIN = LatentSpec.of(100, "normal")
CONDITIONAL = LatentSpec.of(10, "normal", ("cat", "dog", "owl"))


def code_of(numbers) -> str:
    return base64.urlsafe_b64encode(zlib.compress(np.asarray(numbers, "<f4").tobytes())).decode().rstrip("=")


def test_a_round_trip_keeps_every_bit():
    for vector in base_vectors(LATENT, 20, seed=0):
        assert torch.equal(decode_vector(encode_vector(vector), LATENT), vector)


def test_a_round_trip_keeps_the_picture(conditional):
    vectors = base_vectors(conditional.latent_spec, 8, seed=0)
    decoded = torch.stack([decode_vector(encode_vector(vector), conditional.latent_spec) for vector in vectors])
    assert torch.equal(conditional.draw(decoded), conditional.draw(vectors))


def test_the_code_may_stand_in_a_link_and_is_short():
    code = encode_vector(base_vectors(LatentSpec.of(100, "normal"), 1, seed=0)[0])
    assert re.fullmatch(r"[A-Za-z0-9_-]+", code)
    assert len(code) <= 560
    assert len(encode_vector(torch.zeros(100))) < 30


@pytest.mark.parametrize("size", [1, 2, 1024])
def test_vectors_of_any_length_are_read(size):
    spec = LatentSpec.of(size, "normal")
    for vector in base_vectors(spec, 5, seed=1):
        assert torch.equal(decode_vector(encode_vector(vector), spec), vector)


def test_a_changed_letter_is_noticed():
    vector = base_vectors(LATENT, 1, seed=0)[0]
    code = encode_vector(vector)
    for place in range(0, len(code) - 1, 7):
        changed = code[:place] + ("A" if code[place] != "A" else "B") + code[place + 1 :]
        with pytest.raises(LatentError):
            decode_vector(changed, LATENT)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "damaged|has 0 entries"),
        ("!!!!", "damaged"),
        ("été", "damaged"),
        ("A", "damaged"),
        ("AAAA", "damaged"),
        ("A" * 100_000, "damaged"),
        (code_of(np.zeros(102))[:-6], "damaged|entries"),
        (code_of(np.zeros(7)), "has 7 entries; this generator needs 102"),
        (code_of(np.zeros(103)), "more than 102 entries"),
        (code_of(np.zeros(10_000)), "more than 102 entries"),
        (code_of([np.nan] * 102), "damaged"),
        (code_of([np.inf] * 102), "damaged"),
        (code_of([1e30] * 102), "damaged"),
    ],
)
def test_decode_refuses(code, message):
    with pytest.raises(LatentError, match=message) as caught:
        decode_vector(code, LATENT)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-3,0,3", [-3, 0, 3]),
        (" -3, 0 ,3\n", [-3, 0, 3]),
        ("-3:3:7", [-3, -2, -1, 0, 1, 2, 3]),
        ("3:-3:3", [3, 0, -3]),
        ("1.5, -1:1:3; 9", [1.5, -1, 0, 1, 9]),
        ("1e-3", [0.001]),
        ("−3，0、3", [-3, 0, 3]),
        ("2,2", [2, 2]),
    ],
)
def test_parse_numbers(text, values):
    assert parse_numbers(text) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no value is given"),
        (" , ", "no value is given"),
        ("1,two", "'two', which is not a number"),
        ("nan", "'nan'; numbers must lie between"),
        ("-inf", "numbers must lie between -10000 and 10000"),
        ("1e39", "'1e39'"),
        ("-3:3", "start:stop:count"),
        ("-3:3:2.5", "start:stop:count"),
        ("-3:3:-7", "start:stop:count"),
        ("-3:3:1", "choose 2 to 1000"),
        ("0:1:999999999", "choose 2 to 1000"),
        ("0:1:9999999999", "start:stop:count"),
        ("a:1:3", "the start is 'a'"),
        ("0:1:600,0:1:600", "more than 1000 values"),
        ("1," * 60_000, "at most 100000"),
    ],
)
def test_parse_numbers_refuses_in_one_line(text, message):
    with pytest.raises(LatentError, match=message) as caught:
        parse_numbers(text)
    assert "\n" not in str(caught.value)


def test_parse_vector_takes_what_people_paste():
    wanted = torch.tensor([0.5, -1.0, 2.0])
    spec = LatentSpec.of(3, "normal")
    for text in (
        "0.5,-1,2",
        "0.5 -1 2",
        "[0.5, -1.0, 2.0]",
        "[[0.5 -1.\n 2. ]]",
        "0.5\n-1\n2\n",
        json.dumps([0.5, -1, 2]),
    ):
        assert torch.equal(parse_vector(text, spec), wanted)


def test_parse_vector_adds_the_class_to_noise_alone():
    noise = ",".join(map(str, range(10)))
    assert parse_vector(noise, CONDITIONAL).tolist() == [*range(10), 1, 0, 0]
    assert parse_vector(noise, CONDITIONAL, label=2).tolist() == [*range(10), 0, 0, 1]
    assert parse_vector(noise + ",0.5,0.5,0", CONDITIONAL, label=2).tolist() == [*range(10), 0.5, 0.5, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"found 0 numbers; this generator needs 10 \(noise alone\) or 13 \(every entry\)"),
        ("1,2,3", "found 3 numbers"),
        ("0," * 9 + "nan", "entry 9 is 'nan'"),
        ("0,0,inf" + ",0" * 7, "entry 2 is 'inf'"),
        ("0,zero" + ",0" * 8, "entry 1 is 'zero', which is not a number"),
        ("0,null" + ",0" * 8, "entry 1 is 'null'"),
        ("1e20" + ",0" * 9, "entry 0 is '1e20'"),
        ("0," * 100_000, "at most 100000"),
    ],
)
def test_parse_vector_refuses_in_one_line(text, message):
    with pytest.raises(LatentError, match=message) as caught:
        parse_vector(text, CONDITIONAL)
    assert "\n" not in str(caught.value)


def test_parse_vector_of_an_unconditional_generator_needs_one_length():
    with pytest.raises(LatentError, match=r"found 99 numbers; this generator needs 100$"):
        parse_vector("0 " * 99, PLAIN)


def test_format_vector_keeps_every_bit():
    generator = torch.Generator().manual_seed(0)
    spec = LatentSpec.of(1000, "normal")
    vector = torch.randn(1000, generator=generator) * 10 ** torch.randint(-8, 4, (1000,), generator=generator)
    vector[:4] = torch.tensor([0.0, -0.0, 1e-42, 10_000.0])
    vector.clamp_(-10_000, 10_000)
    assert torch.equal(parse_vector(format_vector(vector), spec), vector)
    assert format_vector(torch.tensor([0.1, -3.0])) == "0.1, -3.0"
