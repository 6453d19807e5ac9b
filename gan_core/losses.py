"""Losses as pure functions of logits, each the mean over the batch.

A logit is D's output before the sigmoid: D(x) = sigmoid(logit). Working on logits keeps the logarithms finite:
-log sigmoid(a) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a).
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy, relu, softplus


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


def discriminator_least_squares(real: Tensor, fake: Tensor) -> Tensor:
    """1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2: targets 1 and 0 without a sigmoid (Mao et al. 2016, equation 9)."""
    return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()


def generator_least_squares(fake: Tensor) -> Tensor:
    """1/2 (D(G(z)) - 1)^2."""
    return 0.5 * (fake - 1).square().mean()


def discriminator_hinge(real: Tensor, fake: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) (Miyato et al. 2018, equation 16)."""
    return relu(1 - real).mean() + relu(1 + fake).mean()


def critic_wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """D(G(z)) - D(x): its negative estimates the Wasserstein distance while D is 1-Lipschitz (Arjovsky et al. 2017)."""
    return fake.mean() - real.mean()


def generator_critic(fake: Tensor) -> Tensor:
    """-D(G(z)), the generator's side of the Wasserstein and of the hinge game."""
    return -fake.mean()


def relativistic(preferred: Tensor, other: Tensor) -> Tensor:
    """-log sigmoid(D(a) - D(b)) over pairs (Jolicoeur-Martineau 2018; Huang et al. 2024, equation 2).

    The discriminator prefers real to fake, the generator fake to real. Both are logits (N,).
    """
    return softplus(other - preferred).mean()


def discriminator_energy(real: Tensor, fake: Tensor, margin: float) -> Tensor:
    """D(x) + max(0, m - D(G(z))) of energies (Zhao et al. 2016, equation 1): low for real, m for fakes."""
    return real.mean() + relu(margin - fake).mean()


def classification(logits: Tensor, classes: Tensor) -> Tensor:
    """-log P(class): cross-entropy of logits (N, K), before any softmax, with class weights (N, K)."""
    return cross_entropy(logits.float(), classes)


def code_likelihood(means: Tensor, codes: Tensor) -> Tensor:
    """-log of a unit Gaussian at continuous codes (N, M), up to a constant: half the squared error, codes added."""
    return 0.5 * (means.float() - codes).square().sum(dim=1).mean()
