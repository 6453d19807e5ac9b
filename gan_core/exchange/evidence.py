"""Evidence in the weights for the questions that shapes leave open.

Columns: training makes the columns of the first layer that a one-hot label enters by longer than those of the noise.

Statistics: in training each BatchNorm kept the mean and variance of what reached it. Rebuilt rightly and fed noise of
the right kind, the network meets the same statistics again; with another activation, stride, epsilon, noise or label
order before that layer it does not. So the answers whose predictions fit are those it was trained with. A forward pass
ends at the first norm whose misfit settles the matter: most wrong answers never reach the larger layers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan_core.errors import CheckpointError
from gan_core.exchange.assemble import generator_of, latent_of
from gan_core.exchange.questions import Question, applies
from gan_core.exchange.structure import Structure
from gan_core.latent_spec import LatentSpec
from gan_core.nets import Net

# A block of columns is believed where it would stand out by chance less than once in a thousand files ...
MAX_CHANCE = 1e-3
# ... and its shortest column is so many times the longest of the others.
MIN_LENGTH_RATIO = 1.05
LABEL_SIZES = range(2, 201)
MAX_CODES = 4  # columns of codes after those of a category

# A fit better than MAX_MISFIT is believed, and only a misfit of MIN_EVIDENCE_RATIO times the best one speaks against an
# answer. The statistics come from the last few dozen steps of training, so a right guess leaves a misfit of about 0.1;
# no misfit under MIN_MISFIT is distinguished from another, nor one that the few images drawn here may have by chance.
MAX_MISFIT = 0.3
MIN_EVIDENCE_RATIO = 2.0
MIN_MISFIT = 0.06
# How many images are drawn, and as many from the opposite noise: more where the first norm alone is looked at.
NUM_IMAGES = {"dense": (512, 512), "convolutional": (240, 40), "large": (8, 8)}
MIN_LARGE_SIDE = 16  # side of the first maps from which on few images do
# The first BatchNorm depends on the noise and the labels, the second on what comes between the two, the third on the
# second one's epsilon. Later ones would add little but time, and what the last steps of training changed.
MAX_NORMS = 3
# Answers that only make sense of the statistics together are tried together, the earlier ones in the network first, and
# compared by so many of the norms.
TOGETHER = (
    (("noise", "label", "opening", "label_end"), 1),
    (("norm_order", "activation", "norm_eps"), MAX_NORMS),
    (("plan",), MAX_NORMS),
    (("upsampling",), MAX_NORMS),
)
# Where the search ends in nothing that fits, it starts again from other answers to these.
STARTS = ("upsampling", "norm_order", "opening", "label")

BY_STATISTICS = "the running statistics of BatchNorm"
BY_COLUMNS = "the columns of the first layer"


def infer_assumptions(structure: Structure, questions: Sequence[Question], source: str) -> list[Question]:
    """The questions with the answers that the weights make likely; answers that are known already stay.

    Args:
        structure: The generator.
        questions: What its shapes leave open.
        source: Name of the file, for messages.
    """
    asked = {question.name: question for question in questions}
    if not structure.label and asked["label"].grounds != "given":
        asked["label"] = _infer_from_columns(structure, asked["label"])
    if structure.norms:
        asked = _infer_from_statistics(structure, asked, source)
    elif structure.label and not structure.combined and asked["label"].grounds == "assumed":
        asked["label"] = _infer_side(structure, asked["label"])
    return list(asked.values())


# Columns


def column_lengths(structure: Structure) -> Tensor:
    """The length of the first layer's weight vector of each of its inputs, (inputs,)."""
    first = structure.main[0]
    axis = 0 if first.role == "kernel" else 1
    lengths: Tensor = torch.linalg.vector_norm(first.part.weight.movedim(axis, 0).flatten(1), dim=1)
    return lengths


def label_block(lengths: Tensor) -> tuple[str, int, int] | None:
    """Which inputs are class weights, by the lengths (inputs,) of their columns.

    Returns:
        The end at which they are, their number and the number of codes after them: ("last", 10, 0) for the last ten.
        None where no block of columns at either end is longer than all others.
    """
    size, found = len(lengths), []
    for count, codes in itertools.product(LABEL_SIZES, range(MAX_CODES + 1)):
        if count + codes > size // 2 or math.comb(size, count) < 1 / MAX_CHANCE:
            continue
        ends = {"last": slice(size - count - codes, size - codes)} | ({} if codes else {"first": slice(0, count)})
        for side, block in ends.items():
            others = torch.cat([lengths[: block.start], lengths[block.stop :]])
            ratio = (lengths[block].min() / others.max().clamp_min(1e-12)).item()
            if ratio > MIN_LENGTH_RATIO:
                found.append((ratio, side, count, codes))
    return max(found)[1:] if found else None


def _infer_from_columns(structure: Structure, question: Question) -> Question:
    lengths = column_lengths(structure)
    block = label_block(lengths)
    if block is None:
        return (
            question.inferred("none", f"no block of {BY_COLUMNS} stands out") if len(question.values) == 1 else question
        )
    side, classes, codes = block
    if (classes, codes) == (12, 0) and structure.noise == 74:
        classes, codes = 10, 2
    value = f"{side}:{classes}" + (f"+{codes}" if codes else "")
    return question.inferred(value, f"those of {BY_COLUMNS} are longer than all others")


def _infer_side(structure: Structure, question: Question) -> Question:
    """First or last, by the end at which a block as long as the label's output stands out."""
    if structure.joint:
        return question
    lengths, width = column_lengths(structure), structure.label[-1].outputs
    if width < 2 or width > len(lengths) // 2 or math.comb(len(lengths), width) < 1 / MAX_CHANCE:
        return question
    for side, block, others in (
        ("last", lengths[-width:], lengths[:-width]),
        ("first", lengths[:width], lengths[width:]),
    ):
        if block.min() > MIN_LENGTH_RATIO * others.max():
            return question.inferred(side, f"those of {BY_COLUMNS} are longer than all others")
    return question


# Statistics


@dataclass(frozen=True)
class Fit:
    """How far the statistics of a rebuilt network are from the running ones, at its first norms.

    Attributes:
        misfits: For each norm, (n,); fewer than `norms` where the forward pass ended early.
        spread: How far two halves of the images are from each other, (n,); half of that is what chance alone makes.
        norms: How many norms are compared in a whole pass.
    """

    misfits: Tensor
    spread: Tensor
    norms: int

    @property
    def is_complete(self) -> bool:
        """Whether the pass reached all norms."""
        return len(self.misfits) == self.norms

    @property
    def total(self) -> float:
        """The mean misfit, of an incomplete pass a lower bound of it."""
        return self.misfits.sum().item() / self.norms

    def as_good_as(self, best: Fit) -> bool:
        """Whether no misfit speaks against it beside those of a complete pass."""
        count = len(self.misfits)
        least = torch.stack([best.misfits[:count], self.spread / 2]).amax(0).clamp_min(MIN_MISFIT)
        return bool((self.misfits <= MIN_EVIDENCE_RATIO * least).all())


class _Search:
    """Searches the answers under which the network reproduces its running statistics."""

    def __init__(self, structure: Structure, asked: Mapping[str, Question], source: str):
        self.structure, self.asked, self.source = structure, asked, source
        names = {name for names, _norms in TOGETHER for name in names}
        self.open = [
            question.name
            for question in asked.values()
            if question.name in names and question.grounds in ("assumed", "open") and len(question.values) > 1
        ]
        if not structure.label and "label" in self.open:
            self.open.remove("label")
        self.known: dict[tuple[int | str, ...], Fit | None] = {}

    def fit(
        self, answers: Mapping[str, str], norms: int = MAX_NORMS, stop: Callable[[Fit], bool] = lambda fit: False
    ) -> Fit | None:
        """How well the first norms fit, as far as `stop` lets the pass go; None where these answers make no network."""
        key: tuple[int | str, ...] = (norms, *answers.values())
        known = self.known.get(key)
        if key not in self.known or (known is not None and not known.is_complete and not stop(known)):
            self.known[key] = known = _fit(self.structure, answers, self.source, norms, stop)
        return known

    def run(self) -> dict[str, str] | None:
        """The answers that fit best, None if nothing fits."""
        usual = {name: question.chosen for name, question in self.asked.items()}
        others = [
            usual | {name: value}
            for name in STARTS
            if name in self.open and applies(self.asked[name], usual)
            for value in self.asked[name].values[1:]
        ]
        for start in (usual, *others):
            found = self._from(start)
            fit = self.fit(found)
            if fit is not None and fit.total < MAX_MISFIT:
                return found
        return None

    def _from(self, chosen: dict[str, str]) -> dict[str, str]:
        for _again in range(2):
            before = chosen
            for names, norms in TOGETHER:
                free = [name for name in names if name in self.open and applies(self.asked[name], chosen)]
                values = itertools.product(*(self.asked[name].values for name in free))
                chosen = self._best([chosen | dict(zip(free, some, strict=True)) for some in values], norms) or chosen
            if chosen == before:
                break
        return chosen

    def _best(self, candidates: Sequence[dict[str, str]], norms: int) -> dict[str, str] | None:
        """The answers that fit best, the first of equals; None where none makes a network."""
        best, least = None, math.inf

        def is_worse(fit: Fit) -> bool:
            return fit.total > least

        for answers in candidates:
            fit = self.fit(answers, norms, is_worse)
            if fit is not None and fit.is_complete and fit.total < least:
                best, least = answers, fit.total
        return best

    def infer(self, question: Question, chosen: Mapping[str, str]) -> Question:
        """The question with the answer that fits, or the usual one where that fits as well."""
        norms = next(count for names, count in TOGETHER if question.name in names)
        best = self.fit(chosen, norms)
        assert best is not None, "the chosen answers fit"

        def fits(value: str) -> bool:
            other = self.fit({**chosen, question.name: value}, norms, lambda fit: not fit.as_good_as(best))
            return other is not None and other.as_good_as(best)

        values = [value for value in question.values if value == chosen[question.name] or fits(value)]
        if len(values) == 1:
            return question.inferred(values[0], BY_STATISTICS)
        rest = [value for value in question.values if value not in values]
        return replace(question, values=(*values, *rest), chosen=values[0])


def _infer_from_statistics(structure: Structure, asked: dict[str, Question], source: str) -> dict[str, Question]:
    search = _Search(structure, asked, source)
    chosen = search.run()
    if chosen is None:
        return asked
    found = {name: search.infer(asked[name], chosen) for name in search.open if applies(asked[name], chosen)}
    if any(question.grounds == "open" for question in found.values()):
        # What fits beside one answer that is not known proves nothing.
        found = {
            name: replace(q, grounds="assumed", evidence="") if q.grounds == "told" else q for name, q in found.items()
        }
    return asked | found


def _fit(
    structure: Structure, answers: Mapping[str, str], source: str, norms: int, stop: Callable[[Fit], bool]
) -> Fit | None:
    try:
        net = generator_of(structure, answers, source).eval()
    except CheckpointError:
        return None
    kind = "dense" if not structure.convolutional else "large" if structure.start > MIN_LARGE_SIDE else "convolutional"
    return fit_of(net, _balanced(latent_of(structure, answers), NUM_IMAGES[kind][norms > 1]), norms, stop)


def _balanced(latent_spec: LatentSpec, count: int) -> Tensor:
    """Latent vectors (2 count, size) whose noise has the mean zero and whose classes are equally frequent."""
    half = latent_spec.sample(count, generator=torch.Generator().manual_seed(0))
    opposite = half.clone()
    for section, place in latent_spec.layout:
        if section.is_choice:
            half[:, place] = one_hot(torch.arange(count) % section.size, section.size).float()
            opposite[:, place] = half[:, place].flip(0)
        else:
            opposite[:, place] *= -1
    return torch.cat([half, opposite])


class _StopForward(Exception):
    """Ends a forward pass where enough is known."""


@torch.inference_mode()
def fit_of(net: Net, z: Tensor, count: int = MAX_NORMS, stop: Callable[[Fit], bool] = lambda fit: False) -> Fit:
    """How well the statistics that latent vectors (N, size) cause fit the running ones of the first `count` norms.

    Args:
        net: A generator with BatchNorm.
        z: Latent vectors.
        count: At most so many norms are compared.
        stop: Asked after each norm whether what is known of the fit is enough.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)][:count]
    fit = Fit(torch.empty(0), torch.empty(0), len(norms))

    def compare(norm: nn.BatchNorm1d | nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        nonlocal fit
        assert norm.running_var is not None
        assert norm.running_mean is not None
        running = (norm.running_var.clamp_min(1e-12), norm.running_mean)
        even, odd = (_moments(inputs[0][first::2]) for first in (0, 1))
        found = torch.stack([_distance(_moments(inputs[0]), running), _distance(even, odd)]).nan_to_num(1e6, posinf=1e6)
        fit = Fit(torch.cat([fit.misfits, found[:1]]), torch.cat([fit.spread, found[1:]]), len(norms))
        if fit.is_complete or stop(fit):
            raise _StopForward

    hooks = [norm.register_forward_pre_hook(compare) for norm in norms]
    with suppress(_StopForward):
        net(z)
    for hook in hooks:
        hook.remove()
    return fit


def _moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Variance and mean of each channel, of features (N, C) or maps (N, C, H, W)."""
    variance, mean = torch.var_mean(values.transpose(0, 1).flatten(1), dim=1)
    return variance.clamp_min(1e-12), mean


def _distance(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
    """The median over channels of |difference of means| / deviation + |log of the ratio of variances|."""
    (variance, mean), (running, running_mean) = one, other
    return ((mean - running_mean).abs() / running.sqrt() + (variance / running).log().abs()).median()
