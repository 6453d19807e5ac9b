import torch

from gan_core.data.pixels import pad_to_size, to_channels, to_size


def test_grey_is_repeated():
    grey = torch.randint(0, 256, (3, 1, 4, 4), dtype=torch.uint8)
    assert torch.equal(to_channels(grey, 3), torch.cat([grey] * 3, 1))
    assert to_channels(grey, 1) is grey


def test_luma_by_hand():
    colours = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [10, 20, 30]], dtype=torch.uint8)
    grey = to_channels(colours[:, :, None, None], 1)
    assert grey.flatten().tolist() == [76, 150, 29, 255, 18]


def test_chunks_cover_everything():
    colour = torch.full((2500, 3, 2, 2), 7, dtype=torch.uint8)
    assert (to_channels(colour, 1) == 7).all()
    assert (to_size(colour, 4) == 7).all()


def test_shrinking_averages_instead_of_picking():
    board = ((torch.arange(64)[:, None] + torch.arange(64)) % 2 * 255).to(torch.uint8)[None, None]
    small = to_size(board, 32)
    assert small.shape == (1, 1, 32, 32)
    assert (small.int() - 128).abs().max() <= 6


def test_padding_keeps_pixels():
    images = torch.randint(1, 256, (2, 1, 28, 28), dtype=torch.uint8)
    padded = pad_to_size(images, 32)
    assert torch.equal(padded[:, :, 2:30, 2:30], images)
    assert padded.int().sum() == images.int().sum()
