import torch
from torch import nn

from bench.arithmetic import Operand, arithmetic_of


def test_a_small_network_by_hand():
    """A product of (n, k) and (k, m) is n m k multiplications and as many additions."""
    net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 1))
    images = torch.randn(4, 10)

    forward = arithmetic_of(lambda: net(images))
    both = arithmetic_of(lambda: net(images).sum().backward())

    first, second = 2 * 4 * 10 * 20, 2 * 4 * 20 * 1
    assert forward.flops == first + second
    # Backwards: the gradients of both weights, and that of the hidden layer; the images need none.
    assert both.flops == 2 * first + 3 * second


def test_every_product_is_written_down_as_it_was_called():
    net = nn.Sequential(nn.Conv2d(1, 4, 4, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 4))
    net.to(memory_format=torch.channels_last)

    arithmetic = arithmetic_of(lambda: [net(torch.zeros(2, 1, 8, 8)).sum().backward() for _ in range(3)])

    names = [product.function.__name__ for product in arithmetic.products]
    assert sorted(names) == ["convolution.default"] * 2 + ["convolution_backward.default"] * 2
    assert set(arithmetic.products.values()) == {3}
    weight = Operand.of(net[2].weight)
    assert any(weight in product.arguments for product in arithmetic.products)
    assert weight.random().is_contiguous(memory_format=torch.channels_last)


def test_products_can_be_repeated_alone():
    net = nn.Conv2d(1, 4, 4)
    arithmetic = arithmetic_of(lambda: net(torch.zeros(2, 1, 8, 8)).sum().backward())

    assert len(arithmetic.products) == 2
    assert arithmetic.seconds(budget=0) > 0
