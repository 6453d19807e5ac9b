import pytest
import torch

from gan_core.augment import POLICIES, Augmentation, cut_out, recolor, translate, warp
from gan_core.nets.pyramid import pyramid

ALL = "color_translation_cutout"


def drawn(policy: str, count: int, side: int) -> Augmentation:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Augmentation.draw(policy, torch.zeros(count, 1, side, side), side)


def noise(count: int, side: int, channels: int = 1) -> torch.Tensor:
    return torch.rand(count, channels, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_each_image_moves_its_own_way():
    image = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    shift = torch.tensor([[0, 0], [1, 0], [0, -1], [-1, 1]])
    moved = translate(image.expand(4, 1, 2, 2), shift)
    assert moved[:, 0].tolist() == [
        [[1, 2], [3, 4]],
        [[0, 0], [1, 2]],
        [[2, 0], [4, 0]],
        [[0, 3], [0, 0]],
    ]


def test_instance_noise_has_the_deviation_that_is_asked_for_and_fits_all_scales():
    images = noise(200, 8)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        change = Augmentation.draw("none", images, 4, noise=0.5)
    added = change(images) - images
    assert added.mean().item() == pytest.approx(0, abs=0.02)
    assert added.std().item() == pytest.approx(0.5, abs=0.02)
    coarse = torch.nn.functional.avg_pool2d(images, 2)  # a coarse image that was changed is what a fine one would give
    assert torch.allclose(change(coarse), torch.nn.functional.avg_pool2d(change(images), 2), atol=1e-6)


@pytest.mark.parametrize("side", [28, 32, 64])
def test_a_shift_only_moves_pixels(side):
    images = noise(3, side, channels=3)
    moved = translate(images, torch.tensor([[4, 0], [0, -8], [-1, 3]]))
    assert torch.equal(moved[0, :, 4:], images[0, :, :-4])
    assert torch.equal(moved[1, :, :, :-8], images[1, :, :, 8:])
    assert torch.equal(moved[2, :, :-1, 3:], images[2, :, 1:, :-3])


def test_a_hole_is_cut_as_far_as_it_lies_inside():
    images = cut_out(torch.ones(2, 1, 3, 3), torch.tensor([[1, 1], [-1, 2]]), 2)
    assert images[:, 0].tolist() == [
        [[1, 1, 1], [1, 0, 0], [1, 0, 0]],
        [[1, 1, 0], [1, 1, 1], [1, 1, 1]],
    ]


def test_brightness_and_contrast_by_hand():
    """0 and 1 become 0.5 and 1.5; half the contrast halves their distances from the mean, 1."""
    images = recolor(torch.tensor([[[[0.0, 1.0]]]]), torch.tensor([0.5]), torch.tensor([7.0]), torch.tensor([0.5]))
    assert images.flatten().tolist() == [0.75, 1.25]


def test_saturation_by_hand():
    """A pixel of mean 0.25 whose colors lie twice as far from it, and one of mean 0.5 beside it that is gray."""
    color = torch.tensor([[[[0.0, 0.5]], [[0.25, 0.5]], [[0.5, 0.5]]]])
    images = recolor(color, torch.zeros(1), torch.tensor([2.0]), torch.ones(1))
    assert images[0, :, 0].tolist() == [[-0.25, 0.5], [0.25, 0.5], [0.75, 0.5]]


def test_gradients_go_through_by_hand():
    """The first pixel at half the contrast is 3/4 of itself and 1/4 of the other; what fell into a hole has none."""
    images = torch.tensor([[[[0.0, 1.0]]], [[[0.0, 1.0]]]], requires_grad=True)
    recolor(images, torch.zeros(2), torch.ones(2), torch.full((2,), 0.5))[0, 0, 0, 0].backward()
    assert images.grad[:, 0, 0].tolist() == [[0.75, 0.25], [0, 0]]

    square = torch.ones(1, 1, 3, 3, requires_grad=True)
    change = Augmentation(3, shift=torch.tensor([[1, 0]]), hole=torch.tensor([[2, 2]]))
    (change(square) * torch.arange(9.0).view(3, 3)).sum().backward()
    # The rows move down by one, the last one out; of what is left the hole hides the last two columns.
    assert square.grad[0, 0].tolist() == [[3, 0, 0], [6, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(("policy", "parts"), POLICIES.items())
def test_a_policy_does_what_its_name_says(policy, parts):
    change = drawn(policy, 4, 28)
    done = {"color": change.color, "translation": change.shift, "cutout": change.hole}
    assert {part for part, value in done.items() if value is not None} == parts
    assert torch.equal(change(noise(4, 28)), noise(4, 28)) == (policy == "none")


def test_changes_stay_within_their_bounds():
    """Of 28 pixels: shifts of up to 4, centers of holes anywhere, half a unit of brightness either way."""
    change = drawn(ALL, 4000, 28)
    brightness, saturation, contrast = change.color
    assert set(change.shift.flatten().tolist()) == set(range(-4, 5))
    assert set(change.hole.flatten().tolist()) == set(range(29))
    for value, low, high in ((brightness, -0.5, 0.5), (saturation, 0, 2), (contrast, 0.5, 1.5)):
        assert low <= value.min() < low + 0.01
        assert high - 0.01 < value.max() <= high


@pytest.mark.parametrize(("side", "coarsest"), [(28, 7), (32, 8), (64, 8)])
def test_every_scale_of_a_pyramid_is_changed_alike(side, coarsest):
    images, change = noise(16, side, channels=3), drawn(ALL, 16, coarsest)
    for level, changed in zip(pyramid(images), pyramid(change(images)), strict=True):
        assert torch.allclose(change(level), changed, atol=1e-5)


def test_a_warped_image_stays_where_it_was_and_in_its_range():
    """A bright disc in the middle stays in the middle; a flat image stays flat up to its edge."""
    axis = torch.linspace(-1, 1, 28)
    disc = ((axis[:, None] ** 2 + axis**2) < 0.25).float().mul(2).sub(1).expand(16, 1, 28, 28)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        warped = warp(disc)
    assert warped.shape == disc.shape
    assert warped.abs().max() <= 1
    assert warped[:, 0, 12:16, 12:16].min() > 0.9
    assert not torch.allclose(warped[0], warped[1])
    flat = torch.full((2, 3, 16, 16), 0.3)
    assert torch.allclose(warp(flat), flat, atol=1e-5)
