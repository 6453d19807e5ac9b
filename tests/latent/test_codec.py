import base64
import re
import zlib

import numpy as np
import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, decode_vector, encode_vector
from gan_core.latent_spec import LatentSpec

LATENT = LatentSpec.of(100, "normal", ("a", "b"))


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
