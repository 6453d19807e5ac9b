"""Measures of the classes of samples: coverage, balance, and accuracy of the condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.latent_spec import LatentSpec

MIN_SHARE = 0.25  # of an even share, for a class to be covered


@dataclass(frozen=True)
class CodePurity:
    """What the categories of a latent code, which a generator found by itself, turned out to mean.

    Attributes:
        purity: Fraction of the samples whose class is the commonest of their category.
        class_of: The commonest class of each category that was drawn.
    """

    purity: float
    class_of: dict[int, int]


def class_shares(predicted: Tensor, names: tuple[str, ...]) -> dict[str, float]:
    """The fraction of the samples in each class, of class indices int64 (N,)."""
    counts = torch.bincount(predicted, minlength=len(names)).double()
    return dict(zip(names, (counts / len(predicted)).tolist(), strict=True))


def classes_covered(shares: Mapping[str, float]) -> int:
    """How many classes have at least a quarter of an even share: 2.5 % for ten classes.

    A class that is never drawn collects stray samples that the classifier takes for it; a quarter is more than those.
    """
    return sum(share >= MIN_SHARE / len(shares) for share in shares.values())


def class_imbalance(shares: Mapping[str, float], real: Mapping[str, float]) -> float:
    """The fraction of the samples that would have to change class for the shares to be the real ones."""
    return sum(abs(shares[name] - real[name]) for name in real) / 2


def code_purity(categories: Tensor, predicted: Tensor) -> CodePurity:
    """`CodePurity` of samples by their category and their predicted class, int64 (N,) each.

    A code that means nothing reaches the share of the commonest class, and a little more the fewer samples there are.
    """
    class_of, pure = {}, 0
    for category in torch.unique(categories).tolist():
        counts = torch.bincount(predicted[categories == category])
        class_of[category] = int(counts.argmax())
        pure += int(counts.max())
    return CodePurity(pure / len(predicted), class_of)


def conditional_accuracy(latent_spec: LatentSpec, z: Tensor, predicted: Tensor) -> float | None:
    """The fraction of samples of the class that their latent vector z asks for; None for an unconditional generator."""
    asked = latent_spec.chosen(z, "class")
    return None if asked is None else (asked == predicted).double().mean().item()
