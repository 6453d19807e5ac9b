import torch

from gan_core.data.digit_skeletons import DIGITS
from gan_core.data.strokes import SAMPLES, draw_digits, load_strokes, sampling_matrix, segments_of


def test_same_seed_same_bytes_other_seed_other_bytes():
    first, labels, _ = draw_digits(60, seed=3)
    again, labels_again, _ = draw_digits(60, seed=3)
    other, *_ = draw_digits(60, seed=4)
    assert torch.equal(first, again)
    assert torch.equal(labels, labels_again)
    assert not torch.equal(first, other)


def test_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    draw_digits(20)
    assert torch.equal(before, torch.get_rng_state())


def test_classes_are_balanced_and_shuffled():
    images, labels, _ = draw_digits(200)
    assert images.dtype == torch.uint8
    assert images.shape == (200, 1, 28, 28)
    assert torch.bincount(labels).tolist() == [20] * 10
    assert labels[:20].tolist() != [i % 10 for i in range(20)]


def test_drawn_at_the_size_asked_for_the_same_digit_appears():
    small, *_ = draw_digits(40, 28)
    large, *_ = draw_digits(40, 64)
    shrunk = torch.nn.functional.interpolate(large.float(), (28, 28), mode="bilinear", antialias=True)
    assert (shrunk - small.float()).abs().mean() < 6


def test_digits_lie_in_the_middle_within_margins():
    images, *_ = draw_digits(500)
    ink = images[:, 0].float() / 255
    assert ink.amax((1, 2)).min() > 0.5  # none is empty or faint
    border = torch.cat((ink[:, 0], ink[:, -1], ink[:, :, 0], ink[:, :, -1]), 1)
    assert (border.amax(1) > 0.5).float().mean() < 0.02
    pixels = torch.arange(28) + 0.5
    mass = ink.sum((1, 2))
    rows, columns = (ink.sum(2) @ pixels) / mass, (ink.sum(1) @ pixels) / mass
    assert (rows - 14).abs().mean() < 1
    assert (columns - 14).abs().mean() < 1
    height = (ink.amax(2) > 0.3).sum(1).float()
    assert 17 < height.mean() < 22


def test_ink_is_antialiased_white_on_black():
    images, *_ = draw_digits(100)
    share = [(images == 0).float().mean(), (images == 255).float().mean()]
    assert 0.7 < share[0] < 0.9
    assert 0.03 < share[1] < 0.2
    assert share[0] + share[1] < 0.97


def test_digits_of_one_class_vary_and_classes_differ():
    images, labels, _ = draw_digits(600)
    flat = images.flatten(1).float()
    means = torch.stack([flat[labels == digit].mean(0) for digit in range(10)])
    nearest = torch.cdist(flat, means).argmin(1)
    assert (nearest == labels).float().mean() > 0.6  # chance is 0.1
    for digit in range(10):
        same = flat[labels == digit]
        assert torch.pdist(same).min() > 200


def test_curves_pass_through_their_control_points():
    for variants in DIGITS:
        for skeleton in variants:
            matrix = sampling_matrix(skeleton)
            assert matrix.shape == (SAMPLES, len(skeleton.points))
            assert torch.allclose(matrix.sum(1), torch.ones(SAMPLES), atol=1e-5)
            points = torch.tensor(skeleton.points)
            assert torch.cdist(points, matrix @ points).amin(1).max() < 0.01


def test_loops_close_smoothly_and_loose_ends_repeat_themselves():
    assert segments_of((5, 6, 7)) == [(5, 5, 6, 7), (5, 6, 7, 7)]
    assert segments_of((5, 6, 7, 5)) == [(7, 5, 6, 7), (5, 6, 7, 5), (6, 7, 5, 6)]


def test_progress_and_colour():
    seen = []
    data = load_strokes(28, 3, lambda what, fraction: seen.append((what, fraction)), count=20)
    assert data.images.shape == (20, 3, 28, 28)
    assert torch.equal(data.images[:, 0], data.images[:, 2])
    assert data.class_names == tuple("0123456789")
    assert seen[-1] == ("drawing digits", 1.0)
