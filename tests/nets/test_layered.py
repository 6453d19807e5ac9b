"""A generator from a list of layers: worked out by hand, and hostile descriptions refused."""

import pytest
import torch

from gan_core.errors import CheckpointError
from gan_core.nets import LayeredGenerator, build_net

END = [{"kind": "linear", "outputs": 64, "name": "out"}, {"kind": "reshape", "shape": [1, 8, 8]}]


def test_labels_join_in_every_way():
    noise, label = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 1.0]])
    table = torch.tensor([[9.0, 9.0], [3.0, 5.0]])
    expected = {
        "last": [1.0, 2.0, 3.0, 5.0],
        "first": [3.0, 5.0, 1.0, 2.0],
        "multiply": [3.0, 10.0],
        "add": [4.0, 7.0],
        "unused": [1.0, 2.0],
    }
    for join, joined in expected.items():
        net = LayeredGenerator(
            noise=2, label=2, label_layers=[{"kind": "embedding", "length": 2}], join=join, layers=END
        )
        net.label_layers[0].weight.data = table
        seen = []
        net.layers.register_forward_pre_hook(lambda _net, inputs, seen=seen: seen.append(inputs[0]))
        net(torch.cat([noise, label], dim=1))
        assert seen[0].tolist() == [joined]
        assert net.noise_inputs(2) == (slice(2, 4) if join == "first" else slice(0, 2))


def test_pixels_and_ranges_by_hand():
    layers = [{"kind": "channels_last", "shape": [3, 2, 2]}, {"kind": "range", "low": 0, "high": 12}]
    images = LayeredGenerator(noise=12, layers=layers)(torch.arange(12.0)[None])
    torch.testing.assert_close(images[0, 1], torch.tensor([[1 / 6, 4 / 6], [7 / 6, 10 / 6]]) - 1)
    cut = [{"kind": "reshape", "shape": [1, 3, 3]}, {"kind": "cut", "side": 2}]
    assert LayeredGenerator(noise=9, layers=cut)(torch.arange(9.0)[None]).tolist() == [[[[0, 1], [3, 4]]]]


def test_a_layer_keeps_its_authors_name():
    net = build_net({"net": "LayeredGenerator", "noise": 3, "layers": END})
    assert list(net.author_state()) == ["out.weight", "out.bias"]
    assert build_net(net.spec).spec == net.spec


@pytest.mark.parametrize(
    "changes",
    [
        {"layers": [{"kind": "linear", "outputs": 1 << 40}]},
        {"layers": [{"kind": "linear", "outputs": True}]},
        {"layers": [{"kind": "linear", "outputs": 64}]},
        {"layers": [{"kind": "system", "outputs": 64}]},
        {"layers": ["linear"]},
        {"layers": [*END, *[{"kind": "upsample"}] * 12]},
        {"layers": [*END] * 150},
        {"layers": [*END, {"kind": "batch_norm", "eps": "x"}]},
        {"layers": [*END, {"kind": "activation", "function": "eval"}]},
        {"layers": [*END, {"kind": "transposed", "outputs": 1, "kernel": 10_000}]},
        {"noise": -1},
        {"noise": "many"},
        {"label": 3, "label_layers": [{"kind": "reshape", "shape": [3, 1, 1]}]},
        {"join": "explode"},
        {"label_layers": [{"kind": "linear", "outputs": 3}]},
    ],
)
def test_hostile_descriptions_are_refused(changes):
    with torch.device("meta"), pytest.raises(CheckpointError, match="description of LayeredGenerator"):
        build_net({"net": "LayeredGenerator", "noise": 3, "layers": END, **changes})
