"""The functions of the latent package take what Python people pass."""

import numpy as np
import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent import base_vectors, perturb, sample, traverse, walk, with_class
from gan_core.latent.arguments import MEANINGS
from gan_core.latent_spec import LatentSpec

ANIMALS = LatentSpec.of(2, "normal", ("cat", "dog", "3"))


@pytest.mark.parametrize(
    ("label", "index"), [("dog", 1), (1, 1), ("1", 1), (np.int64(0), 0), (torch.tensor(2), 2), ("3", 2)]
)
def test_a_class_is_its_name_or_its_index(label, index):
    """A name comes before a number: the class called 3 is the last of three."""
    assert ANIMALS.choice_index(label) == index
    assert with_class(ANIMALS, [0, 0, 9, 9, 9], label).tolist()[2:] == np.eye(3)[index].tolist()


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("owl", "there is no class 'owl'; choose one of cat, dog, 3"),
        (3, "there is no class 3; choose 0 to 2"),
        (-1, "there is no class -1; choose 0 to 2"),
        (None, "the class is None; give a whole number"),
        ([1], "the class is of type list; give a whole number"),
    ],
)
def test_no_class(label, message):
    with pytest.raises(LatentError) as error:
        with_class(ANIMALS, [0, 0, 0, 0, 0], label)
    assert str(error.value) == message


def test_lists_and_arrays_do_what_tensors_do(checkpoint):
    spec = checkpoint.latent_spec
    vectors = base_vectors(spec, np.int64(2), 0)
    expected = traverse(checkpoint, vectors, [0, 1], [-1.0, 1.0]).images
    for other in (vectors.tolist(), vectors.numpy(), vectors.numpy().astype(np.float64), tuple(vectors)):
        given = traverse(checkpoint, other, np.array([0, 1]), np.array([-1, 1]))
        assert torch.equal(given.images, expected)
        assert given._repr_png_().startswith(b"\x89PNG")
        assert torch.equal(checkpoint.draw(other), checkpoint.draw(vectors))
        assert torch.equal(walk(spec, other, 2.0), walk(spec, vectors, 2))
    assert torch.equal(perturb(spec, vectors[0].tolist(), 0.5, seed=1), perturb(spec, vectors[0], 0.5, seed=1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: sample(c, "many"), "n is 'many'; give a whole number"),
        (lambda c: sample(c, 0), "0 images were asked for; draw at least one"),
        (lambda c: sample(c, 4, best="half"), "best is 'half'; it is the fraction to keep, above 0 and at most 1"),
        (lambda c: c.draw("nonsense"), "z is 'nonsense'; give numbers: a list, a NumPy array or a tensor"),
        (lambda c: c.draw([[1.0]]), "the vectors are 1x1; this generator needs one or more rows of 6 entries"),
        (lambda c: traverse(c, None, [0], [0]), "z is None; give numbers: a list, a NumPy array or a tensor"),
        (lambda c: perturb(c.latent_spec, [[1.0]], 0.5, seed=0), "vector has the shape (1, 1); give one vector"),
    ],
)
def test_what_is_of_no_use_is_named(checkpoint, call, message):
    with pytest.raises(LatentError) as error:
        call(checkpoint)
    assert str(error.value) == message


def test_samples_show_themselves(checkpoint):
    drawn = sample(checkpoint, 5)
    assert len(drawn) == 5
    assert drawn._repr_png_().startswith(b"\x89PNG")
    assert drawn.picture(columns=5).shape == (2 + 56 + 2, 2 + 5 * (56 + 2))
    assert repr(drawn) == "<5 samples, images 1x28x28, vectors of 6 entries>"


def test_every_meaning_is_one_for_all_functions():
    assert {"z", "vector", "entries", "values", "label", "n", "seed"} <= MEANINGS.keys()
