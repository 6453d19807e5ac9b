import math

import pytest
import torch

from gan_core.errors import LatentError
from gan_core.latent.walks import angles, lerp, slerp, walk
from gan_core.latent_spec import LatentSpec, Section

PLANE = LatentSpec.of(2, "normal")
SHARES = torch.linspace(0, 1, 5)
EAST, NORTH = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_a_quarter_turn_worked_out_by_hand():
    way = slerp(2 * EAST, 4 * NORTH, torch.tensor([0.0, 1 / 3, 0.5, 1.0]))
    half, third = 3 * math.sqrt(0.5), 2 + 2 / 3
    expected = [[2, 0], [third * math.sqrt(3) / 2, third / 2], [half, half], [0, 4]]
    torch.testing.assert_close(way, torch.tensor(expected))


def test_length_and_angle_grow_evenly():
    start, end = random(2, 100)
    way = slerp(start, 3 * end, SHARES)
    torch.testing.assert_close(way.norm(dim=1), torch.linspace(start.norm(), 3 * end.norm(), 5))
    units = way / way.norm(dim=1, keepdim=True)
    turns = (units[1:] * units[:-1]).sum(1).acos()
    torch.testing.assert_close(turns, turns[:1].expand(4), atol=1e-4, rtol=0)


def test_the_straight_way_is_shorter_in_the_middle():
    assert lerp(EAST, NORTH, SHARES)[2].norm() == pytest.approx(math.sqrt(0.5))
    assert slerp(EAST, NORTH, SHARES)[2].norm() == pytest.approx(1)


@pytest.mark.parametrize("way", [lerp, slerp])
def test_the_ends_are_exact(way):
    start, end = random(2, 100)
    between = way(start, end, SHARES)
    assert torch.equal(between[0], start)
    assert torch.equal(between[-1], end)
    assert between.dtype == torch.float32


def test_parallel_vectors_stay_on_their_line():
    start = random(100)
    torch.testing.assert_close(slerp(start, 3 * start, SHARES), lerp(start, 3 * start, SHARES))
    torch.testing.assert_close(slerp(start, start, SHARES), start.expand(5, -1))


def test_nearly_parallel_vectors_are_no_trouble():
    start = random(100)
    way = slerp(start, start * (1 + 1e-7), SHARES)
    torch.testing.assert_close(way, start.expand(5, -1))


@pytest.mark.parametrize("start", [EAST, random(100)])
def test_between_opposite_vectors_the_length_is_kept(start):
    way = slerp(start, -start, SHARES)
    torch.testing.assert_close(way.norm(dim=1), start.norm().expand(5))
    torch.testing.assert_close(way[2] @ start, torch.tensor(0.0), atol=1e-5, rtol=0)


def test_from_or_to_zero_the_way_is_straight():
    zero = torch.zeros(2)
    for start, end in ((zero, NORTH), (NORTH, zero), (zero, zero)):
        assert torch.equal(slerp(start, end, SHARES), lerp(start, end, SHARES))


def test_noise_of_a_single_entry():
    assert slerp(torch.tensor([1.0]), torch.tensor([-1.0]), SHARES).flatten().tolist() == [1, 0.5, 0, -0.5, -1]


def test_a_walk_visits_every_stop_and_closes():
    spec = LatentSpec.of(100, "normal")
    stops = random(3, 100)
    for path in ("spherical", "straight"):
        frames = walk(spec, stops, 8, path)
        assert frames.shape == (24, 100)
        assert torch.equal(frames[::8], stops)
        torch.testing.assert_close(
            frames[23], (slerp if path == "spherical" else lerp)(stops[2], stops[0], SHARES.new_tensor([7 / 8]))[0]
        )


def test_class_weights_are_mixed_linearly():
    spec = LatentSpec.of(2, "normal", ("cat", "dog"))
    cat, dog = torch.tensor([1.0, 0, 1, 0]), torch.tensor([0, 1.0, 0, 1])
    frames = walk(spec, torch.stack([cat, dog]), 4)
    assert frames[:, 2:].tolist() == [
        [1, 0],
        [0.75, 0.25],
        [0.5, 0.5],
        [0.25, 0.75],
        [0, 1],
        [0.25, 0.75],
        [0.5, 0.5],
        [0.75, 0.25],
    ]
    torch.testing.assert_close(frames[:, :2].norm(dim=1), torch.ones(8))


@pytest.mark.parametrize(
    ("stops", "steps", "complaint"),
    [
        (torch.ones(1, 2), 4, "at least two"),
        (torch.ones(2, 3), 4, "needs one or more rows of 2"),
        (torch.ones(2, 2), 0, "choose 1 to 500"),
        (torch.ones(2, 2), 501, "choose 1 to 500"),
    ],
)
def test_a_walk_that_cannot_be(stops, steps, complaint):
    with pytest.raises(LatentError, match=complaint):
        walk(PLANE, stops, steps)


def test_angles_worked_out_by_hand():
    stops = torch.stack([EAST, 5 * NORTH, -EAST, -EAST])
    assert angles(PLANE, stops).tolist() == pytest.approx([90, 90, 0, 180])
    assert angles(PLANE, torch.stack([EAST, torch.zeros(2)])).isnan().all()


def test_small_angles_are_exact():
    stops = torch.tensor([[1.0, 0.0], [1.0, 1e-6]])
    assert angles(PLANE, stops)[0] == pytest.approx(math.degrees(1e-6))


def test_codes_go_straight_where_the_noise_turns():
    spec = LatentSpec((Section("noise", 2), Section("code", 2, "uniform")))
    stops = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    half = walk(spec, stops, 2)[1]
    torch.testing.assert_close(half, torch.tensor([0.5**0.5, 0.5**0.5, 0.5, 0.5]))
