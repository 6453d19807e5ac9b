"""The published layouts that the import is measured on: `LAYOUTS`, and `REFUSED` with what the refusal says.

Names of layers, sizes and the order of what happens are those of the scripts; see `layouts` for how they are built.
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, cat, nn
from torch.nn.functional import interpolate
from torch.nn.utils import parametrizations, spectral_norm

from tests.helpers.layouts import (
    BN1,
    BN2,
    LEAKY,
    Author,
    C,
    L,
    Layout,
    T,
    chained,
    dense,
    doubled,
    fc_deconv,
    first,
    flat,
    kernels_3434,
    last,
    leaky,
    numbered,
    opened,
    points,
    seq,
    times,
    up_net,
)

UP = {"activation": "leaky:0.2", "norm_eps": "1e-05/0.8"}
SIGMOID = {"activation": "relu", "end": "sigmoid"}
GROWING = (128, 256, 512, 1024)


# Fully connected


def growing(n: int, inputs: int, end: int = 784, eps: float = 0.8) -> nn.Sequential:
    a, b, c, d = (width // n for width in GROWING)
    return seq(dense(inputs, a, b, c, d, act=LEAKY, norm=eps, first_norm=False), L(d, end))


def mlp(n: int, *widths: int, inputs: int = 100, act=nn.ReLU, name: str = "model", end=torch.tanh, **options) -> Author:
    sizes = [inputs, *(width // n for width in widths)]
    run = flat(end=end, name=name)
    return Author(run, **{name: seq(dense(*sizes, act=act, **options), L(sizes[-1], 784))})


def course_blocks(n: int) -> Author:
    """Blocks of (Linear, BatchNorm, ReLU), sigmoid at the end."""
    widths = [64, *(width // n for width in GROWING)]
    blocks = [seq(dense(a, b, norm=1e-5)) for a, b in itertools.pairwise(widths)]
    return Author(flat(name="gen", end=torch.sigmoid), gen=nn.Sequential(*blocks, L(widths[-1], 784)))


def hidden_blocks(n: int) -> Author:
    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        return torch.tanh(net.out(net.hidden2(net.hidden1(net.hidden0(z))))).view(-1, 1, 28, 28)

    a, b, c = 256 // n, 512 // n, 1024 // n
    blocks = {f"hidden{i}": seq(dense(*pair, act=LEAKY)) for i, pair in enumerate([(100, a), (a, b), (b, c)])}
    return Author(run, **blocks, out=seq(L(c, 784)))


def dropped(n: int) -> Author:
    """32-64-128 with dropout, activations in forward."""
    return Author(chained(leaky), **numbered(100, 32, 64, 128, 784), dropout=nn.Dropout(0.3))


def dropout_sequential(n: int) -> Author:
    a, b = 256 // n, 512 // n
    layers = [L(100, a), nn.ReLU(), BN1(a), nn.Dropout(0.0), L(a, b), nn.ReLU(), BN1(b), nn.Dropout(0.0), L(b, 784)]
    return Author(flat(name="layers"), layers=seq(layers))


def embedded(order):
    """A join that embeds the label first; needs the net, so it is written as a whole run."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        return torch.tanh(net.model(order(z, y @ net.label_emb.weight))).view(-1, 1, 28, 28)

    return run


def cgan_embedded(n: int, order, eps: float | None) -> Author:
    a, b, c, d = (width // n for width in GROWING)
    model = seq(dense(110, a, b, c, d, act=LEAKY, norm=eps, first_norm=False), L(d, 784))
    return Author(embedded(order), label_emb=nn.Embedding(10, 10), model=model)


def two_linear_branches(n: int) -> Author:
    """fc1_1 for the noise and fc1_2 for the label, each with BatchNorm."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = cat([torch.relu(net.fc1_1_bn(net.fc1_1(z))), torch.relu(net.fc1_2_bn(net.fc1_2(y)))], 1)
        x = torch.relu(net.fc3_bn(net.fc3(torch.relu(net.fc2_bn(net.fc2(x))))))
        return torch.tanh(net.fc4(x)).view(-1, 1, 28, 28)

    a, b, c = 256 // n, 512 // n, 1024 // n
    norms = {"fc1_1": a, "fc1_2": a, "fc2": b, "fc3": c}
    layers = {"fc1_1": L(100, a), "fc1_2": L(10, a), "fc2": L(2 * a, b), "fc3": L(b, c), "fc4": L(c, 784)}
    named = {}
    for name, layer in layers.items():
        named[name] = layer
        if name in norms:
            named[f"{name}_bn"] = BN1(norms[name])
    return Author(run, **named)


def label_layer(n: int, z_layer: bool) -> Author:
    """A layer for the label, 1,000 or 50 wide, beside the noise or beside a layer of its own."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        hidden = torch.relu(net.noise_fc(z)) if z_layer else z
        return torch.sigmoid(net.out(torch.relu(net.joint(cat([hidden, torch.relu(net.label_fc(y))], 1))))).view(
            -1, 1, 28, 28
        )

    wide, label, joint = (200 // n, 1000 // n, 1200 // n) if z_layer else (100, 50, 256 // n)
    noise = {"noise_fc": L(100, wide)} if z_layer else {}
    return Author(run, **noise, label_fc=L(10, label), joint=L(wide + label, joint), out=L(joint, 784))


def rgb_mlp(n: int) -> Author:
    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        return torch.tanh(net.model(z)).view(-1, 32, 32, 3).permute(0, 3, 1, 2)

    return Author(run, model=growing(n, 100, 3072))


def prelu_mlp(n: int) -> Author:
    a, b = 128 // n, 256 // n
    return Author(flat(), model=seq(L(100, a), nn.PReLU(), L(a, b), nn.PReLU(), L(b, 784)))


def weight_norm_mlp(n: int) -> Author:
    a = 512 // n
    wrapped = [parametrizations.weight_norm(layer) for layer in (L(100, a), L(a, a), L(a, 784))]
    return Author(flat(), model=seq(wrapped[0], nn.ReLU(), wrapped[1], nn.ReLU(), wrapped[2]))


# Transposed convolutions


def dcgan(
    n: int, *features: int, inputs: int = 100, channels: int = 1, name: str = "main", join=lambda z, y: z, **options
) -> Author:
    end = {"kernel": options.pop("last_kernel", 4), "stride": 2, "padding": options.pop("last_padding", 1)}
    widths = [inputs, *(max(width // n, 2) for width in features)]
    layers = seq(
        opened(*widths, **options),
        T(widths[-1], channels, end["kernel"], end["stride"], end["padding"], bias=options.get("bias", False)),
    )
    return Author(points(name, join), **{name: layers})


def deconv_names(n: int, *features: int, channels: int = 1) -> Author:
    """deconv1, deconv1_bn ..., with biases."""
    widths = [100, *(width // n for width in features), channels]
    named: dict[str, nn.Module] = {}
    for place, (a, b) in enumerate(itertools.pairwise(widths), start=1):
        named[f"deconv{place}"] = T(a, b, 4, 1, 0) if place == 1 else T(a, b, 4, 2, 1)
        if place < len(widths) - 1:
            named[f"deconv{place}_bn"] = BN2(b)

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x, count = z[:, :, None, None], len(widths) - 1
        for place in range(1, count):
            x = torch.relu(getattr(net, f"deconv{place}_bn")(getattr(net, f"deconv{place}")(x)))
        return torch.tanh(getattr(net, f"deconv{count}")(x))

    return Author(run, **named)


def two_deconv_branches(n: int) -> Author:
    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        z, y = z[:, :, None, None], y[:, :, None, None]
        x = cat([torch.relu(net.deconv1_1_bn(net.deconv1_1(z))), torch.relu(net.deconv1_2_bn(net.deconv1_2(y)))], 1)
        x = torch.relu(net.deconv2_bn(net.deconv2(x)))
        return torch.tanh(net.deconv4(torch.relu(net.deconv3_bn(net.deconv3(x)))))

    a, b, c = 256 // n, 256 // n, 128 // n
    return Author(
        run,
        deconv1_1=T(100, a, 4, 1, 0),
        deconv1_1_bn=BN2(a),
        deconv1_2=T(10, a, 4, 1, 0),
        deconv1_2_bn=BN2(a),
        deconv2=T(2 * a, b, 4, 2, 1),
        deconv2_bn=BN2(b),
        deconv3=T(b, c, 4, 2, 1),
        deconv3_bn=BN2(c),
        deconv4=T(c, 1, 4, 2, 1),
    )


def mnist_28(n: int) -> Author:
    """1 - 4 - 8 - 16 - 32, then a 1x1 kernel with padding 2: 28 px."""
    a, b, c, d = (width // n for width in (512, 256, 128, 64))
    return Author(points(), main=seq(opened(100, a, b, c, d), T(d, 1, 1, 1, 2, bias=False)))


def cut_28(n: int) -> Author:
    """4 - 7 - 14 - 28 by a kernel of 3."""
    a, b, c = (width // n for width in (256, 128, 64))
    layers = [T(100, a, 4, 1, 0), BN2(a), nn.ReLU(), T(a, b, 3, 2, 1), BN2(b), nn.ReLU(), T(b, c, 4, 2, 1), BN2(c)]
    return Author(points(), main=seq(layers, nn.ReLU(), T(c, 1, 4, 2, 1)))


def nested_dcgan(n: int, last_bias: bool = False) -> Author:
    """Blocks of their own in one `nn.Sequential`."""
    widths = [100, *(width // n for width in (1024, 512, 256, 128))]
    blocks = [
        seq(opened(a, b)) if i == 0 else seq(T(a, b, 4, 2, 1, bias=False), BN2(b), nn.ReLU())
        for i, (a, b) in enumerate(itertools.pairwise(widths))
    ]
    return Author(points("net"), net=nn.Sequential(*blocks, T(widths[-1], 3, 4, 2, 1, bias=last_bias)))


def embedded_dcgan(n: int) -> Author:
    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        return torch.tanh(net.net(cat([z, y @ net.embed.weight], 1)[:, :, None, None]))

    widths = [200, *(width // n for width in (512, 256, 128))]
    return Author(run, net=seq(opened(*widths), T(widths[-1], 1, 4, 2, 1)), embed=nn.Embedding(10, 100))


def sn_points(n: int) -> Author:
    a, b, c, d = (width // n for width in (512, 256, 128, 64))
    layers = seq(opened(128, a, b, c, d, bias=True), T(d, 3, 3, 1, 1))
    return Author(points("model"), model=layers)


def spectral_dcgan(n: int) -> Author:
    """Spectral normalisation in the generator, too, by the older hooks."""
    a, b, c = (width // n for width in (256, 128, 64))
    layers = [spectral_norm(T(100, a, 4, 1, 0)), BN2(a), nn.ReLU(), spectral_norm(T(a, b, 4, 2, 1)), BN2(b), nn.ReLU()]
    layers += [spectral_norm(T(b, c, 4, 2, 1)), BN2(c), nn.ReLU(), T(c, 3, 4, 2, 1)]
    return Author(points(), main=seq(layers))


def first_norm_only(n: int) -> Author:
    a, b, c = (width // n for width in (256, 128, 64))
    layers = [T(100, a, 4, 1, 0), BN2(a), nn.ReLU(), T(a, b, 4, 2, 1), nn.ReLU(), T(b, c, 4, 2, 1), nn.ReLU()]
    return Author(points("layers"), layers=seq(layers, T(c, 3, 4, 2, 1)))


def tconv_info(n: int) -> Author:
    """tconv1 .. tconv4 and bn1 .. bn3: 1 - 1 - 7 - 14 - 28, a sigmoid at the end."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = torch.relu(net.bn1(net.tconv1(cat([z, y], 1)[:, :, None, None])))
        x = torch.relu(net.bn3(net.tconv3(torch.relu(net.bn2(net.tconv2(x))))))
        return torch.sigmoid(net.tconv4(x))

    a, b, c = 1024 // n, 128 // n, 64 // n
    layers = {"tconv1": T(74, a, 1, 1, bias=False), "bn1": BN2(a), "tconv2": T(a, b, 7, 1, bias=False), "bn2": BN2(b)}
    layers |= {"tconv3": T(b, c, 4, 2, 1, bias=False), "bn3": BN2(c), "tconv4": T(c, 1, 4, 2, 1, bias=False)}
    return Author(run, **layers)


# A linear layer, then transposed convolutions


def linear_then_maps(
    n: int, maps: nn.Module, wide: int, side: int, *, inputs: int = 100, act=None, names=("fc", "net")
) -> Author:
    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = getattr(net, names[0])(z)
        x = x if act is None else act(x)
        return torch.tanh(getattr(net, names[1])(x.view(-1, wide, side, side)))

    return Author(run, **{names[0]: L(inputs, wide * side**2), names[1]: maps})


def sn_linear(n: int) -> Author:
    """Linear to 512 maps of 4x4, BatchNorm and ReLU, transposed convolutions, a 3x3 convolution at the end."""
    a, b, c, d = (width // n for width in (512, 256, 128, 64))
    main = seq(BN2(a), nn.ReLU(), opened_from(a, b, c, d, bias=True), C(d, 3, 3, 1, 1))
    return linear_then_maps(n, main, a, 4, inputs=128, names=("linear", "main"))


def opened_from(*channels: int, act=nn.ReLU, norm: bool = True, kernel=(4, 2, 1), bias: bool = False) -> list:
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(channels):
        layers += [T(a, b, *kernel, bias=bias), *([BN2(b)] if norm else []), act()]
    return layers


def preprocess_blocks(n: int) -> Author:
    """A linear layer with BatchNorm over all its numbers, then kernels of 2 with stride 2."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = net.preprocess(z).view(-1, wide[0], 4, 4)
        return torch.tanh(net.deconv_out(net.block2(net.block1(x))))

    wide = [512 // n, 256 // n, 128 // n]
    return Author(
        run,
        preprocess=seq(L(128, 16 * wide[0]), BN1(16 * wide[0]), nn.ReLU()),
        block1=seq(T(wide[0], wide[1], 2, 2), BN2(wide[1]), nn.ReLU()),
        block2=seq(T(wide[1], wide[2], 2, 2), BN2(wide[2]), nn.ReLU()),
        deconv_out=T(wide[2], 3, 2, 2),
    )


def cut_to_seven(n: int) -> Author:
    """4 - 8, of which 7 are kept, - 11 - 28."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = net.block1(net.preprocess(z).view(-1, a, 4, 4))[:, :, :7, :7]
        return torch.sigmoid(net.deconv_out(net.block2(x)))

    a, b, c = (width // n for width in (256, 128, 64))
    blocks = {"block1": seq(T(a, b, 5), nn.ReLU()), "block2": seq(T(b, c, 5), nn.ReLU())}
    return Author(run, preprocess=seq(L(128, 16 * a), nn.ReLU()), **blocks, deconv_out=T(c, 1, 8, 2))


def course_dcgan(n: int) -> Author:
    """fc without an activation, then t_conv1 .. t_conv3, each but the last a pair with BatchNorm."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = net.fc(z).view(-1, a, 4, 4)
        return torch.tanh(net.t_conv3(torch.relu(net.t_conv2(torch.relu(net.t_conv1(x))))))

    a, b, c = (width // n for width in (128, 64, 32))
    pair = lambda p, q: seq(T(p, q, 4, 2, 1, bias=False), BN2(q))  # noqa: E731
    return Author(
        run, fc=L(100, a * 16), t_conv1=pair(a, b), t_conv2=pair(b, c), t_conv3=seq(T(c, 3, 4, 2, 1, bias=False))
    )


def assignment_dcgan(n: int) -> Author:
    """One `nn.Sequential`, BatchNorm after each ReLU."""
    wide, a, b = 1024 // n, 128 // n, 64 // n
    layers = [L(96, wide), nn.ReLU(), BN1(wide), L(wide, 49 * a), nn.ReLU(), BN1(49 * a), nn.Unflatten(1, (a, 7, 7))]
    layers += [T(a, b, 4, 2, 1), nn.ReLU(), BN2(b), T(b, 1, 4, 2, 1)]
    return Author(lambda net, z, y: torch.tanh(net.net(z)), net=seq(layers))


def kernels_5(n: int) -> Author:
    """The tutorial of another framework: 7x7, kernels of 5, strides 1, 2, 2."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = leaky(net.bn1(net.fc(z))).view(-1, a, 7, 7)
        x = leaky(net.bn3(net.deconv2(leaky(net.bn2(net.deconv1(x))))))
        return torch.tanh(net.deconv3(x))

    a, b, c = (width // n for width in (256, 128, 64))
    return Author(
        run,
        fc=L(100, 49 * a, bias=False),
        bn1=BN1(49 * a),
        deconv1=T(a, b, 5, 1, 2, bias=False),
        bn2=BN2(b),
        deconv2=T(b, c, 5, 2, 2, 1, bias=False),
        bn3=BN2(c),
        deconv3=T(c, 1, 5, 2, 2, 1, bias=False),
    )


def label_channel(n: int) -> Author:
    """An embedding and a linear layer make one more map of 7x7 beside those of the noise."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        label = net.label_fc(y @ net.label_emb.weight).view(-1, 1, 7, 7)
        x = cat([leaky(net.noise_fc(z)).view(-1, a, 7, 7), label], 1)
        return torch.tanh(net.out(leaky(net.up2(leaky(net.up1(x))))))

    a = 128 // n
    layers = {"up1": T(a + 1, a, 4, 2, 1), "up2": T(a, a, 4, 2, 1), "out": C(a, 1, 7, 1, 3)}
    return Author(run, label_emb=nn.Embedding(10, 50), label_fc=L(50, 49), noise_fc=L(100, a * 49), **layers)


# Convolutions after up-sampling


def shrinking(n: int) -> Author:
    """One map of 56x56, convolutions of 3, and one of 2 with stride 2 at the end."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = net.br(net.fc(z).view(-1, 1, 56, 56))
        return torch.tanh(net.downsample3(net.downsample2(net.downsample1(x))))

    block = lambda a, b: seq(C(a, b, 3, 1, 1), BN2(b), nn.ReLU())  # noqa: E731
    layers = {"downsample1": block(1, 50), "downsample2": block(50, 25), "downsample3": seq(C(25, 1, 2, 2))}
    return Author(run, fc=L(100, 3136), br=seq(BN2(1), nn.ReLU()), **layers)


def interpolated(n: int, mode: str) -> Author:
    """Up-sampling written in forward."""

    def run(net: Author, z: Tensor, y: Tensor) -> Tensor:
        x = torch.relu(net.bn0(net.fc(z).view(-1, a, 7, 7)))
        x = torch.relu(net.bn1(net.conv1(grown(x))))
        return torch.tanh(net.conv3(torch.relu(net.bn2(net.conv2(grown(x))))))

    def grown(x: Tensor) -> Tensor:
        return interpolate(x, scale_factor=2, mode=mode)

    a, b, c = (width // n for width in (128, 64, 32))
    layers = {"bn0": BN2(a), "conv1": C(a, b, 3, 1, 1), "bn1": BN2(b), "conv2": C(b, c, 3, 1, 1), "bn2": BN2(c)}
    return Author(run, fc=L(100, 49 * a), **layers, conv3=C(c, 1, 3, 1, 1))


def shuffled(n: int) -> Author:
    """Convolutions that make four times as many maps, whose pixels are then shuffled."""
    a, b, c = (width // n for width in (256, 128, 64))
    layers = [BN2(a), nn.ReLU()]
    for inputs, outputs in ((a, b), (b, c), (c, c)):
        layers += [C(inputs, 4 * outputs, 3, 1, 1), nn.PixelShuffle(2), nn.ReLU()]
    return linear_then_maps(n, seq(layers, C(c, 3, 3, 1, 1)), a, 4)


LAYOUTS = {
    "tutorial 64-256-256-784, ReLU": Layout(lambda n: mlp(n, 256, 256, inputs=64), 64),
    "simple GAN 100-256-256-784, gen": Layout(lambda n: mlp(n, 256, 256, name="gen")),
    "assignment 96-1024-1024-784": Layout(
        lambda n: mlp(n, 1024, 1024, inputs=96, name="net"), 96, truth={"noise": "uniform"}
    ),
    "growing MLP, BatchNorm(n, 0.8)": Layout(lambda n: Author(flat(), model=growing(n, 100))),
    "growing MLP, BatchNorm(n)": Layout(lambda n: Author(flat(), model=growing(n, 100, eps=1e-5))),
    "growing MLP, RGB 32 px": Layout(lambda n: Author(flat(32, 3), model=growing(n, 100, 3072)), side=32, channels=3),
    "growing MLP, RGB, channels last": Layout(rgb_mlp, side=32, channels=3, truth={"pixels": "last"}),
    "fc1 .. fc4, LeakyReLU 0.2": Layout(
        lambda n: Author(chained(leaky), **numbered(100, 256 // n, 512 // n, 1024 // n, 784))
    ),
    "hidden0 .. hidden2, out": Layout(hidden_blocks),
    "course 32-64-128, dropout": Layout(dropped),
    "Linear, ReLU, BatchNorm, Dropout": Layout(dropout_sequential),
    "Linear, ReLU, BatchNorm": Layout(lambda n: mlp(n, 256, 512, norm=1e-5, order="after")),
    "course blocks, sigmoid": Layout(course_blocks, 64, truth=SIGMOID),
    "100-128-784, sigmoid": Layout(lambda n: mlp(n, 128, end=torch.sigmoid), truth=SIGMOID),
    "64-256-784, LeakyReLU 0.01": Layout(
        lambda n: mlp(n, 256, inputs=64, act=nn.LeakyReLU), 64, truth={"activation": "leaky:0.01"}
    ),
    "64-256-784, LeakyReLU 0.1": Layout(
        lambda n: mlp(n, 256, inputs=64, act=lambda: nn.LeakyReLU(0.1), name="gen"),
        64,
        truth={"activation": "leaky:0.1"},
    ),
    "MLP with tanh throughout": Layout(lambda n: mlp(n, 256, 512, act=nn.Tanh), truth={"activation": "tanh"}),
    "MLP with SELU": Layout(lambda n: mlp(n, 512, 512, act=nn.SELU), truth={"activation": "selu"}),
    "MLP with PReLU": Layout(prelu_mlp),
    "MLP with weight normalisation": Layout(weight_norm_mlp),
    "one-hot last, 110-128-784, sigmoid": Layout(
        lambda n: Author(flat(join=last, end=torch.sigmoid), model=seq(dense(110, 128 // n), L(128 // n, 784))),
        label=10,
        truth=SIGMOID,
        columns=("model.0", 100),
    ),
    "one-hot first, growing MLP": Layout(
        lambda n: Author(flat(join=first), model=growing(n, 110)), label=10, columns=("model.0", -10)
    ),
    "embedding first, growing MLP": Layout(lambda n: cgan_embedded(n, first, 0.8), label=10, truth={"label": "first"}),
    "embedding last, growing MLP": Layout(lambda n: cgan_embedded(n, last, 1e-5), label=10),
    "embedding last, no BatchNorm": Layout(lambda n: cgan_embedded(n, last, None), label=10),
    "embedding first, no BatchNorm": Layout(
        lambda n: cgan_embedded(n, first, None), label=10, truth={"label": "first"}
    ),
    "fc1_1 beside fc1_2": Layout(two_linear_branches, label=10),
    "label layer beside a noise layer": Layout(lambda n: label_layer(n, True), label=10, truth=SIGMOID),
    "label layer beside the noise": Layout(lambda n: label_layer(n, False), label=10, truth=SIGMOID),
    "DCGAN 64 px, main": Layout(lambda n: dcgan(n, 512, 256, 128, 64, channels=3), side=64, channels=3),
    "DCGAN 64 px, deconv1 .. deconv5": Layout(lambda n: deconv_names(n, 1024, 512, 256, 128), side=64),
    "DCGAN 64 px, blocks in blocks": Layout(nested_dcgan, side=64, channels=3),
    "DCGAN 64 px, last bias": Layout(lambda n: nested_dcgan(n, True), side=64, channels=3),
    "DCGAN 32 px, grey": Layout(lambda n: dcgan(n, 256, 128, 64), side=32),
    "DCGAN 16 px": Layout(lambda n: dcgan(n, 256, 128, channels=3), side=16, channels=3),
    "DCGAN 128 px": Layout(lambda n: dcgan(n, 1024, 512, 256, 128, 64, channels=3), side=128, channels=3),
    "DCGAN 28 px, kernel 1 with padding 2": Layout(mnist_28),
    "DCGAN 28 px, kernel 3": Layout(cut_28),
    "DCGAN 28 px, kernel 7 first": Layout(lambda n: dcgan(n, 128, 64, first=7)),
    "DCGAN 64 px, LeakyReLU 0.2": Layout(
        lambda n: dcgan(n, 512, 256, 128, 64, channels=3, act=LEAKY), side=64, channels=3
    ),
    "DCGAN 32 px, BatchNorm after the first": Layout(first_norm_only, side=32, channels=3),
    "DCGAN 32 px without BatchNorm": Layout(
        lambda n: dcgan(n, 256, 128, 64, norm=False, bias=True, channels=3), side=32, channels=3
    ),
    "DCGAN 32 px, spectral normalisation": Layout(spectral_dcgan, side=32, channels=3, truth={"activation": "relu"}),
    "SNGAN, kernel 3 at the end": Layout(sn_points, 128, side=32, channels=3),
    "cDCGAN, deconv1_1 beside deconv1_2": Layout(two_deconv_branches, label=10, side=32),
    "cDCGAN, embedding": Layout(embedded_dcgan, label=10, side=32),
    "course DCGAN 3-4-3-4": Layout(lambda n: kernels_3434(n, 64), 64),
    "course cDCGAN 3-4-3-4, one-hot": Layout(
        lambda n: kernels_3434(n, 74, join=last), 64, label=10, columns=("gen.0.0", 64)
    ),
    "InfoGAN, tconv1 .. tconv4, sigmoid": Layout(tconv_info, 62, label=12, truth=SIGMOID, columns=("tconv1", 62)),
    "fc, deconv 28 px": Layout(lambda n: doubled(n, 62, fc_deconv(n)), 62),
    "fc, deconv, one-hot": Layout(lambda n: doubled(n, 72, fc_deconv(n, last)), 62, label=10, columns=("fc.0", 62)),
    "InfoGAN, fc, deconv": Layout(lambda n: doubled(n, 74, fc_deconv(n, last)), 62, label=12, columns=("fc.0", 62)),
    "SNGAN, linear first": Layout(sn_linear, 128, side=32, channels=3),
    "WGAN-GP 32 px, kernels 2": Layout(preprocess_blocks, 128, side=32, channels=3),
    "WGAN-GP 28 px, maps cut to 7x7": Layout(
        cut_to_seven, 128, truth={"end": "sigmoid", "plan": "Ts1p0x7,Ts1p0,Ts2p0"}
    ),
    "WGAN-GP 32 px, no BatchNorm": Layout(
        lambda n: linear_then_maps(
            n,
            seq(opened_from(256 // n, 128 // n, 64 // n, norm=False, bias=True), T(64 // n, 1, 4, 2, 1)),
            256 // n,
            4,
            act=torch.relu,
        ),
        side=32,
    ),
    "course DCGAN, fc then t_conv1 .. t_conv3": Layout(
        course_dcgan, side=32, channels=3, truth={"opening": "linear", "noise": "uniform"}
    ),
    "assignment DCGAN, BatchNorm after ReLU": Layout(assignment_dcgan, 96, truth={"noise": "uniform"}),
    "7x7, kernels 5": Layout(kernels_5),
    "label as one more map": Layout(label_channel, label=10, truth={"activation": "leaky:0.2", "label_end": "linear"}),
    "linear, up-sampling, convolutions 32 px": Layout(lambda n: up_net(n, 100, 1), side=32),
    "the same without the first BatchNorm": Layout(lambda n: up_net(n, 62, 1, first_norm=False), 62, side=32),
    "ACGAN, embedding times noise": Layout(
        lambda n: up_net(n, 100, 1, times, 10), label=10, side=32, truth={"label": "multiply", **UP}
    ),
    "SGAN, embedding not used": Layout(
        lambda n: up_net(n, 100, 1, classes=10), label=10, side=32, truth={"label": "unused", **UP}
    ),
    "InfoGAN, up-sampling": Layout(
        lambda n: up_net(n, 74, 1, lambda net, z, y: last(z, y)), 62, label=12, side=32, columns=("l1.0", 62)
    ),
    "interpolate nearest in forward": Layout(lambda n: interpolated(n, "nearest")),
    "interpolate bilinear in forward": Layout(lambda n: interpolated(n, "bilinear")),
    "56x56, convolutions, stride 2": Layout(shrinking),
    "sub-pixel convolutions": Layout(shuffled, side=32, channels=3, truth={"activation": "relu"}),
}


# Refused


def residual(n: int) -> Author:
    block = {"c1": C(64, 64, 3, 1, 1), "c2": C(64, 64, 3, 1, 1), "c_sc": C(64, 64, 1), "b1": BN2(64), "b2": BN2(64)}
    blocks = {f"block{i}": nn.ModuleDict({k: type(m)(*_arguments(m)) for k, m in block.items()}) for i in (2, 3)}
    return Author(flat(), l1=L(128, 16 * 64), **blocks, b5=BN2(64), c5=C(64, 3, 3, 1, 1))


def _arguments(module: nn.Module) -> tuple:
    return (64,) if isinstance(module, nn.BatchNorm2d) else (64, 64, module.kernel_size[0])


def attention(n: int) -> Author:
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.query, self.key, self.value = C(64, 8, 1), C(64, 8, 1), C(64, 64, 1)
            self.gamma = nn.Parameter(torch.zeros(1))

    return Author(flat(), l1=seq(T(128, 64, 4)), attn1=Attention(), last=seq(T(64, 3, 4, 2, 1)))


def encoder_decoder(n: int) -> Author:
    return Author(flat(), encoder=seq(dense(784, 64, 16)), decoder=seq(dense(16, 64), L(64, 784)))


def picture_to_picture(n: int) -> Author:
    return Author(flat(), model=seq(C(3, 64, 7), C(64, 128, 3), T(128, 64, 3), C(64, 3, 7)))


def layer_normed(n: int) -> Author:
    return Author(flat(), model=seq(L(100, 64), nn.LayerNorm(64), nn.ReLU(), L(64, 784)))


REFUSED = {
    "kernels that lead nowhere": (
        lambda n: Author(points(), main=seq(T(100, 64, 3, 1, 0), T(64, 32, 2, 2), T(32, 1, 9, 3))),
        "lead from 1x1 to no square picture",
    ),
    "residual generator": (residual, "residual blocks"),
    "self-attention": (attention, "'gamma'"),
    "autoencoder, encoder and decoder": (encoder_decoder, "autoencoder"),
    "autoencoder, one chain": (lambda n: Author(flat(), model=seq(dense(784, 64, 3, 64), L(64, 784))), "autoencoder"),
    "picture to picture": (picture_to_picture, "makes pictures from pictures"),
    "discriminator, MLP": (lambda n: Author(flat(), model=seq(dense(784, 512, 256), L(256, 1))), "discriminator"),
    "discriminator, convolutions": (
        lambda n: Author(flat(), main=seq(C(3, 64, 4, 2, 1), C(64, 128, 4, 2, 1), BN2(128), C(128, 1, 4))),
        "discriminator",
    ),
    "classifier": (lambda n: Author(flat(), fc=seq(dense(784, 128), L(128, 10))), "10 numbers"),
    "points in the plane": (lambda n: Author(flat(), fc=seq(dense(2, 16), L(16, 2))), "points, not pictures"),
    "LayerNorm": (layer_normed, "LayerNorm"),
}
