"""Losses as pure functions of logits, each the mean over the batch.

A logit is D's output before the sigmoid: D(x) = sigmoid(logit). Working on logits keeps the logarithms finite:
-log sigmoid(a) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus


def discriminator_bce(real: Tensor, fake: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """-t log D(x) - (1 - t) log(1 - D(x)) with t = 1 - s for real and t = s for fake images, the two means added.

    real, fake: logits (N,), (M,). label_smoothing s: 0 for Goodfellow et al. 2014, 0.1 for targets 0.9 and 0.1.
    """
    # softplus(a) - softplus(-a) = a, so smoothing by s adds s * a on the real side and -s * a on the fake side.
    on_real = softplus(-real) + label_smoothing * real
    on_fake = softplus(fake) - label_smoothing * fake
    return on_real.mean() + on_fake.mean()


def generator_non_saturating(fake: Tensor) -> Tensor:
    """-log D(G(z)): the form that Goodfellow et al. 2014 train with, steep where D is sure that the image is fake."""
    return softplus(-fake).mean()


def generator_minimax(fake: Tensor) -> Tensor:
    """log(1 - D(G(z))): the original game, flat where D is sure that the image is fake."""
    return -softplus(fake).mean()
