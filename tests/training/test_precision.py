"""Which arithmetic is chosen, with processors that are made up; and that each does what its name says, on this one."""

import copy

import numpy as np
import pytest
import torch

from gan_core.families import FAMILIES
from gan_core.training import device, precision
from gan_core.training.precision import Precision, supports_bf16_matmul
from tests.helpers.trainers import stuck, trainer, values

CPU = torch.device("cpu")
AUTO_IS_MIXED = precision.auto_is_mixed  # the tests replace it
PRODUCTS = torch.backends.mkldnn.matmul
needs_onednn = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch is built without oneDNN")


def processor(monkeypatch, *, quick: bool, rounds: bool) -> None:
    """Have the processor be one whose bfloat16 is quick, or not, and which rounds float32 products, or does not."""
    monkeypatch.setattr(precision, "bf16_is_fast", lambda device: quick)
    monkeypatch.setattr(precision, "supports_bf16_matmul", lambda: rounds)


@pytest.mark.parametrize(
    ("family", "quick", "rounds", "way"),
    [
        ("vanilla", True, True, "products"),
        ("vanilla", True, False, "autocast"),
        ("dcgan", True, True, "autocast"),
        ("dcgan", True, False, "autocast"),
        ("vanilla", False, True, "float32"),
        ("dcgan", False, False, "float32"),
    ],
)
def test_what_mixed_means_to_a_network_on_a_processor(monkeypatch, family, quick, rounds, way):
    processor(monkeypatch, quick=quick, rounds=rounds)
    gan = trainer(family).gan
    assert Precision("mixed", CPU, gan).way == way
    assert Precision("float32", CPU, gan).way == "float32"


@pytest.mark.parametrize(
    ("kind", "quick", "way"), [("cpu", True, "autocast"), ("cpu", False, "float32"), ("cuda", True, "float32")]
)
def test_auto_is_mixed_where_a_cpu_is_measured_to_gain(monkeypatch, kind, quick, way):
    processor(monkeypatch, quick=quick, rounds=False)
    monkeypatch.setattr(precision, "auto_is_mixed", AUTO_IS_MIXED)
    warnings = []
    assert Precision("auto", torch.device(kind), trainer("dcgan").gan, warnings.append).way == way
    assert warnings == []


@pytest.mark.filterwarnings("ignore:CUDA is not available", "ignore:User provided device_type of 'cuda'")
def test_a_graphics_card_casts_everything(monkeypatch):
    processor(monkeypatch, quick=True, rounds=True)
    mixed = Precision("mixed", torch.device("cuda"), trainer("vanilla").gan)
    assert mixed.way == "autocast"
    assert isinstance(mixed.autocast(), torch.autocast)


@pytest.mark.parametrize("family", FAMILIES)
def test_mixed_trains_every_weight_in_float32(family, monkeypatch):
    processor(monkeypatch, quick=True, rounds=False)
    exact, mixed = trainer(family), trainer(family, precision="mixed")
    before = copy.deepcopy(mixed.gan.state_dict())
    exact.train_steps(2), mixed.train_steps(2)
    expected, rounded = values(exact), values(mixed)
    assert np.allclose(expected[:1], rounded[:1], atol=0.1)  # later steps drift apart
    assert not np.array_equal(expected, rounded)

    # A relativistic game begins in balance: rounded, real and fake cancel in a bias until the weights have tipped it.
    mixed.train_steps(35)
    assert all(p.dtype == torch.float32 for p in mixed.gan.parameters())
    assert stuck(mixed, before) == []


def test_mixed_is_float32_where_that_is_quicker_and_says_so(monkeypatch):
    processor(monkeypatch, quick=False, rounds=True)
    exact, mixed = trainer(), trainer(precision="mixed")
    exact.train_steps(3), mixed.train_steps(3)
    assert np.array_equal(values(exact), values(mixed))
    assert exact.pop_warnings() == []
    assert mixed.pop_warnings() == [
        "mixed precision is no quicker on the cpu of this machine: the run computes in float32"
    ]


@needs_onednn
def test_products_are_rounded_while_it_trains_and_not_after(monkeypatch):
    processor(monkeypatch, quick=True, rounds=True)
    before = PRODUCTS.fp32_precision
    seen = []

    def look():
        seen.append(PRODUCTS.fp32_precision)
        return len(seen) > 2

    mixed = trainer(precision="mixed")
    mixed.train_steps(10, interrupted=look)
    assert seen == ["bf16"] * 3
    assert PRODUCTS.fp32_precision == before


@pytest.mark.parametrize("way", ["float32", "autocast"])
def test_only_rounded_products_change_the_setting_of_the_process(monkeypatch, way):
    processor(monkeypatch, quick=way == "autocast", rounds=False)
    mixed = Precision("mixed", CPU, trainer("vanilla").gan)
    with mixed.autocast(), mixed.bf16_matmul():
        assert torch.is_autocast_enabled("cpu") == (way == "autocast")
        assert PRODUCTS.fp32_precision != "bf16"


# bfloat16 has 8 significant bits: 1 + 2^-9 rounds to 1, and float32 sums lose nothing.
FACTOR = 1 + 2**-9


def test_autocast_by_hand(monkeypatch):
    processor(monkeypatch, quick=True, rounds=False)
    a = torch.full((64, 64), FACTOR)
    with Precision("mixed", CPU, trainer("vanilla").gan).autocast():
        assert (a @ a)[0, 0].item() == 64.0
    assert (a @ a)[0, 0].item() == pytest.approx(64 * FACTOR**2, abs=1e-3)


@needs_onednn
def test_rounded_products_by_hand(monkeypatch):
    """The probe of a small product holds for others, whichever way this processor goes."""
    rounds = supports_bf16_matmul()
    processor(monkeypatch, quick=True, rounds=True)
    a, b = torch.full((48, 200), FACTOR), torch.full((200, 96), FACTOR)
    with Precision("mixed", CPU, trainer("vanilla").gan).bf16_matmul():
        expected = 200.0 if rounds else 200 * FACTOR**2
        assert (a @ b)[0, 0].item() == pytest.approx(expected, abs=1e-2)
    assert (a @ b)[0, 0].item() == pytest.approx(200 * FACTOR**2, abs=1e-2)


def test_a_torch_without_onednn_rounds_nothing(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert supports_bf16_matmul.__wrapped__() is False


@pytest.mark.parametrize(("gain", "quick"), [(0.03, False), (1.0, False), (1.8, True)])
def test_a_processor_is_quick_when_its_products_are(monkeypatch, gain, quick):
    monkeypatch.setattr(device, "_bf16_gain", lambda: gain)
    assert device.bf16_is_fast(CPU) is quick


def test_the_gain_is_the_ratio_of_the_quickest_products(monkeypatch):
    now = [0.0]

    def product(a, b):
        trial[0] += 1
        now[0] += (1.0 if a.dtype == torch.bfloat16 else 3.0) + (50.0 if trial[0] < 5 else 0.0)

    trial = [0]
    monkeypatch.setattr(device.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(torch, "mm", product)
    threads = torch.get_num_threads()
    assert device._bf16_gain.__wrapped__() == 3.0
    assert torch.get_num_threads() == threads


# Going on


def resumed_on(monkeypatch, *, quick: bool, rounds: bool, state: dict):
    processor(monkeypatch, quick=quick, rounds=rounds)
    other = trainer(precision="mixed")
    other.load_state_dict(copy.deepcopy(state))
    return other


def test_a_resumed_run_computes_as_before_whatever_is_measured_now(monkeypatch):
    processor(monkeypatch, quick=True, rounds=False)
    whole, first = trainer(precision="mixed"), trainer(precision="mixed")
    whole.train_steps(6), first.train_steps(3)
    other = resumed_on(monkeypatch, quick=True, rounds=True, state=first.state_dict())
    assert other.precision.way == "autocast"
    other.train_steps(3)
    assert np.array_equal(values(whole)[3:], values(other))
    assert other.pop_warnings() == []


def test_where_the_arithmetic_is_not_to_be_had_the_run_goes_on_and_says_so(monkeypatch):
    state = trainer(precision="mixed").state_dict() | {"arithmetic": "products"}
    other = resumed_on(monkeypatch, quick=True, rounds=False, state=state)
    assert other.precision.way == "autocast"
    assert other.pop_warnings() == ["on this machine the run goes on in other arithmetic: autocast instead of products"]


def test_a_state_of_an_earlier_version_says_nothing_of_it(monkeypatch):
    state = trainer().state_dict()
    del state["arithmetic"]
    trainer().load_state_dict(state)
