"""What Python people pass, and what they are told when it is of no use."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gan_core.arguments import as_floats, as_numbers, as_path, as_tensor, as_whole, as_wholes
from gan_core.errors import CheckpointError, LatentError, RunError


@pytest.mark.parametrize(
    "value", [[[1, 2]], ((1.0, 2.0),), np.array([[1, 2]]), np.float64([[1, 2]]), [torch.tensor([1, 2])]]
)
def test_vectors(value):
    floats = as_floats(value, "vectors")
    assert floats.dtype == torch.float32
    assert floats.tolist() == [[1.0, 2.0]]


def test_a_tensor_of_floats_is_taken_as_it_is():
    for dtype in (torch.float32, torch.float64):
        tensor = torch.ones(2, dtype=dtype)
        assert as_floats(tensor, "vectors") is tensor


def test_an_array_is_copied():
    array = np.zeros(2, np.float32)
    as_tensor(array, "vector").add_(1)
    assert array.tolist() == [0, 0]


@pytest.mark.parametrize("value", ["1, 2", None, [[1], [1, 2]], [None], {1: 2}, object(), [True], 1j])
def test_no_vectors(value):
    with pytest.raises(LatentError, match="^vectors is .*; give numbers: a list, a NumPy array or a tensor$"):
        as_floats(value, "vectors")


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.uint8(3), np.float32(3), torch.tensor(3)])
def test_whole_numbers(value):
    whole = as_whole(value, "n")
    assert (whole, type(whole)) == (3, int)
    assert as_wholes([value, 4], "entries") == [3, 4]
    assert as_wholes(value, "entries") == [3]


@pytest.mark.parametrize(
    ("value", "shown"), [("3", "'3'"), (3.5, "3.5"), (None, "None"), (True, "True"), ([3], "of type list")]
)
def test_no_whole_number(value, shown):
    with pytest.raises(RunError) as error:
        as_whole(value, "steps", RunError)
    assert str(error.value) == f"steps is {shown}; give a whole number"


def test_entries_are_no_text():
    with pytest.raises(LatentError, match=r"such as \[5, 25\]"):
        as_wholes("5,25", "entries")


@pytest.mark.parametrize("value", [[1, 2.5], (1, 2.5), np.array([1, 2.5]), torch.tensor([1, 2.5])])
def test_values(value):
    assert as_numbers(value, "values") == [1.0, 2.5]
    assert as_numbers(2, "values") == [2.0]
    assert as_numbers([], "values") == []


def test_paths():
    assert as_path("a/b", "path") == as_path(Path("a/b"), "path") == Path("a/b")
    assert as_path("~/a", "path") == Path.home() / "a"
    with pytest.raises(CheckpointError, match="^path is 3; give a path$"):
        as_path(3, "path")
