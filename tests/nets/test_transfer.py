import pytest
import torch
from torch import Size, nn

from gan_core.nets import DCGANGenerator
from gan_core.nets.transfer import adopt, fitting_share, overlap


@pytest.mark.parametrize(
    ("shape", "trained", "block"),
    [
        ((4, 2), (4, 2), (slice(4), slice(2))),
        ((4, 2), (5, 2), (slice(4), slice(2))),
        ((4, 2), (3, 2), (slice(3), slice(2))),
        ((4, 2), (2, 2), None),  # half
        ((2, 2), (4, 2), None),
        ((4, 2), (8,), None),
        ((4, 2), None, None),
        ((), (), ()),  # BatchNorm counts its batches
    ],
)
def test_the_common_block(shape, trained, block):
    assert overlap(Size(shape), None if trained is None else Size(trained)) == block


def test_what_fits_is_taken_over_and_the_rest_left():
    net = nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 1))
    with torch.no_grad():
        for weight in net.parameters():
            weight.fill_(7)
    share = adopt(net, {"0.weight": torch.ones(2, 3), "1.weight": torch.ones(5, 5, 5), "0.bias": torch.zeros(2)})
    assert net[0].weight.tolist() == [[1, 1, 1, 7], [1, 1, 1, 7]]
    assert net[0].bias.tolist() == [0, 0]
    assert net[1].weight.tolist() == [[7, 7]]
    assert share == (6 + 2) / (8 + 2 + 2 + 1)


def test_shares_need_no_memory():
    with torch.device("meta"):
        net = nn.Linear(4, 1)
    assert fitting_share({"weight": Size((1, 4))}, net) == 4 / 5
    assert fitting_share({}, net) == 0


def generator(classes: int) -> DCGANGenerator:
    torch.manual_seed(classes)
    return DCGANGenerator(latent_size=20, features=[8, 4], kernels=[4, 4], num_classes=classes)


def test_another_number_of_classes_keeps_what_the_noise_draws():
    """The classes come after the noise, so those that are new are the last inputs."""
    net, trained = generator(5), generator(2)
    opening = net.layers[0].weight.clone()
    assert adopt(net, trained.state_dict()) < 1
    z = torch.randn(3, 20)
    drawn = trained.eval()(torch.cat([z, torch.ones(3, 2)], dim=1))
    assert torch.equal(net.eval()(torch.cat([z, torch.ones(3, 2), torch.zeros(3, 3)], dim=1)), drawn)
    assert torch.equal(net.layers[0].weight[22:], opening[22:])
    assert adopt(generator(2), generator(5).state_dict()) == 1


def test_a_wider_network_does_not_fit():
    wider = DCGANGenerator(latent_size=20, features=[16, 8], kernels=[4, 4], num_classes=2)
    assert adopt(generator(2), wider.state_dict()) == 0
