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
    """Latent (N, latent_size + num_classes) -> images (N, channels, image_size, image_size) in -1 .. 1.

    hidden:          sizes of the hidden layers
    norm:            for each hidden layer, whether BatchNorm follows it; empty for none at all
    num_classes:     0 without a condition; otherwise the last entries of the latent are class weights
    embedding_size:  length of the class embedding
    negative_slope:  of the LeakyReLU; 0 makes it a ReLU
    norm_eps:        epsilon of BatchNorm
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
        super().__init__(
            latent_size=latent_size,
            hidden=list(hidden),
            image_size=image_size,
            channels=channels,
            norm=list(norm),
            num_classes=num_classes,
            embedding_size=embedding_size,
            bias=bias,
            negative_slope=negative_slope,
            norm_eps=norm_eps,
        )
        self.latent_size = latent_size
        self.image_shape = (channels, image_size, image_size)
        self.embedding = nn.Embedding(num_classes, embedding_size) if num_classes else None

        size = latent_size + (embedding_size if num_classes else 0)
        layers: list[nn.Module] = []
        for width, normalised in zip(hidden, norm or [False] * len(hidden), strict=True):
            layers.append(nn.Linear(size, width, bias=bias))
            if normalised:
                layers.append(nn.BatchNorm1d(width, eps=norm_eps))
            layers.append(nn.LeakyReLU(negative_slope))
            size = width
        layers += [nn.Linear(size, channels * image_size * image_size, bias=bias), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latent: Tensor) -> Tensor:
        if self.embedding is not None:
            noise, classes = latent[:, : self.latent_size], latent[:, self.latent_size :]
            latent = torch.cat([noise, classes @ self.embedding.weight], dim=1)
        return self.layers(latent).view(-1, *self.image_shape)


class MLPDiscriminator(Net):
    """Images (N, channels, image_size, image_size) and class weights (N, num_classes) -> logits (N,).

    Without a condition (num_classes 0) it takes images alone. There is no BatchNorm, so the judgement of one image
    never depends on the others in the batch.
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
        super().__init__(
            hidden=list(hidden),
            image_size=image_size,
            channels=channels,
            dropout=dropout,
            num_classes=num_classes,
            embedding_size=embedding_size,
        )
        self.embedding = nn.Embedding(num_classes, embedding_size) if num_classes else None

        size = channels * image_size * image_size + (embedding_size if num_classes else 0)
        layers: list[nn.Module] = []
        for width in hidden:
            layers += [nn.Linear(size, width), nn.LeakyReLU(0.2)]
            if dropout:
                layers.append(nn.Dropout(dropout))
            size = width
        layers.append(nn.Linear(size, 1))
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor, classes: Tensor | None = None) -> Tensor:
        flat = images.flatten(1)
        if self.embedding is not None:
            flat = torch.cat([flat, classes @ self.embedding.weight], dim=1)
        return self.layers(flat).squeeze(1)
