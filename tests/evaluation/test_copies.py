import pytest
import torch

from gan_core.evaluation.copies import Copies, CopyFinder, as_thumbnails, is_copy


def flat_images(*values: float) -> torch.Tensor:
    """Gray images of one value each, 2 x 2 pixels."""
    return torch.tensor(values, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 2, 2)


def test_a_copy_is_three_times_nearer_to_one_image_than_to_the_next():
    """Beside images of 0 and 100: 20 lies 20 and 80 away, a ratio of 1/4; 30 one of 3/7; 88 one of 12/88."""
    finder = CopyFinder(flat_images(0, 100))
    found = finder.find(flat_images(20, 30, 88, 0))
    assert found.nearest.tolist() == [0, 0, 1, 0]
    assert found.ratios.tolist() == pytest.approx([1 / 4, 3 / 7, 12 / 88, 0])
    assert is_copy(found.ratios).tolist() == [True, False, True, True]
    assert found.rate == 0.75


def test_of_equal_training_images_the_first_is_searched():
    """Otherwise the second nearest would be the same image, and nothing a copy."""
    finder = CopyFinder(flat_images(200, 7, 200, 7, 7))
    found = finder.find(flat_images(7, 199))
    assert found.nearest.tolist() == [1, 0]
    assert is_copy(found.ratios).all()


def test_where_all_training_images_are_equal_nothing_can_be_told():
    found = CopyFinder(flat_images(7, 7)).find(flat_images(7, 8, 9))
    assert found.nearest.tolist() == [0, 0, 0]
    assert found.rate == 0


def test_thumbnails_by_hand():
    """Of 28 pixels a side 14, of 64 16; each is the mean of its square."""
    image = torch.arange(4, dtype=torch.uint8).view(1, 1, 2, 2).repeat(1, 1, 14, 14)
    assert as_thumbnails(image).tolist() == [[1.5] * 196]
    assert as_thumbnails(torch.zeros(2, 3, 64, 64, dtype=torch.uint8)).shape == (2, 3 * 16 * 16)
    assert torch.equal(as_thumbnails(flat_images(5)), torch.full((1, 4), 5.0))


def test_the_rate_is_that_of_the_samples():
    assert Copies(torch.zeros(4).long(), torch.tensor([0.1, 0.2, 0.5, 1.0])).rate == 0.5
