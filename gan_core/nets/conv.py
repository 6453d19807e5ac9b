"""The convolutional networks of DCGAN (Radford et al. 2015), with or without a class condition."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from torch.nn.utils.parametrizations import spectral_norm

from gan_core.nets.base import Net
from gan_core.nets.initialization import init_dcgan, init_he

# image size -> kernels of the convolutions between a 4x4 feature map and the image, coarse to fine: 4 - 7 - 14 - 28,
# 4 - 8 - 16 - 32, 4 - 8 - 16 - 32 - 64
KERNELS = {28: (3, 4, 4), 32: (4, 4, 4), 64: (4, 4, 4, 4)}


def feature_channels(image_size: int, base_channels: int) -> list[int]:
    """Channels of the generator's feature maps, coarse to fine: halved at each step, `base_channels` at the end."""
    return [base_channels * 2**level for level in reversed(range(len(KERNELS[image_size])))]


def transposed_side(side: int, kernel: int) -> int:
    """Side of the output of a transposed convolution with stride 2 and padding 1: 2n for kernel 4, 2n - 1 for 3."""
    return 2 * side - 4 + kernel


class LatentProjection(nn.ConvTranspose2d):
    """A transposed convolution of 1x1 maps (N, C, 1, 1) to maps as large as its kernel, (N, D, k, k).

    That is a matrix product, and as one it is several times quicker than the kernels for convolutions.
    """

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Maps (N, D, k, k) of points (N, C, 1, 1); there is only one `output_size`."""
        # Channels come last, as they lie in memory: then neither the weights nor the maps are copied.
        flat = input.flatten(1) @ _channels_last(self.weight)
        maps = flat.view(-1, *self.kernel_size, self.out_channels)
        return (maps if self.bias is None else maps + self.bias).permute(0, 3, 1, 2)


class LogitProjection(nn.Conv2d):
    """A convolution of maps (N, C, k, k) as large as its kernel to 1x1 maps (N, D, 1, 1): a matrix product, too."""

    def forward(self, input: Tensor) -> Tensor:
        """Points (N, D, 1, 1) of maps (N, C, k, k)."""
        return linear(_channels_last(input), _channels_last(self.weight), self.bias)[:, :, None, None]


def _channels_last(maps: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H W C)."""
    return maps.permute(0, 2, 3, 1).flatten(1)


class DCGANGenerator(Net):
    """Latent vectors (N, latent_size + num_classes) -> images (N, channels, S, S) in -1 .. 1.

    A first transposed convolution makes `start` x `start` maps of the vector; every further one has stride 2 and
    doubles the side. BatchNorm and ReLU everywhere but at the end, where tanh follows.

    Args:
        latent_size: Entries of noise.
        features: Channels of the feature maps, coarse to fine.
        kernels: Of the convolution after each of them: 4, the default, or 3 where the side is to be one less than
            doubled.
        start: Side of the coarsest feature maps.
        channels: Of the images.
        num_classes: Class weights, after the noise.
        bias: Whether the convolutions have one.
        norm: Whether BatchNorm follows each of the feature maps.
        negative_slope: Of a LeakyReLU; 0 makes it a ReLU.
        norm_eps: Epsilon of BatchNorm.
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
        super().__init__()
        kernels = kernels or [4] * len(features)
        opening = LatentProjection(latent_size + num_classes, features[0], start, bias=bias)
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

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, channels, S, S) of latent vectors (N, latent_size + num_classes)."""
        images: Tensor = self.layers(z[:, :, None, None])
        return images


class DCGANDiscriminator(Net):
    """Images (N, channels, S, S) and class weights (N, num_classes) -> logits (N,).

    The generator in reverse: strided 4x4 convolutions, LeakyReLU 0.2, BatchNorm on all but the first. A class enters as
    one more image channel, a plane learnt for each class. Weights begin as in DCGAN, without BatchNorm by He's rule.

    Args:
        features: As in the generator, coarse to fine.
        kernels: As in the generator, coarse to fine.
        start: Side of the coarsest feature maps.
        channels: Of the images.
        num_classes: Class weights; 0 without a condition.
        norm: Whether there is BatchNorm; a critic with a gradient penalty must not have it.
        spectral: Whether every weight is divided by its largest singular value (Miyato et al. 2018).
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
        super().__init__()
        kernels = kernels or [4] * len(features)
        self.image_size = reduce(transposed_side, kernels, start)
        self.plane = nn.Linear(num_classes, self.image_size**2, bias=False) if num_classes else None

        layers: list[nn.Module] = []
        size = channels + (1 if num_classes else 0)
        for outputs, kernel in zip(reversed(features), reversed(kernels), strict=True):
            normalized = norm and bool(layers)
            layers.append(nn.Conv2d(size, outputs, kernel, stride=2, padding=1, bias=not normalized))
            if normalized:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.LeakyReLU(0.2))
            size = outputs
        layers.append(LogitProjection(size, 1, start))
        self.layers = nn.Sequential(*layers)
        init_dcgan(self) if norm else init_he(self)
        if spectral:
            for layer in self.layers:
                if isinstance(layer, nn.Conv2d):
                    spectral_norm(layer)

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """Logits (N,)."""
        logits: Tensor = self.layers[-1](self.trunk(images, classes))
        return logits.flatten()

    def trunk(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """The last feature maps, (N, features[0], start, start), from which the logit is computed."""
        if self.plane is not None:
            plane = self.plane(classes).view(-1, 1, self.image_size, self.image_size)
            images = torch.cat([images, plane], dim=1)
        maps: Tensor = self.layers[:-1](images)
        return maps


class AuxiliaryHeadDiscriminator(DCGANDiscriminator):
    """A DCGAN discriminator with an auxiliary head on its trunk; `forward` gives the logits (N,) alone.

    Args:
        aux_dim: Outputs of the auxiliary head.
        features: As in the generator, coarse to fine; and so on, as in `DCGANDiscriminator`.
        kernels: As in the generator, coarse to fine.
        start: Side of the coarsest feature maps.
        channels: Of the images.
        norm: Whether there is BatchNorm.
        spectral: Whether there is spectral normalization.
    """

    def __init__(
        self,
        *,
        aux_dim: int,
        features: Sequence[int],
        kernels: Sequence[int] | None = None,
        start: int = 4,
        channels: int = 1,
        norm: bool = True,
        spectral: bool = False,
    ):
        super().__init__(
            features=features, kernels=kernels, start=start, channels=channels, norm=norm, spectral=spectral
        )
        self.head = nn.Sequential(nn.Conv2d(features[0], aux_dim, start), nn.Flatten())
        init_dcgan(self.head) if norm else init_he(self.head)

    def logits_and_aux(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) and the output of the auxiliary head, (N, aux_dim); float32 in mixed precision too."""
        trunk = self.trunk(images)
        return self.layers[-1](trunk).flatten().float(), self.head(trunk).float()
