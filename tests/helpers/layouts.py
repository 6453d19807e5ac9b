"""Generators as courses and popular repositories publish them, rebuilt from their sizes, names and order of layers.

Each comes with what its script does in `forward`, and with weights as training leaves them: scaled so that values
neither vanish nor grow, the columns of a joined label longer than those of the noise, BatchNorm's statistics from
forward passes in training mode. `narrow` divides the widths of the hidden layers, so that tests are quick.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, cat, nn
from torch.nn.functional import one_hot

Run = Callable[["Author", Tensor, Tensor], Tensor]


class Author(nn.Module):
    """Modules under an author's names, and what the script does with noise (N, Z) and one-hot labels (N, K)."""

    def __init__(self, run: Run, **modules: nn.Module):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.run = run

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        return self.run(self, noise, label)


@dataclass(frozen=True)
class Layout:
    """A published generator.

    make:    how it is built, its hidden layers `narrow` times narrower
    side, channels: of its pictures
    truth:   the right answers, where they are not the most usual ones
    columns: module whose inputs from that place on, or up to it where negative, are a label's, joined without layers
    """

    make: Callable[[int], Author]
    noise: int = 100
    label: int = 0
    side: int = 28
    channels: int = 1
    truth: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, int] | None = None

    def built(self, narrow: int = 1, seed: int = 0) -> Author:
        torch.manual_seed(seed)
        net = self.make(narrow)
        with torch.no_grad():
            for name, module in net.named_modules():
                _as_trained(module)
                if self.columns and name == self.columns[0]:
                    axis = 0 if isinstance(module, nn.ConvTranspose2d) else 1
                    weight = module.weight.movedim(axis, 0)
                    (weight[self.columns[1] :] if self.columns[1] > 0 else weight[: -self.columns[1]]).mul_(3)
            for _ in range(12):
                net(*self.inputs(60))
        return net.eval().requires_grad_(False)

    def inputs(self, count: int, seed: int | None = None) -> tuple[Tensor, Tensor]:
        """Noise (N, Z) and labels (N, K), one-hot, the codes after them on -1 .. 1."""
        generator = torch.Generator().manual_seed(seed) if seed is not None else None
        shape = (count, self.noise)
        uniform = self.truth.get("noise") == "uniform"
        noise = torch.rand(shape, generator=generator) * 2 - 1 if uniform else torch.randn(shape, generator=generator)
        classes = min(self.label, 10)
        label = one_hot(torch.arange(count) % max(classes, 1), max(classes, 1)).float()[:, :classes]
        codes = torch.rand(count, self.label - classes, generator=generator) * 2 - 1
        return noise, cat([label, codes], 1)

    def pictures(self, net: Author, noise: Tensor, label: Tensor) -> Tensor:
        """What the author sees, (N, C, S, S), -1 is black and 1 is white."""
        images = net(noise, label)
        return images * 2 - 1 if self.truth.get("end") in ("sigmoid", "none:01") else images


def _as_trained(module: nn.Module) -> None:
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        module.momentum = None  # plain averages, as a long training comes to
        nn.init.normal_(module.weight, 1, 0.2)
        nn.init.normal_(module.bias, 0, 0.2)
    elif isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        weight = module.weight
        fan = weight[0].numel() if not isinstance(module, nn.ConvTranspose2d) else weight.shape[0] * 4
        if not hasattr(module, "parametrizations"):
            (getattr(module, "weight_orig", weight)).normal_(0, (2 / fan) ** 0.5)
        if module.bias is not None:
            nn.init.normal_(module.bias, 0, 0.1)


# Pieces

LEAKY = lambda: nn.LeakyReLU(0.2)  # noqa: E731
T, C, L, BN1, BN2 = nn.ConvTranspose2d, nn.Conv2d, nn.Linear, nn.BatchNorm1d, nn.BatchNorm2d


def seq(*modules: nn.Module | list) -> nn.Sequential:
    return nn.Sequential(*itertools.chain.from_iterable(m if isinstance(m, list) else [m] for m in modules))


def dense(*sizes: int, act=nn.ReLU, norm: float | None = None, first_norm: bool = True, order: str = "before") -> list:
    """Linear layers with BatchNorm of that epsilon and activations, one flat list."""
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        norms = [BN1(outputs, norm)] if norm and (place or first_norm) else []
        layers += [L(inputs, outputs), *([*norms, act()] if order == "before" else [act(), *norms])]
    return layers


def opened(*channels: int, first: int = 4, kernel: int = 4, act=nn.ReLU, bias: bool = False, norm: bool = True) -> list:
    """DCGAN's transposed convolutions with BatchNorm and activations, one flat list, without the last of them."""
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(itertools.pairwise(channels)):
        layer = (
            T(inputs, outputs, first, 1, 0, bias=bias) if place == 0 else T(inputs, outputs, kernel, 2, 1, bias=bias)
        )
        layers += [layer, *([BN2(outputs)] if norm else []), act()]
    return layers


def flat(side: int = 28, channels: int = 1, name: str = "model", join=lambda z, y: z, end=torch.tanh) -> Run:
    return lambda net, z, y: end(getattr(net, name)(join(z, y))).view(-1, channels, side, side)


def points(name: str = "main", join=lambda z, y: z, end=torch.tanh) -> Run:
    return lambda net, z, y: end(getattr(net, name)(join(z, y)[:, :, None, None]))


def last(z: Tensor, y: Tensor) -> Tensor:
    return cat([z, y], 1)


def first(z: Tensor, y: Tensor) -> Tensor:
    return cat([y, z], 1)


def up(mode: str = "nearest") -> nn.Module:
    return nn.Upsample(scale_factor=2, mode=mode)


def up_blocks(width: int, narrower: int, channels: int, *, first_norm: bool = True, mode: str = "nearest") -> list:
    """BatchNorm, then twice up-sampling, convolution, BatchNorm with epsilon 0.8 and LeakyReLU, then a convolution."""
    return [
        *([BN2(width)] if first_norm else []),
        *(up(mode), C(width, width, 3, 1, 1), BN2(width, 0.8), LEAKY()),
        *(up(mode), C(width, narrower, 3, 1, 1), BN2(narrower, 0.8), LEAKY()),
        C(narrower, channels, 3, 1, 1),
    ]


def up_net(n: int, inputs: int, channels: int, join=lambda net, z, y: z, classes: int = 0, **options) -> Author:
    """A linear layer to 128 maps of 8x8, then `up_blocks`."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        return torch.tanh(net.conv_blocks(net.l1(join(net, z, y)).view(-1, 128 // n, 8, 8)))

    embedding = {"label_emb": nn.Embedding(classes, inputs)} if classes else {}
    blocks = seq(up_blocks(128 // n, 64 // n, channels, **options))
    return Author(run, **embedding, l1=seq(L(inputs, 128 // n * 64)), conv_blocks=blocks)


def times(net: Author, z: Tensor, y: Tensor) -> Tensor:
    return y @ net.label_emb.weight * z


def doubled(n: int, inputs: int, run: Run) -> Author:
    """Two linear layers with BatchNorm, then two transposed convolutions: 7x7 to 28x28."""
    return Author(
        run,
        fc=seq(dense(inputs, 1024 // n, 128 // n * 49, norm=1e-5)),
        deconv=seq(T(128 // n, 64 // n, 4, 2, 1), BN2(64 // n), nn.ReLU(), T(64 // n, 1, 4, 2, 1)),
    )


def fc_deconv(n: int, join=lambda z, y: z) -> Run:
    return lambda net, z, y: torch.tanh(net.deconv(net.fc(join(z, y)).view(-1, 128 // n, 7, 7)))


def kernels_3434(n: int, inputs: int, channels: int = 1, join=lambda z, y: z) -> Author:
    def block(a: int, b: int, *opening: int) -> nn.Sequential:
        return seq(T(a, b, *opening), BN2(b), nn.ReLU())

    wide = [256 // n, 128 // n, 64 // n]
    blocks = [block(inputs, wide[0], 3, 2), block(wide[0], wide[1], 4, 1), block(wide[1], wide[2], 3, 2)]
    return Author(points("gen", join), gen=nn.Sequential(*blocks, seq(T(wide[2], channels, 4, 2), nn.Identity())))


def numbered(*sizes: int) -> dict[str, nn.Module]:
    return {f"fc{place}": L(a, b) for place, (a, b) in enumerate(itertools.pairwise(sizes), start=1)}


def chained(act=nn.functional.relu, join=lambda z, y: z, end=torch.tanh, side: int = 28, channels: int = 1) -> Run:
    """fc1, fc2 ... with activations written in forward."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        *hidden, out = [module for name, module in net.named_children() if name.startswith("fc")]
        x = join(z, y)
        for layer in hidden:
            x = act(layer(x))
        return end(out(x)).view(-1, channels, side, side)

    return run


def leaky(x: Tensor) -> Tensor:
    return nn.functional.leaky_relu(x, 0.2)
