import copy
import json
import math

import pytest
import torch
from torch import nn

from gan_core.errors import CheckpointError
from gan_core.nets import (
    NETS,
    AuxiliaryHeadDiscriminator,
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
    build_net,
)
from gan_core.nets.conv import KERNELS, feature_channels
from gan_core.nets.initialization import init_he, without_values


def some_nets():
    shape = {"image_size": 28, "channels": 1}
    yield MLPGenerator(latent_size=7, hidden=[5, 6], norm=[False, True], **shape), (3, 7)
    yield MLPGenerator(latent_size=7, hidden=[5], num_classes=4, **shape), (3, 11)
    yield MLPDiscriminator(hidden=[5], dropout=0.4, **shape), (3, 1, 28, 28)
    yield DCGANGenerator(latent_size=7, features=[8, 4], kernels=[4, 4], start=7, channels=3), (3, 7)
    yield (
        DCGANGenerator(latent_size=7, features=[8, 4], kernels=[3, 4], start=7, num_classes=4, bias=True, norm=False),
        (3, 11),
    )
    yield DCGANDiscriminator(features=[8, 4], kernels=[4, 4], start=7, channels=3), (3, 3, 28, 28)
    yield DCGANDiscriminator(features=[8, 4], kernels=[4, 4], start=7, spectral=True), (3, 1, 28, 28)


@pytest.mark.parametrize(("net", "shape"), list(some_nets()))
def test_a_net_can_be_built_again_from_its_spec(net, shape):
    again = build_net(json.loads(json.dumps(net.spec)))
    again.load_state_dict(net.state_dict())
    x = torch.randn(shape)
    assert torch.equal(net.eval()(x), again.eval()(x))


@pytest.mark.parametrize(("net", "shape"), list(some_nets()))
def test_a_net_built_without_values_has_its_shapes_and_takes_its_weights(net, shape):
    with without_values():
        outline = build_net(net.spec)
    assert {name: tensor.shape for name, tensor in outline.state_dict().items()} == {
        name: tensor.shape for name, tensor in net.state_dict().items()
    }
    assert {tensor.device.type for tensor in outline.state_dict().values()} == {"meta"}
    outline.load_state_dict(net.state_dict(), assign=True)
    assert all(torch.equal(outline.state_dict()[name], tensor) for name, tensor in net.state_dict().items())


@pytest.mark.parametrize("image_size", KERNELS)
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_shapes(image_size, channels):
    shape = {"features": feature_channels(image_size, 4), "kernels": KERNELS[image_size], "channels": channels}
    generator = DCGANGenerator(latent_size=9, **shape)
    discriminator = DCGANDiscriminator(**shape)
    images = generator(torch.randn(2, 9))
    assert images.shape == (2, channels, image_size, image_size)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (2,)


def test_feature_channels_end_at_the_width():
    assert feature_channels(28, 64) == [256, 128, 64]
    assert feature_channels(32, 64) == [256, 128, 64]
    assert feature_channels(64, 64) == [512, 256, 128, 64]


def test_the_standard_vanilla_generator_has_the_published_layers():
    net = MLPGenerator(
        latent_size=100, hidden=[128, 256, 512, 1024], norm=[False, True, True, True], image_size=28, channels=1
    )
    linear = [tuple(m.weight.shape) for m in net.modules() if isinstance(m, nn.Linear)]
    assert linear == [(128, 100), (256, 128), (512, 256), (1024, 512), (784, 1024)]
    assert [m.num_features for m in net.modules() if isinstance(m, nn.BatchNorm1d)] == [256, 512, 1024]


def test_batch_norm_uses_the_usual_epsilon_and_momentum():
    # BatchNorm(n, 0.8), found in much published code, sets the epsilon to 0.8.
    net = MLPGenerator(latent_size=3, hidden=[4, 5], norm=[True, True], image_size=28)
    for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm1d)):
        assert (norm.eps, norm.momentum) == (1e-5, 0.1)


def test_dcgan_initialisation():
    torch.manual_seed(0)
    net = DCGANGenerator(latent_size=100, features=[256, 128], kernels=[4, 4])
    conv, norm = net.layers[0], net.layers[1]
    assert conv.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert norm.weight.mean().item() == pytest.approx(1.0, abs=0.02)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.5)


def test_he_initialisation_by_hand():
    """Variances of 2 / ((1 + 0.2^2) inputs): 400 inputs give 0.0048, and 16 channels of 5x5 pixels the same."""
    torch.manual_seed(0)
    net = init_he(nn.Sequential(nn.Linear(400, 200), nn.Conv2d(16, 64, 5)))
    for layer in net:
        assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / 1.04 / 400), rel=0.02)
        assert not layer.bias.any()


@pytest.mark.parametrize("kind", ["mlp", "conv"])
def test_the_class_reaches_both_networks(kind):
    torch.manual_seed(0)
    if kind == "mlp":
        shape = {"image_size": 28, "channels": 1, "num_classes": 3}
        generator, discriminator = (
            MLPGenerator(latent_size=5, hidden=[8], **shape),
            MLPDiscriminator(hidden=[8], **shape),
        )
    else:
        shape = {"features": [8, 4], "kernels": [4, 4], "start": 7, "num_classes": 3}
        generator = DCGANGenerator(latent_size=5, **shape)
        discriminator = DCGANDiscriminator(**shape)
    generator.eval(), discriminator.eval()
    noise, classes = torch.randn(1, 5).repeat(3, 1), torch.eye(3)
    images = generator(torch.cat([noise, classes], dim=1))
    assert not torch.allclose(images[0], images[1])
    logits = discriminator(images[:1].repeat(3, 1, 1, 1), classes)
    assert len(set(logits.tolist())) == 3


def test_an_unknown_or_unfitting_spec_is_refused_in_one_line():
    with pytest.raises(CheckpointError, match="unknown network 'Evil'"):
        build_net({"net": "Evil"})
    with pytest.raises(CheckpointError, match="does not fit"):
        build_net({"net": "MLPGenerator", "depth": 3})


def test_a_name_can_be_taken_once():
    with pytest.raises(TypeError, match="already"):
        type("MLPGenerator", (NETS["MLPGenerator"],), {})


def test_a_net_records_its_arguments_by_itself():
    net = DCGANDiscriminator(features=(8, 4), kernels=(4, 4), spectral=True)
    expected = {"features": [8, 4], "kernels": [4, 4], "start": 4, "channels": 1, "num_classes": 0, "norm": True}
    assert net.spec == {"net": "DCGANDiscriminator", **expected, "spectral": True}
    headed = AuxiliaryHeadDiscriminator(aux_dim=3, features=[8])
    assert (headed.spec["net"], headed.spec["aux_dim"], headed.spec["kernels"]) == (
        "AuxiliaryHeadDiscriminator",
        3,
        None,
    )
    assert copy.deepcopy(headed).spec == headed.spec


def test_an_argument_that_json_cannot_hold_is_refused():
    with pytest.raises(TypeError, match="hidden is a Tensor"):
        MLPDiscriminator(hidden=torch.ones(2), image_size=28)
