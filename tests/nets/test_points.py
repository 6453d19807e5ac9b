"""Convolutions between 1x1 maps and maps as large as the kernel are computed as matrix products."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_core.nets.conv import LatentProjection, LogitProjection

CASES = [(LatentProjection, nn.ConvTranspose2d, (5, 3, 1, 1)), (LogitProjection, nn.Conv2d, (5, 3, 4, 4))]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("ours", "torchs", "shape"), CASES)
def test_they_are_the_convolutions_of_torch(ours, torchs, shape, bias, layout):
    mine, theirs = (kind(3, 6, 4, bias=bias).double().to(memory_format=layout) for kind in (ours, torchs))
    mine.load_state_dict(theirs.state_dict())
    maps = torch.randn(shape, dtype=torch.float64).to(memory_format=layout).requires_grad_()

    mine_out, theirs_out = mine(maps), theirs(maps)

    torch.testing.assert_close(mine_out, theirs_out)
    weights = [(mine.weight, maps), (theirs.weight, maps)]
    for got, expected in zip(
        *(torch.autograd.grad(out.sin().sum(), of) for out, of in zip((mine_out, theirs_out), weights, strict=True)),
        strict=True,
    ):
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize(("ours", "torchs", "shape"), CASES)
def test_gradients_of_gradients_pass_through(ours, torchs, shape):
    layer = ours(3, 2, 4).double()
    maps = torch.randn(shape, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradgradcheck(lambda images: layer(images).sin(), maps)


def test_spectral_norm_divides_their_weights_too():
    layer = spectral_norm(LogitProjection(3, 1, 4, bias=False), n_power_iterations=50)

    norm = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)

    assert norm.item() == pytest.approx(1, abs=1e-4)
