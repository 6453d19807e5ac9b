"""Losses as pure functions of the discriminator's outputs, named `<loss>_<player>_loss`.

Every loss is a scalar, the mean over the batch, and float32 whatever it is computed from. A logit is D's output before
the sigmoid: D(x) = sigmoid(logit). Working on logits keeps the logarithms finite: -log sigmoid(a) = softplus(-a) and
-log(1 - sigmoid(a)) = softplus(a). Each loss is declared with its formula, which names its local variables.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy, relu, softplus

from gan_core.formulas import formula


@formula(
    "{real_loss} + {fake_loss}",
    real_loss=r"\overline{-(1 - s) \log D(x) - s \log(1 - D(x))}",
    fake_loss=r"\overline{-(1 - s) \log(1 - D(G(z))) - s \log D(G(z))}",
    where={"label_smoothing": "s"},
    given="label_smoothing",
)
@formula(
    "{real_loss} + {fake_loss}",
    real_loss=r"\overline{-\log D(x)}",
    fake_loss=r"\overline{-\log(1 - D(G(z)))}",
)
def minimax_discriminator_loss(real_logits: Tensor, fake_logits: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """-t log D(x) - (1 - t) log(1 - D(x)) with t = 1 - s for real and t = s for fake images, the two means added.

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1. It is the discriminator's side of the non-saturating loss too.

    Args:
        real_logits: (N,).
        fake_logits: (M,).
        label_smoothing: s; 0 in the paper, 0.1 for targets 0.9 and 0.1.
    """
    real_logits, fake_logits = real_logits.float(), fake_logits.float()
    # softplus(a) - softplus(-a) = a, so smoothing by s adds s * a on the real side and -s * a on the fake side.
    real_loss = softplus(-real_logits) + label_smoothing * real_logits
    fake_loss = softplus(fake_logits) - label_smoothing * fake_logits
    return real_loss.mean() + fake_loss.mean()


@formula("-{losses}", losses=r"\overline{-\log(1 - D(G(z)))}")
def minimax_generator_loss(fake_logits: Tensor) -> Tensor:
    """log(1 - D(G(z))) of logits (N,): flat where D is sure that the image is fake.

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
    """
    losses = softplus(fake_logits.float())
    return -losses.mean()


@formula("{losses}", losses=r"\overline{-\log D(G(z))}")
def non_saturating_generator_loss(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)) of logits (N,): steep where D is sure that the image is fake.

    Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """
    losses = softplus(-fake_logits.float())
    return losses.mean()


@formula(
    r"\tfrac12 \cdot {real_errors} + \tfrac12 \cdot {fake_errors}",
    real_errors=r"\overline{(D(x) - 1)^2}",
    fake_errors=r"\overline{D(G(z))^2}",
)
def least_squares_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """1/2 (D(x) - 1)^2 + 1/2 D(G(z))^2 of scores (N,) and (M,): targets 1 and 0 without a sigmoid.

    Mao et al. 2016, arXiv:1611.04076, equation 9.
    """
    real_errors, fake_errors = (real_scores.float() - 1).square(), fake_scores.float().square()
    return 0.5 * real_errors.mean() + 0.5 * fake_errors.mean()


@formula(r"\tfrac12 \cdot {errors}", errors=r"\overline{(D(G(z)) - 1)^2}")
def least_squares_generator_loss(fake_scores: Tensor) -> Tensor:
    """1/2 (D(G(z)) - 1)^2 of scores (N,); Mao et al. 2016, arXiv:1611.04076, equation 9."""
    errors = (fake_scores.float() - 1).square()
    return 0.5 * errors.mean()


@formula(
    "{real_losses} + {fake_losses}",
    real_losses=r"\overline{\max(0, 1 - D(x))}",
    fake_losses=r"\overline{\max(0, 1 + D(G(z)))}",
)
def hinge_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))) of scores (N,) and (M,); Lim & Ye 2017, arXiv:1705.02894."""
    real_losses, fake_losses = relu(1 - real_scores.float()), relu(1 + fake_scores.float())
    return real_losses.mean() + fake_losses.mean()


@formula("-{fake_scores}", fake_scores=r"\overline{D(G(z))}")
def hinge_generator_loss(fake_scores: Tensor) -> Tensor:
    """-D(G(z)) of scores (N,): the generator's side of the hinge loss, which is that of the Wasserstein loss."""
    return wasserstein_generator_loss(fake_scores)


@formula("{fake_scores} - {real_scores}", fake_scores=r"\overline{D(G(z))}", real_scores=r"\overline{D(x)}")
def wasserstein_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """D(G(z)) - D(x) of scores (N,) and (M,).

    Its negative estimates the Wasserstein distance while D is 1-Lipschitz; Arjovsky et al. 2017, arXiv:1701.07875,
    equation 2.
    """
    return fake_scores.float().mean() - real_scores.float().mean()


@formula("-{fake_scores}", fake_scores=r"\overline{D(G(z))}")
def wasserstein_generator_loss(fake_scores: Tensor) -> Tensor:
    """-D(G(z)) of scores (N,); Arjovsky et al. 2017, arXiv:1701.07875."""
    return -fake_scores.float().mean()


@formula("{losses}", losses=r"\overline{-\log \sigma(D(x) - D(G(z)))}")
def relativistic_discriminator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """-log sigmoid(D(x) - D(G(z))) over pairs of scores (N,): D prefers real to fake.

    Jolicoeur-Martineau 2018, arXiv:1807.00734; Huang et al. 2024, arXiv:2501.05441, equation 2.
    """
    losses = softplus(fake_scores.float() - real_scores.float())
    return losses.mean()


@formula("{losses}", losses=r"\overline{-\log \sigma(D(G(z)) - D(x))}")
def relativistic_generator_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """-log sigmoid(D(G(z)) - D(x)) over pairs of scores (N,): the same with real and fake exchanged."""
    losses = softplus(real_scores.float() - fake_scores.float())
    return losses.mean()


@formula(
    "{real_energy} + {shortfall}",
    real_energy=r"\overline{D(x)}",
    shortfall=r"\overline{\max(0, m - D(G(z)))}",
    where={"margin": "m"},
)
def energy_discriminator_loss(real_energy: Tensor, fake_energy: Tensor, margin: float) -> Tensor:
    """D(x) + max(0, m - D(G(z))) of energies (N,) and (M,): low for real images, at least m for fakes.

    Zhao et al. 2016, arXiv:1609.03126, equation 1.

    Args:
        real_energy: (N,).
        fake_energy: (M,).
        margin: m, above 0.
    """
    shortfall = relu(margin - fake_energy.float())
    return real_energy.float().mean() + shortfall.mean()


@formula("{fake_energy}", fake_energy=r"\overline{D(G(z))}")
def energy_generator_loss(fake_energy: Tensor) -> Tensor:
    """D(G(z)) of energies (N,); Zhao et al. 2016, arXiv:1609.03126, equation 2."""
    return fake_energy.float().mean()


@formula(r"\overline{-\log P(c \mid \text{image})}")
def classification_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """-log P(class): the cross-entropy of logits (N, K), before any softmax, with class weights (N, K)."""
    return cross_entropy(logits.float(), classes.float())


@formula(r"\tfrac12 \cdot {errors}", errors=r"\overline{\lVert Q(\text{image}) - c \rVert^2}")
def gaussian_code_nll(means: Tensor, codes: Tensor) -> Tensor:
    """-log of a Gaussian of variance 1 with means (N, M) at codes (N, M), up to a constant.

    Half the squared error, summed over the codes; Chen et al. 2016, arXiv:1606.03657.
    """
    errors = (means.float() - codes.float()).square().sum(dim=1)
    return 0.5 * errors.mean()


@formula(r"-\sum_{c, c'} P_{cc'} \log \frac{P_{cc'}}{P_c P_{c'}}")
def invariant_information_loss(logits: Tensor, other_logits: Tensor) -> Tensor:
    """Minus the mutual information of the classes of two views of each image, given logits (N, K) of both.

    Least, -log K, where both views of every image are surely of one class and all classes are as frequent. Ji et al.
    2019, "Invariant Information Clustering", arXiv:1807.06653, equation 3.
    """
    first, second = logits.float().softmax(dim=1), other_logits.float().softmax(dim=1)
    joint = first.T @ second / len(first)
    joint = ((joint + joint.T) / 2).clamp_min(1e-8)
    independent = joint.sum(dim=1, keepdim=True) * joint.sum(dim=0, keepdim=True)
    return (joint * (independent.log() - joint.log())).sum()
