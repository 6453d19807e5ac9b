import pytest
import torch

from bench.common import engines
from bench.plain import PlainLoop
from gan_core.families import FAMILIES, new_config
from tests.bench.conftest import tiny_data


@pytest.mark.parametrize("family", FAMILIES)
def test_the_plain_loop_trains_every_family(family):
    data = tiny_data("strokes")
    width = {"base_channels": 4} if "base_channels" in FAMILIES[family].options.model_fields else {}
    loop = PlainLoop(new_config(family, "strokes", batch_size=8, device="cpu", **width), data)
    before = [weight.clone() for weight in loop.gan.parameters()]

    rate = loop.run(0)

    assert loop.images == 8 * loop.config.n_critic
    assert rate > 0
    for player in (loop.gan.generator, loop.gan.discriminator):
        assert any(
            not torch.equal(old, new)
            for old, new in zip(before, loop.gan.parameters(), strict=True)
            if any(new is weight for weight in player.parameters())
        )


def test_it_uses_torchs_own_optimiser():
    loop = PlainLoop(new_config("vanilla", "strokes", device="cpu"), tiny_data("strokes"))

    assert not loop.optimizer_g.defaults["fused"]
    assert not loop.optimizer_g.defaults["foreach"]


def test_it_starts_again_when_the_images_are_used_up():
    loop = PlainLoop(
        new_config("vanilla", "strokes", mlp_size="small", batch_size=48, device="cpu"), tiny_data("strokes")
    )

    for _ in range(3):
        loop.step()

    assert loop.images == 3 * 48


def test_a_cpu_has_no_graphs():
    assert all(settings["engine"] == "eager" for settings in engines("cpu").values())
