"""What a network was trained with, read from BatchNorm's running statistics."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gan_core.exchange.foreign import import_generator

TOLD = "told by the running statistics of BatchNorm"


class Trained(nn.Module):
    """A conditional generator whose BatchNorms have seen a few hundred batches of its own noise."""

    def __init__(self, *, eps: float, slope: float, label_first: bool, noise: str):
        super().__init__()
        self.label_first = label_first
        self.label_emb = nn.Embedding(10, 10)
        layers = []
        for inputs, outputs in itertools.pairwise([30, 32, 64, 96]):
            norm = [nn.BatchNorm1d(outputs, eps)] if layers else []
            layers += [nn.Linear(inputs, outputs), *norm, nn.LeakyReLU(slope)]
        self.model = nn.Sequential(*layers, nn.Linear(96, 784), nn.Tanh())
        generator = torch.Generator().manual_seed(0)
        nn.init.normal_(self.label_emb.weight, 1.0, 2.0, generator=generator)
        for module in self.model:
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0.0, 0.1, generator=generator)
        draw = (
            torch.randn
            if noise == "normal"
            else lambda *size, generator: 2 * torch.rand(*size, generator=generator) - 1
        )
        with torch.no_grad():
            for _ in range(100):
                self(draw(128, 20, generator=generator), torch.randint(10, (128,), generator=generator))
        self.eval()

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        embedded = self.label_emb(labels)
        return self.model(torch.cat((embedded, noise) if self.label_first else (noise, embedded), -1))


@pytest.mark.parametrize("eps", [1e-5, 0.8])
@pytest.mark.parametrize("slope", [0.2, 0.0])
@pytest.mark.parametrize("label_first", [False, True])
@pytest.mark.parametrize("noise", ["normal", "uniform"])
def test_settings_of_the_training_are_found(eps, slope, label_first, noise, tmp_path: Path):
    net = Trained(eps=eps, slope=slope, label_first=label_first, noise=noise)
    torch.save(net.state_dict(), tmp_path / "g.pth")
    checkpoint = import_generator(tmp_path / "g.pth")
    assert checkpoint.generator.spec["norm_eps"] == eps
    assert checkpoint.generator.spec["negative_slope"] == slope
    assert checkpoint.latent.section("noise").kind == noise
    z, labels = torch.randn(10, 20), torch.arange(10)
    images = checkpoint.generator(torch.cat([z, checkpoint.latent.one_hot(labels)], dim=1))
    torch.testing.assert_close(images.flatten(1), net(z, labels), atol=1e-5, rtol=0)
    evidence = sum(TOLD in line for line in checkpoint.card["assumptions"])
    assert evidence == (eps == 0.8) + (slope == 0.0) + label_first + (noise == "uniform")


def test_what_the_caller_says_wins(tmp_path: Path):
    net = Trained(eps=0.8, slope=0.2, label_first=True, noise="normal")
    torch.save(net.state_dict(), tmp_path / "g.pth")
    checkpoint = import_generator(tmp_path / "g.pth", norm_eps=1e-5, label_first=False)
    assert checkpoint.generator.spec["norm_eps"] == 1e-5
    assert "The input is the noise, then the label embedding (as given)." in checkpoint.card["assumptions"]


def test_statistics_that_fit_nothing_prove_nothing(tmp_path: Path):
    net = Trained(eps=0.8, slope=0.0, label_first=True, noise="uniform")
    for module in net.model:
        if isinstance(module, nn.BatchNorm1d):
            module.reset_running_stats()
    torch.save(net.state_dict(), tmp_path / "g.pth")
    checkpoint = import_generator(tmp_path / "g.pth")
    assert not any(TOLD in line for line in checkpoint.card["assumptions"])
    assert checkpoint.generator.spec["norm_eps"] == 1e-5
    assert checkpoint.latent.section("noise").kind == "normal"


@pytest.mark.parametrize("slope", [0.0, 0.2])
@pytest.mark.parametrize("noise", ["normal", "uniform"])
def test_activation_and_noise_of_a_dcgan_are_found(slope: float, noise: str, tmp_path: Path):
    generator = torch.Generator().manual_seed(0)
    layers: list[nn.Module] = []
    for level, (inputs, outputs) in enumerate([(10, 24), (24, 16), (16, 8)]):
        opening = (4, 1, 0) if level == 0 else (4, 2, 1)
        layers += [nn.ConvTranspose2d(inputs, outputs, *opening), nn.BatchNorm2d(outputs), nn.LeakyReLU(slope)]
    net = nn.Sequential(*layers, nn.ConvTranspose2d(8, 1, 4, 2, 1))
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0.0, 0.3, generator=generator)
    with torch.no_grad():
        for _ in range(60):
            z = torch.randn(64, 10, 1, 1, generator=generator)
            net(z if noise == "normal" else 2 * torch.rand(64, 10, 1, 1, generator=generator) - 1)
    torch.save(net.state_dict(), tmp_path / "g.pth")
    checkpoint = import_generator(tmp_path / "g.pth")
    assert checkpoint.generator.spec["negative_slope"] == slope
    assert checkpoint.latent.section("noise").kind == noise
