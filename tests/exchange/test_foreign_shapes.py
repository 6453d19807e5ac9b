"""Which networks are recognised, and what is said about those that are not."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
import torch
from torch import nn

from gan_core.errors import CheckpointError
from gan_core.exchange.foreign import import_generator
from tests.exchange.foreign_nets import MainDCGAN, UpsamplingGAN, linear, noise, saved, trained_looking


def test_random_nets_survive_the_round_trip(tmp_path: Path):
    for seed in range(30):
        rng = random.Random(seed)
        torch.manual_seed(seed)
        size, channels, kind = rng.choice([28, 32]), rng.choice([1, 3]), rng.choice(["dense", "convolutional"])
        net = random_dense(rng, size, channels) if kind == "dense" else random_convolutions(rng, size, channels)
        checkpoint = import_generator(saved(trained_looking(net, seed), tmp_path / "g.pth"))
        assert checkpoint.latent.size == net[0].weight.shape[kind == "dense"]
        z = noise(3, checkpoint.latent.size)
        expected = net(z) if kind == "dense" else net(z[:, :, None, None])
        images = checkpoint.generator(z)
        assert images.shape == (3, channels, size, size), f"seed {seed}"
        torch.testing.assert_close(images.flatten(1), expected.flatten(1), atol=1e-5, rtol=0, msg=f"seed {seed}: {net}")


def random_dense(rng: random.Random, size: int, channels: int) -> nn.Sequential:
    widths = [rng.randint(1, 40) for _ in range(rng.randint(1, 5))]
    biases = rng.choice([[True], [False], [True, False]])
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers.append(nn.Linear(inputs, outputs, bias=rng.choice(biases)))
        if rng.random() < 0.5:
            layers.append(nn.BatchNorm1d(outputs, affine=rng.random() < 0.7))
        layers.append(nn.LeakyReLU(0.2))
    last = nn.Linear(widths[-1], channels * size**2, bias=rng.choice(biases))
    return nn.Sequential(*layers, last, nn.Tanh())


def random_convolutions(rng: random.Random, size: int, channels: int) -> nn.Sequential:
    start, doublings = {28: (7, 2), 32: (4, 3)}[size]
    biases = rng.choice([[True], [False], [True, False]])
    chance = rng.choice([0, 0.5, 1])
    layers: list[nn.Module] = []
    inputs = rng.randint(1, 20)
    for level in range(doublings):
        outputs = rng.randint(1, 12)
        opening = (start, 1, 0) if level == 0 else (4, 2, 1)
        layers.append(nn.ConvTranspose2d(inputs, outputs, *opening, bias=rng.choice(biases)))
        if rng.random() < chance:
            layers.append(nn.BatchNorm2d(outputs, affine=rng.random() < 0.7))
        layers.append(nn.ReLU())
        inputs = outputs
    last = nn.ConvTranspose2d(inputs, channels, 4, 2, 1, bias=rng.choice(biases))
    return nn.Sequential(*layers, last, nn.Tanh())


REFUSED = {
    "up-sampling": (UpsamplingGAN, "2 convolutions with kernels 3x3, 3x3 after fully connected layers"),
    "discriminator": (lambda: linear(784, 64, 1), "it gives one number, as a discriminator does"),
    "odd size": (lambda: linear(10, 20, 900), "it gives 900 numbers, which is no image of 28, 32 or 64 px"),
    "two branches": (
        lambda: nn.ModuleList([nn.Linear(10, 20), nn.Linear(12, 20), nn.Linear(40, 784)]),
        "do not follow one another (10 to 20, 12 to 20, 40 to 784)",
    ),
    "other kernels": (
        lambda: nn.Sequential(nn.ConvTranspose2d(9, 8, 4), nn.ConvTranspose2d(8, 4, 3), nn.ConvTranspose2d(4, 1, 4)),
        "kernels 4x4, 3x3, 4x4",
    ),
    "not transposed": (
        lambda: nn.Sequential(nn.Conv2d(1, 8, 4), nn.Conv2d(8, 16, 4), nn.Conv2d(16, 1, 4)),
        "which are not transposed or do not follow one another",
    ),
    "five channels": (lambda: MainDCGAN(channels=5), "gives 5 channels, neither grey nor RGB"),
    "128 px": (lambda: MainDCGAN(features=(8, 8, 8, 8, 8)), "it has 6 convolutions"),
    "layer norm": (lambda: nn.Sequential(nn.Linear(9, 8), nn.LayerNorm(8), nn.Linear(8, 784)), "LayerNorm"),
    "no statistics": (
        lambda: nn.Sequential(nn.Linear(9, 8), nn.BatchNorm1d(8, track_running_stats=False), nn.Linear(8, 784)),
        "without running statistics",
    ),
    "norm at the end": (lambda: nn.Sequential(nn.Linear(9, 784), nn.BatchNorm1d(784)), "follows its last layer"),
    "unclear norms": (
        lambda: nn.ModuleList([nn.Linear(9, 8), nn.Linear(8, 8), nn.Linear(8, 784), nn.BatchNorm1d(8)]),
        "1 BatchNorm of size 8 for 2 such hidden layers",
    ),
    "spectral norm": (lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(9, 784)), "normalisation; remove it"),
    "multiplied label": (
        lambda: nn.ModuleDict({"label_emb": nn.Embedding(5, 9), "out": nn.Linear(9, 784)}),
        "multiplied with the noise",
    ),
    "hundreds of layers": (lambda: nn.ModuleList(nn.Linear(1, 1) for _ in range(201)), "it has 201 layers"),
    "recurrent": (lambda: nn.LSTM(4, 4), "no layer that can be read"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_read_is_said_in_one_line(kind: str, tmp_path: Path):
    make, message = REFUSED[kind]
    with pytest.raises(CheckpointError) as caught:
        import_generator(saved(make(), tmp_path / "g.pth"))
    text = str(caught.value)
    assert message in text
    assert text.startswith("g.pth holds no generator that can be read: ")
    assert "readable are fully connected generators, and DCGANs" in text
    assert "\n" not in text
