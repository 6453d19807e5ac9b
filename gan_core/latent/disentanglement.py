"""What the entries of z mean: which attribute of the image each one holds, and how cleanly they are kept apart.

Many images are drawn, and a classifier reads the attributes of each, such as the amount of a smile or the presence of
glasses. For an entry and an attribute there are two numbers:

- correlation: Pearson's, -1 .. 1; above 0 where raising the entry gives more of the attribute
- information: how much of what there is to know about the attribute the entry tells, 0 .. 1: their mutual information
  over the entropy of the attribute

The mutual information gap (MIG; Chen et al. 2018, "Isolating Sources of Disentanglement in Variational Autoencoders",
arXiv:1802.04942) of an attribute is the information of the entry that tells most about it less that of the next: 1
where one entry holds it alone, 0 where several share it or none does. A generator's is the mean over all attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_core.errors import LatentError
from gan_core.latent.arguments import python_arguments
from gan_core.models.checkpoint import Checkpoint

NUM_BINS = 20  # of the values of an entry, as many in each
CHUNK = 256  # images drawn at a time
MIN_CORRELATION = (
    0.15  # of what has a name: of a hundred entries and attributes that have nothing to do with each other
)
# the highest is 0.1 among 2,000 images

ReadAttributes = Callable[[Tensor], Tensor]
"""Images uint8 (N, C, H, W) -> attributes float (N, A) in 0 .. 1."""


@dataclass(frozen=True)
class Meaning:
    """The attribute that an entry holds best.

    Attributes:
        name: Of the attribute.
        correlation: With the entry, -1 .. 1.
    """

    name: str
    correlation: float


@dataclass(frozen=True)
class Disentanglement:
    """What is between E entries of z, all of them, and A attributes.

    Attributes:
        names: Of the attributes.
        correlation: Float64 (E, A), -1 .. 1.
        information: Float64 (E, A), 0 .. 1.
        present: Bool (A,): whether some images have the attribute and some have not; the others have no gap.
    """

    names: tuple[str, ...]
    correlation: Tensor
    information: Tensor
    present: Tensor

    def meaning(self, entry: int) -> Meaning | None:
        """The attribute that correlates best with an entry, or None where none does."""
        best = int(self.correlation[entry].abs().argmax())
        correlation = self.correlation[entry, best].item()
        return Meaning(self.names[best], correlation) if abs(correlation) >= MIN_CORRELATION else None

    @property
    def strengths(self) -> Tensor:
        """How well each entry holds an attribute: its highest correlation without the sign, float64 (E,)."""
        return self.correlation.abs().amax(1)

    @property
    def gaps(self) -> dict[str, float]:
        """The mutual information gap of every attribute that some images have and some have not."""
        if len(self.information) < 2:
            return {}
        first, second = self.information.topk(2, dim=0).values
        gaps = zip(self.names, (first - second).tolist(), self.present.tolist(), strict=True)
        return {name: gap for name, gap, present in gaps if present}

    @property
    def mutual_information_gap(self) -> float:
        """The mean of all gaps, 0 where there are none."""
        return sum(self.gaps.values()) / max(1, len(self.gaps))


@python_arguments
def measure_disentanglement(
    checkpoint: Checkpoint,
    z: Tensor,
    read: ReadAttributes,
    names: Sequence[str],
    progress: Callable[[float], None] = lambda fraction: None,
) -> Disentanglement:
    """Draw the images of latent vectors and compare their entries with the attributes.

    Args:
        checkpoint: The generator.
        z: Latent vectors (N, size) as the generator meets them in training; a thousand or more.
        read: Gives the attributes.
        names: Of the attributes.
        progress: Called with the fraction done.

    Raises:
        LatentError: For vectors of the wrong length, or fewer than two.
    """
    checkpoint.latent_spec.check(z)
    if len(z) < 2:
        raise LatentError("meanings are measured over many vectors; give a thousand")
    parts = []
    for start in range(0, len(z), CHUNK):
        parts.append(read(checkpoint.draw(z[start : start + CHUNK])))
        progress(min(1.0, (start + CHUNK) / len(z)))
    values = torch.cat(parts)
    has = values > 0.5
    return Disentanglement(tuple(names), correlations(z, values), information(z, has), has.any(0) & ~has.all(0))


def correlations(z: Tensor, values: Tensor) -> Tensor:
    """Pearson's correlation of every column of z (N, E) with every one of `values` (N, A): float64 (E, A).

    0 where a column does not vary.
    """

    def standardized(columns: Tensor) -> Tensor:
        centered = columns.double() - columns.double().mean(0)
        length = centered.square().sum(0).sqrt()
        return centered / length.where(length > 1e-9, torch.inf)

    return (standardized(z).T @ standardized(values)).clamp(-1, 1)


def information(z: Tensor, has: Tensor) -> Tensor:
    """Mutual information of every column of z (N, E) with every attribute, over the entropy of the attribute.

    The values of an entry are put into `NUM_BINS` bins, as many in each; where it has few values, each is a bin.

    Args:
        z: Latent vectors.
        has: Whether an image has an attribute, bool (N, A).

    Returns:
        Float64 (E, A), 0 .. 1; 0 for what all or no images have.
    """
    share = has.double().mean(0)
    entropy = _entropy(share)
    told = []
    for column in z.double().T.contiguous():
        edges = column.quantile(torch.linspace(0, 1, NUM_BINS + 1, dtype=torch.float64)[1:-1]).unique()
        bins = torch.nn.functional.one_hot(torch.bucketize(column, edges, right=True), len(edges) + 1).double()
        size = bins.sum(0)
        share_in_bin = (bins.T @ has.double()) / size.clamp(min=1)[:, None]
        told.append(entropy - (size[:, None] / len(z) * _entropy(share_in_bin)).sum(0))
    return (torch.stack(told) / entropy.where(entropy > 0, torch.inf)).clamp(0, 1)


def _entropy(share: Tensor) -> Tensor:
    """Of what is so with this probability, in nats."""
    return -(torch.xlogy(share, share) + torch.xlogy(1 - share, 1 - share))
