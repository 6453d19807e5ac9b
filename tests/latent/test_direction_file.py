import json

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent.direction_file import MAX_BYTES, Direction, directions_from_json, directions_to_json
from gan_core.latent_spec import LatentSpec

LATENT = LatentSpec.of(3, "normal")
SLANT = Direction("slant", torch.tensor([0.1, -1 / 3, 1e-8]), "groups")


def changed(**values) -> str:
    return json.dumps(json.loads(directions_to_json("mnist", LATENT, [SLANT])) | values)


def test_every_bit_comes_back():
    text = directions_to_json("mnist", LATENT, [SLANT, Direction("倾斜", torch.ones(3))])
    model, (slant, other) = directions_from_json(text, LATENT)
    assert model == "mnist"
    assert torch.equal(slant.vector, SLANT.vector)
    assert (slant.name, slant.found_by) == ("slant", "groups")
    assert (other.name, other.found_by) == ("倾斜", "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "this is no file of directions"),
        (b"\xff\xfe\x00", "this is no file of directions"),
        ("[]", "this is no file of directions"),
        ('{"format": "something else"}', "this is no file of directions: format"),
        (changed(version=2), "version"),
        (changed(directions=[]), "directions"),
        (changed(latent_size=100), "have 100 entries; this generator needs 3, choose the model"),
        (changed(directions=[{"name": "x", "vector": [1, 2]}]), "'x' has 2 entries; this generator needs 3"),
        (changed(directions=[{"name": "x", "vector": [0, 0, 0]}]), "'x' is all zero"),
        (changed(directions=[{"name": "", "vector": [1, 2, 3]}]), "directions.0.name"),
        (changed(directions=[{"name": "x", "vector": [1, float("nan"), 3]}]), "directions.0.vector.1"),
        (changed(directions=[{"name": "x", "vector": [1, 1e300, 3]}]), "directions.0.vector.1"),
        (changed(directions=[{"name": "x", "vector": [1, "2", 3]}]), "directions.0.vector.1"),
        (changed(directions=[{"name": "x", "vector": [1, 2, 3]}] * 101), "directions"),
        ("[" * 200_000, "this is no file of directions"),
        (b" " * (MAX_BYTES + 1), "larger than 4 MB"),
    ],
)
def test_a_file_that_does_not_fit_is_one_line(text, complaint):
    with pytest.raises(LatentError, match=complaint) as error:
        directions_from_json(text, LATENT)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300
