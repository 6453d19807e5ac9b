"""The convolutional networks of DCGAN (Radford et al. 2015), with or without a class condition."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.nets.base import Net

# image size -> (side of the first feature map, number of doublings from there)
PYRAMID = {28: (7, 2), 32: (4, 3), 64: (4, 4)}


def feature_channels(image_size: int, width: int) -> list[int]:
    """Channels of the generator's feature maps, coarse to fine: halved at each doubling, ending at `width`."""
    _, doublings = PYRAMID[image_size]
    return [width * 2**level for level in reversed(range(doublings))]


def init_dcgan(net: nn.Module) -> None:
    """Weights from N(0, 0.02), BatchNorm scales from N(1, 0.02), as in the paper."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


class DCGANGenerator(Net):
    """Latent (N, latent_size + num_classes) -> images (N, channels, S, S) in -1 .. 1, S = start * 2 ** len(features).

    A first transposed convolution opens the latent to `start` x `start`; every further one, 4x4 with stride 2,
    doubles the side. BatchNorm and ReLU everywhere but at the end, where tanh draws the image.

    features: channels of the feature maps, coarse to fine
    norm:     whether BatchNorm follows each of them
    """

    def __init__(
        self,
        *,
        latent_size: int,
        features: Sequence[int],
        start: int,
        channels: int = 1,
        num_classes: int = 0,
        bias: bool = False,
        norm: bool = True,
        negative_slope: float = 0.0,
        norm_eps: float = 1e-5,
    ):
        super().__init__(
            latent_size=latent_size,
            features=list(features),
            start=start,
            channels=channels,
            num_classes=num_classes,
            bias=bias,
            norm=norm,
            negative_slope=negative_slope,
            norm_eps=norm_eps,
        )
        layers: list[nn.Module] = []
        size = latent_size + num_classes
        for level, width in enumerate(features):
            kernel = {"kernel_size": start} if level == 0 else {"kernel_size": 4, "stride": 2, "padding": 1}
            layers.append(nn.ConvTranspose2d(size, width, bias=bias, **kernel))
            if norm:
                layers.append(nn.BatchNorm2d(width, eps=norm_eps))
            layers.append(nn.LeakyReLU(negative_slope) if negative_slope else nn.ReLU())
            size = width
        layers += [nn.ConvTranspose2d(size, channels, 4, stride=2, padding=1, bias=bias), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent[:, :, None, None])


class DCGANDiscriminator(Net):
    """Images (N, channels, S, S) and class weights (N, num_classes) -> logits (N,).

    The generator's mirror image: strided 4x4 convolutions, LeakyReLU 0.2, BatchNorm on all but the first. A class
    enters as one more image channel, a plane learnt for each class.

    features: channels of the feature maps, coarse to fine, as in the generator
    """

    def __init__(
        self,
        *,
        features: Sequence[int],
        start: int,
        channels: int = 1,
        num_classes: int = 0,
    ):
        super().__init__(features=list(features), start=start, channels=channels, num_classes=num_classes)
        self.image_size = start * 2 ** len(features)
        self.plane = nn.Linear(num_classes, self.image_size**2, bias=False) if num_classes else None

        layers: list[nn.Module] = []
        size = channels + (1 if num_classes else 0)
        for level, width in enumerate(reversed(features)):
            layers.append(nn.Conv2d(size, width, 4, stride=2, padding=1, bias=level == 0))
            if level > 0:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.LeakyReLU(0.2))
            size = width
        layers.append(nn.Conv2d(size, 1, start))
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        if self.plane is not None:
            plane = self.plane(classes).view(-1, 1, self.image_size, self.image_size)
            images = torch.cat([images, plane], dim=1)
        return self.layers(images).flatten()
