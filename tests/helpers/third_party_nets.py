"""Generators as published scripts write them, for the tests of the import."""

from __future__ import annotations

import itertools
from pathlib import Path

import torch
from torch import Tensor, nn

LATENT = 12


def dense_block(inputs: int, outputs: int, norm: bool = True, eps: float = 1e-5, bias: bool = True) -> list[nn.Module]:
    norms = [nn.BatchNorm1d(outputs, eps)] if norm else []
    return [nn.Linear(inputs, outputs, bias=bias), *norms, nn.LeakyReLU(0.2)]


class BlocksGAN(nn.Module):
    """The 128-256-512-1024 layout, narrower: `model.N`, BatchNorm from the second block."""

    def __init__(self, eps: float = 1e-5, inputs: int = LATENT):
        super().__init__()
        self.model = nn.Sequential(
            *dense_block(inputs, 16, norm=False),
            *dense_block(16, 32, eps=eps),
            *dense_block(32, 48, eps=eps),
            *dense_block(48, 64, eps=eps),
            nn.Linear(64, 784),
            nn.Tanh(),
        )

    def forward(self, noise: Tensor) -> Tensor:
        return self.model(noise).view(-1, 1, 28, 28)


class NumberedGAN(nn.Module):
    """fc1 .. fc4 with the activations in forward."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(LATENT, 32)
        self.fc2 = nn.Linear(32, 64)
        self.fc3 = nn.Linear(64, 64)
        self.fc4 = nn.Linear(64, 784)

    def forward(self, noise: Tensor) -> Tensor:
        for layer in (self.fc1, self.fc2, self.fc3):
            noise = nn.functional.leaky_relu(layer(noise), 0.2)
        return torch.tanh(self.fc4(noise)).view(-1, 1, 28, 28)


class ListedApartGAN(nn.Module):
    """All layers first, then all BatchNorms, under names whose alphabetical order is not the network's."""

    def __init__(self):
        super().__init__()
        self.entry = nn.Linear(LATENT, 24)
        self.body = nn.Linear(24, 40)
        self.out = nn.Linear(40, 3 * 32 * 32)
        self.norm_a = nn.BatchNorm1d(24)
        self.norm_b = nn.BatchNorm1d(40)

    def forward(self, noise: Tensor) -> Tensor:
        hidden = nn.functional.relu(self.norm_a(self.entry(noise)))
        hidden = nn.functional.relu(self.norm_b(self.body(hidden)))
        return torch.tanh(self.out(hidden)).view(-1, 3, 32, 32)


class LabelGAN(nn.Module):
    """Embedding concatenated to the noise; `embedding_last` registers it after the layers."""

    def __init__(self, label_first: bool, embedding_last: bool = False, classes: int = 7, length: int = 5):
        super().__init__()
        self.label_first = label_first
        if not embedding_last:
            self.label_emb = nn.Embedding(classes, length)
        self.model = nn.Sequential(
            *dense_block(LATENT + length, 16, norm=False), *dense_block(16, 32), nn.Linear(32, 784), nn.Tanh()
        )
        if embedding_last:
            self.label_emb = nn.Embedding(classes, length)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        embedded = self.label_emb(labels)
        joined = (embedded, noise) if self.label_first else (noise, embedded)
        return self.model(torch.cat(joined, -1)).view(-1, 1, 28, 28)


class MainDCGAN(nn.Module):
    """`main.N`, no biases, BatchNorm and ReLU, as in the DCGAN tutorials."""

    def __init__(self, features=(32, 16, 8, 4), start: int = 4, channels: int = 3, inputs: int = LATENT):
        super().__init__()
        layers: list[nn.Module] = []
        for level, width in enumerate(features):
            opening = (start, 1, 0) if level == 0 else (4, 2, 1)
            layers += [nn.ConvTranspose2d(inputs, width, *opening, bias=False), nn.BatchNorm2d(width), nn.ReLU(True)]
            inputs = width
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(inputs, channels, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, noise: Tensor) -> Tensor:
        return self.main(noise[:, :, None, None])


class DeconvDCGAN(nn.Module):
    """deconv1, deconv1_bn, ... with biases."""

    def __init__(self, d: int = 4):
        super().__init__()
        self.deconv1 = nn.ConvTranspose2d(LATENT, d * 8, 4, 1, 0)
        self.deconv1_bn = nn.BatchNorm2d(d * 8)
        self.deconv2 = nn.ConvTranspose2d(d * 8, d * 4, 4, 2, 1)
        self.deconv2_bn = nn.BatchNorm2d(d * 4)
        self.deconv3 = nn.ConvTranspose2d(d * 4, d * 2, 4, 2, 1)
        self.deconv3_bn = nn.BatchNorm2d(d * 2)
        self.deconv4 = nn.ConvTranspose2d(d * 2, 1, 4, 2, 1)

    def forward(self, noise: Tensor) -> Tensor:
        hidden = torch.relu(self.deconv1_bn(self.deconv1(noise[:, :, None, None])))
        hidden = torch.relu(self.deconv2_bn(self.deconv2(hidden)))
        hidden = torch.relu(self.deconv3_bn(self.deconv3(hidden)))
        return torch.tanh(self.deconv4(hidden))


class LabelDCGAN(nn.Module):
    def __init__(self, label_first: bool):
        super().__init__()
        self.label_first = label_first
        self.label_emb = nn.Embedding(7, 5)
        self.net = MainDCGAN(features=(16, 8, 4), channels=1, inputs=LATENT + 5)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        embedded = self.label_emb(labels)
        return self.net(torch.cat((embedded, noise) if self.label_first else (noise, embedded), -1))


class UpsamplingGAN(nn.Module):
    """A dense layer, then up-sampling and 3x3 convolutions: not a net that can be read."""

    def __init__(self):
        super().__init__()
        self.l1 = nn.Sequential(nn.Linear(LATENT, 16 * 49))
        self.conv_blocks = nn.Sequential(
            nn.BatchNorm2d(16),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(16, 16, 3, padding=1),
            nn.BatchNorm2d(16, 0.8),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(16, 1, 3, padding=1),
        )


def trained_looking(net: nn.Module, seed: int = 0) -> nn.Module:
    """Every weight and running statistic moved away from its initial value, ready to draw."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator))
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
            if module.affine:
                nn.init.normal_(module.weight, 1, 0.3, generator=generator)
                nn.init.normal_(module.bias, 0, 0.3, generator=generator)
    return net.eval().requires_grad_(False)


def linear(*sizes: int) -> nn.Sequential:
    return nn.Sequential(*(nn.Linear(a, b) for a, b in itertools.pairwise(sizes)))


def noise(n: int = 5, size: int = LATENT) -> Tensor:
    return torch.randn(n, size, generator=torch.Generator().manual_seed(1))


def saved(net: nn.Module, path: Path) -> Path:
    torch.save(net.state_dict(), path)
    return path
