"""How the general network is made: what its training sees, and what is stored."""

import pytest
import torch
from safetensors.torch import save

from bench.ship_general import UNIT, as_stored, augment
from gan_core.evaluation.general import GeneralNetwork, as_network
from tests.helpers.data import make_data


@pytest.mark.parametrize("grey", [True, False])
def test_batches_have_the_size_and_the_channels_that_are_asked_for(grey):
    images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng():
        batch = augment(images, 48, grey=grey)
    assert batch.shape == (4, 1 if grey else 3, 48, 48)
    assert -1 <= batch.min() < batch.max() <= 1


def test_an_image_is_shifted_by_four_pixels_at_most_and_perhaps_mirrored():
    images = torch.zeros(512, 3, 32, 32, dtype=torch.uint8)
    images[:, :, 16, 8] = 255
    with torch.random.fork_rng():
        torch.manual_seed(0)
        spots = (augment(images, 32, grey=False)[:, 0] == 1).nonzero()
    assert spots[:, 1].unique().tolist() == list(range(12, 21))
    columns = spots[:, 2]
    assert {*columns.tolist()} == {*range(4, 13), *range(19, 28)}  # 8 shifted, and 31 - 8 where it was mirrored


def test_what_is_stored_has_larger_features_and_the_same_logits():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = GeneralNetwork().eval()
    stored = as_network(save(as_stored(network)))
    images = make_data(8, channels=3, image_size=32).images
    features = network.features(images)
    assert torch.allclose(stored.features(images), UNIT * features, rtol=1e-2, atol=1e-2)
    with torch.inference_mode():
        assert torch.allclose(stored.head(stored.features(images)), network.head(features), atol=1e-2)
