import copy

import numpy as np
import pytest
import torch

from gan_core.families import FAMILIES
from gan_core.training.device import is_quick_in_bfloat16
from gan_core.training.precision import Precision
from tests.training.trainers import stuck, trainer, values

CPU = torch.device("cpu")
PRODUCTS = torch.backends.mkldnn.matmul


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("gan_core.training.precision.is_quick_in_bfloat16", lambda device: True)


@pytest.mark.parametrize("family", FAMILIES)
def test_mixed_trains_every_weight_in_float32(family, quick):
    exact, mixed = trainer(family), trainer(family, precision="mixed")
    before = copy.deepcopy(mixed.gan.state_dict())
    exact.advance(5), mixed.advance(5)
    expected, rounded = values(exact), values(mixed)
    assert np.allclose(expected[:1], rounded[:1], atol=0.1)  # later steps drift apart
    if is_quick_in_bfloat16(CPU):  # an older CPU may have no bfloat16 to round with
        assert not np.array_equal(expected, rounded)

    # A relativistic game begins in balance: rounded, real and fake cancel in a bias until the weights have tipped it.
    mixed.advance(35)
    assert all(p.dtype == torch.float32 for p in mixed.gan.parameters())
    assert stuck(mixed, before) == []


def test_mixed_is_float32_where_that_is_quicker(monkeypatch):
    monkeypatch.setattr("gan_core.training.precision.is_quick_in_bfloat16", lambda device: False)
    exact, mixed = trainer(), trainer(precision="mixed")
    exact.advance(3), mixed.advance(3)
    assert np.array_equal(values(exact), values(mixed))


def test_convolutions_are_cast_and_fully_connected_networks_round_their_products(quick):
    convolutional = Precision("mixed", CPU, trainer("dcgan").gan)
    connected = Precision("mixed", CPU, trainer("vanilla").gan)
    for precision, casts, rounds in ((convolutional, True, False), (connected, False, True)):
        with precision.autocast():
            assert torch.is_autocast_enabled("cpu") is casts
        with precision.products():
            assert (PRODUCTS.fp32_precision == "bf16") is rounds


@pytest.mark.filterwarnings("ignore:CUDA is not available")
def test_a_graphics_card_casts_everything(quick):
    precision = Precision("mixed", torch.device("cuda"), trainer("vanilla").gan)
    assert isinstance(precision.autocast(), torch.autocast)
    with precision.products():
        assert PRODUCTS.fp32_precision != "bf16"


def test_float32_leaves_everything_alone(quick):
    precision = Precision("float32", CPU, trainer("vanilla").gan)
    with precision.autocast(), precision.products():
        assert not torch.is_autocast_enabled("cpu")
        assert PRODUCTS.fp32_precision != "bf16"


def test_products_are_rounded_while_it_trains_and_not_after(quick):
    before = PRODUCTS.fp32_precision
    seen = []

    def look():
        seen.append(PRODUCTS.fp32_precision)
        return len(seen) > 2

    mixed = trainer(precision="mixed")
    mixed.advance(10, interrupted=look)
    assert seen == ["bf16"] * 3
    assert PRODUCTS.fp32_precision == before


@pytest.mark.skipif(not is_quick_in_bfloat16(CPU), reason="this CPU has no quick bfloat16")
def test_rounded_products_by_hand(quick):
    # bfloat16 has 8 significant bits: 1 + 2^-9 rounds to 1, and float32 sums lose nothing.
    a = torch.full((32, 32), 1 + 2**-9)
    exact = 32 * (1 + 2**-9) ** 2
    with Precision("mixed", CPU, trainer("vanilla").gan).products():
        assert (a @ a)[0, 0].item() == 32.0
    assert (a @ a)[0, 0].item() == pytest.approx(exact, abs=1e-4)
