"""The convolutional networks of DCGAN (Radford et al. 2015), with or without a class condition."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from torch.nn.utils.parametrizations import spectral_norm

from gan_core.nets.base import Net

# image size -> kernels of the convolutions between a 4x4 feature map and the image, coarse to fine: 4 - 7 - 14 - 28,
# 4 - 8 - 16 - 32, 4 - 8 - 16 - 32 - 64
KERNELS = {28: (3, 4, 4), 32: (4, 4, 4), 64: (4, 4, 4, 4)}


def feature_channels(image_size: int, width: int) -> list[int]:
    """Channels of the generator's feature maps, coarse to fine: halved from one to the next, ending at `width`."""
    return [width * 2**level for level in reversed(range(len(KERNELS[image_size])))]


def enlarged(side: int, kernel: int) -> int:
    """Side of what a transposed convolution with stride 2 and padding 1 makes of a map: 2n for 4x4, 2n - 1 for 3x3."""
    return 2 * side - 4 + kernel


def init_dcgan(net: nn.Module) -> None:
    """Weights from N(0, 0.02), BatchNorm scales from N(1, 0.02), as in the paper."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


class PointToMap(nn.ConvTranspose2d):
    """A transposed convolution of 1x1 maps (N, C, 1, 1) to maps as large as its kernel, (N, D, k, k).

    That is a matrix product, and as one it is several times quicker than the kernels for convolutions.
    """

    def forward(self, points: Tensor) -> Tensor:
        # Channels come last, as they lie in memory: then neither the weights nor the maps are copied.
        maps = (points.flatten(1) @ _channels_last(self.weight)).unflatten(1, (*self.kernel_size, self.out_channels))
        return (maps if self.bias is None else maps + self.bias).permute(0, 3, 1, 2)


class MapToPoint(nn.Conv2d):
    """A convolution of maps (N, C, k, k) as large as its kernel to 1x1 maps (N, D, 1, 1): a matrix product, too."""

    def forward(self, maps: Tensor) -> Tensor:
        return linear(_channels_last(maps), _channels_last(self.weight), self.bias)[:, :, None, None]


def _channels_last(maps: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H W C)"""
    return maps.permute(0, 2, 3, 1).flatten(1)


class DCGANGenerator(Net):
    """Latent (N, latent_size + num_classes) -> images (N, channels, S, S) in -1 .. 1.

    A first transposed convolution opens the latent to `start` x `start`; every further one has stride 2 and doubles the
    side. BatchNorm and ReLU everywhere but at the end, where tanh draws the image.

    features: channels of the feature maps, coarse to fine
    kernels:  of the convolution after each of them: 4, the default, or 3 where the side is to be one less than doubled
    norm:     whether BatchNorm follows each of them
    """

    def __init__(
        self,
        *,
        latent_size: int,
        features: Sequence[int],
        kernels: Sequence[int] | None = None,
        start: int = 4,
        channels: int = 1,
        num_classes: int = 0,
        bias: bool = False,
        norm: bool = True,
        negative_slope: float = 0.0,
        norm_eps: float = 1e-5,
    ):
        kernels = list(kernels or [4] * len(features))
        super().__init__(
            latent_size=latent_size,
            features=list(features),
            kernels=kernels,
            start=start,
            channels=channels,
            num_classes=num_classes,
            bias=bias,
            norm=norm,
            negative_slope=negative_slope,
            norm_eps=norm_eps,
        )
        opening = PointToMap(latent_size + num_classes, features[0], start, bias=bias)
        *middle, last = (
            nn.ConvTranspose2d(size, outputs, kernel, stride=2, padding=1, bias=bias)
            for size, outputs, kernel in zip(features, [*features[1:], channels], kernels, strict=True)
        )
        layers: list[nn.Module] = []
        for convolution in (opening, *middle):
            layers.append(convolution)
            if norm:
                layers.append(nn.BatchNorm2d(convolution.out_channels, eps=norm_eps))
            layers.append(nn.LeakyReLU(negative_slope) if negative_slope else nn.ReLU())
        layers += [last, nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)

    def forward(self, latent: Tensor) -> Tensor:
        return self.layers(latent[:, :, None, None])


class DCGANDiscriminator(Net):
    """Images (N, channels, S, S) and class weights (N, num_classes) -> logits (N,).

    The generator's mirror image: strided 4x4 convolutions, LeakyReLU 0.2, BatchNorm on all but the first. A class
    enters as one more image channel, a plane learnt for each class.

    features, kernels: coarse to fine, as in the generator
    norm:              whether there is BatchNorm; a critic with a gradient penalty must not have it
    spectral:          whether every weight is divided by its largest singular value (Miyato et al. 2018)
    """

    def __init__(
        self,
        *,
        features: Sequence[int],
        kernels: Sequence[int] | None = None,
        start: int = 4,
        channels: int = 1,
        num_classes: int = 0,
        norm: bool = True,
        spectral: bool = False,
    ):
        kernels = list(kernels or [4] * len(features))
        super().__init__(
            features=list(features),
            kernels=kernels,
            start=start,
            channels=channels,
            num_classes=num_classes,
            norm=norm,
            spectral=spectral,
        )
        self.image_size = reduce(enlarged, kernels, start)
        self.plane = nn.Linear(num_classes, self.image_size**2, bias=False) if num_classes else None

        layers: list[nn.Module] = []
        size = channels + (1 if num_classes else 0)
        for width, kernel in zip(reversed(features), reversed(kernels), strict=True):
            normalised = norm and bool(layers)
            layers.append(nn.Conv2d(size, width, kernel, stride=2, padding=1, bias=not normalised))
            if normalised:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.LeakyReLU(0.2))
            size = width
        layers.append(MapToPoint(size, 1, start))
        self.layers = nn.Sequential(*layers)
        init_dcgan(self)
        if spectral:
            for layer in self.layers:
                if isinstance(layer, nn.Conv2d):
                    spectral_norm(layer)

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        return self.layers[-1](self.trunk(images, classes)).flatten()

    def trunk(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """The last feature maps, (N, features[0], start, start), from which the logit is read."""
        if self.plane is not None:
            plane = self.plane(classes).view(-1, 1, self.image_size, self.image_size)
            images = torch.cat([images, plane], dim=1)
        return self.layers[:-1](images)


class HeadedDiscriminator(DCGANDiscriminator):
    """A DCGAN discriminator with a second head on its trunk; called like any other, it gives the logits (N,).

    outputs: of the second head
    """

    def __init__(self, *, outputs: int, **arguments: Any):
        super().__init__(**arguments)
        self._arguments |= {"outputs": outputs}
        last = self.layers[-1]
        self.head = nn.Sequential(nn.Conv2d(last.in_channels, outputs, last.kernel_size), nn.Flatten())
        init_dcgan(self.head)

    def judge_and_read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (N,) and what the second head says, (N, outputs); float32 in mixed precision too."""
        trunk = self.trunk(images)
        return self.layers[-1](trunk).flatten().float(), self.head(trunk).float()
