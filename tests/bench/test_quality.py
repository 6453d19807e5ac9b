import pytest
import torch

from bench.quality import Candidate, cell, race, times_to_marks
from gan_core.errors import RunError


def test_a_mark_is_reached_when_the_distance_first_falls_under_it():
    readings = [(1.0, 120.0), (2.0, 60.0), (3.0, 70.0), (4.0, 20.0)]

    assert times_to_marks(readings, [100, 60, 30, 10]) == {100: 2.0, 60: 2.0, 30: 4.0, 10: None}


class Better:
    """An evaluator whose distances are given."""

    def __init__(self, *distances: float):
        self.distances = list(distances)

    def distance(self, generator, latent) -> float:
        return self.distances.pop(0)


def test_the_race_ends_at_the_goal():
    asked = []
    candidate = Candidate(lambda seconds: asked.append(seconds) or True, torch.nn.Identity, None)

    readings = race(candidate, Better(90, 40, 10, 5), limit=100, goal=10)

    assert [distance for _, distance in readings] == [90, 40, 10]
    assert len(asked) == 3


def test_the_race_ends_with_the_training():
    candidate = Candidate(lambda seconds: False, torch.nn.Identity, None)

    assert len(race(candidate, Better(90, 40), limit=100, goal=1)) == 1


def test_a_loss_that_is_no_number_ends_the_race():
    def train(seconds):
        raise RunError("the loss is no longer a finite number")

    assert race(Candidate(train, torch.nn.Identity, None), Better(), limit=100, goal=1) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "text"),
    [
        ([2.0, 4.0, 3.0], [30.0], "3.0 (10.0x)"),
        ([None], [30.0], "not reached"),
        ([2.0], [None], "2.0 (over 50.0x)"),
    ],
)
def test_cells_give_the_median_and_how_many_times_sooner(mine, theirs, text):
    assert cell(mine, theirs, limit=100.0) == text


def test_the_first_row_has_no_ratio():
    times = [30.0]

    assert cell(times, times, limit=100.0) == "30.0"
