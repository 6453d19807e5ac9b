"""Fully connected generators and discriminators, with or without a class condition.

The condition is a row of class weights, normally one-hot. It passes through an embedding (a matrix product, so that
weights between two classes give a mixture of both) and is concatenated to the other input (Mirza & Osindero 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.nets.base import Net


class MLPGenerator(Net):
    """Latent vectors (N, latent_size + num_classes) -> images (N, channels, image_size, image_size) in -1 .. 1.

    Args:
        latent_size: Entries of noise.
        hidden: Sizes of the hidden layers.
        image_size: Side of the images in pixels.
        channels: Of the images.
        norm: For each hidden layer, whether BatchNorm follows it; empty for none at all.
        num_classes: 0 without a condition; otherwise the last entries of a latent vector are class weights.
        embedding_size: Length of the class embedding.
        bias: Whether the fully connected layers have one.
        negative_slope: Of the LeakyReLU; 0 makes it a ReLU.
        norm_eps: Epsilon of BatchNorm.
    """

    def __init__(
        self,
        *,
        latent_size: int,
        hidden: Sequence[int],
        image_size: int,
        channels: int = 1,
        norm: Sequence[bool] = (),
        num_classes: int = 0,
        embedding_size: int = 10,
        bias: bool = True,
        negative_slope: float = 0.2,
        norm_eps: float = 1e-5,
    ):
        super().__init__()
        self.latent_size = latent_size
        self.image_shape = (channels, image_size, image_size)
        self.embedding = nn.Embedding(num_classes, embedding_size) if num_classes else None

        size = latent_size + (embedding_size if num_classes else 0)
        layers: list[nn.Module] = []
        for outputs, normalized in zip(hidden, norm or [False] * len(hidden), strict=True):
            layers.append(nn.Linear(size, outputs, bias=bias))
            if normalized:
                layers.append(nn.BatchNorm1d(outputs, eps=norm_eps))
            layers.append(nn.LeakyReLU(negative_slope))
            size = outputs
        layers += [nn.Linear(size, channels * image_size * image_size, bias=bias), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """Images (N, *image_shape) of latent vectors (N, latent_size + num_classes)."""
        if self.embedding is not None:
            noise, classes = z[:, : self.latent_size], z[:, self.latent_size :]
            z = torch.cat([noise, classes @ self.embedding.weight], dim=1)
        pixels: Tensor = self.layers(z)
        return pixels.view(-1, *self.image_shape)


class MLPDiscriminator(Net):
    """Images (N, channels, image_size, image_size) and class weights (N, num_classes) -> logits (N,).

    Without a condition it takes images alone. There is no BatchNorm, so the logit of one image never depends on the
    others in the batch.

    Args:
        hidden: Sizes of the hidden layers.
        image_size: Side of the images in pixels.
        channels: Of the images.
        dropout: Probability of setting a hidden value to 0 in training.
        num_classes: Class weights; 0 without a condition.
        embedding_size: Length of the class embedding.
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int],
        image_size: int,
        channels: int = 1,
        dropout: float = 0.0,
        num_classes: int = 0,
        embedding_size: int = 10,
    ):
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size) if num_classes else None

        size = channels * image_size * image_size + (embedding_size if num_classes else 0)
        layers: list[nn.Module] = []
        for outputs in hidden:
            layers += [nn.Linear(size, outputs), nn.LeakyReLU(0.2)]
            if dropout:
                layers.append(nn.Dropout(dropout))
            size = outputs
        layers.append(nn.Linear(size, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        """Logits (N,)."""
        flat = images.flatten(1)
        if self.embedding is not None and classes is not None:
            flat = torch.cat([flat, classes @ self.embedding.weight], dim=1)
        logits: Tensor = self.layers(flat)
        return logits.squeeze(1)
