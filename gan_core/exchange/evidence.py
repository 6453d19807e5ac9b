"""What weights tell of the questions that shapes leave open.

Columns: training makes the columns of the first layer that a one-hot label enters by longer than those of the noise.

Statistics: in training each BatchNorm kept the mean and variance of what reached it. Rebuilt rightly and fed noise of
the right kind, the network meets the same statistics again; with another activation, stride, epsilon, noise or label
order before that layer it does not. So the answers whose predictions fit are those it was trained with.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
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
CHANCE = 1e-3
# ... and its shortest column is so many times the longest of the others.
LONGER = 1.05
LABEL_SIZES = range(2, 201)
MOST_CODES = 4  # columns of codes after those of a category

# A fit better than this is believed, and only a misfit of CLEARLY times the best one speaks against an answer. The
# statistics come from the last few dozen steps of training, so a right guess leaves a misfit of about 0.1; no misfit
# under TINY is told from another, nor one that the few images drawn here may have by chance.
BELIEVABLE = 0.3
CLEARLY = 2.0
TINY = 0.06
# How many images are drawn, and as many from the opposite noise: more where the first norm alone is looked at.
IMAGES = {"dense": (512, 512), "convolutional": (240, 40), "large": (8, 8)}
LARGE = 16  # side of the first maps from which on few images do
# The first BatchNorm depends on the noise and the labels, the second on what comes between the two, the third on the
# second one's epsilon. Later ones would add little but time, and what the last steps of training changed.
LAYERS = 3
# Answers that only make sense of the statistics together are tried together, the earlier ones in the network first, and
# judged by so many of the norms.
TOGETHER = (
    (("noise", "label", "opening", "label_end"), 1),
    (("norm_order", "activation", "norm_eps"), LAYERS),
    (("plan",), LAYERS),
    (("upsampling",), LAYERS),
)
# Where the search ends in nothing that fits, it starts again from other answers to these.
STARTS = ("upsampling", "norm_order", "opening", "label")

BY_STATISTICS = "the running statistics of BatchNorm"
BY_COLUMNS = "the columns of the first layer"


def settle(structure: Structure, questions: Sequence[Question], source: str) -> list[Question]:
    """The questions with the answers that the weights tell; those that somebody gave, or that are told, stay."""
    asked = {question.name: question for question in questions}
    if not structure.label and asked["label"].grounds != "given":
        asked["label"] = _by_columns(structure, asked["label"])
    if structure.norms:
        asked = _by_statistics(structure, asked, source)
    elif structure.label and not structure.combined and asked["label"].grounds == "assumed":
        asked["label"] = _by_place(structure, asked["label"])
    return list(asked.values())


# Columns


def column_lengths(structure: Structure) -> Tensor:
    """How much the first layer makes of each of its inputs, (inputs,)."""
    first = structure.main[0]
    axis = 0 if first.role == "kernel" else 1
    return first.part.weight.movedim(axis, 0).flatten(1).norm(dim=1)


def label_block(lengths: Tensor) -> tuple[str, int, int] | None:
    """Which inputs are class weights: ("last", 10, 0) for the last ten, with the number of codes after them.

    None where no block of columns at either end is longer than all others.
    """
    size, found = len(lengths), []
    for count, codes in itertools.product(LABEL_SIZES, range(MOST_CODES + 1)):
        if count + codes > size // 2 or math.comb(size, count) < 1 / CHANCE:
            continue
        ends = {"last": slice(size - count - codes, size - codes)} | ({} if codes else {"first": slice(0, count)})
        for side, block in ends.items():
            others = torch.cat([lengths[: block.start], lengths[block.stop :]])
            ratio = (lengths[block].min() / others.max().clamp_min(1e-12)).item()
            if ratio > LONGER:
                found.append((ratio, side, count, codes))
    return max(found)[1:] if found else None


def _by_columns(structure: Structure, question: Question) -> Question:
    lengths = column_lengths(structure)
    block = label_block(lengths)
    if block is None:
        return question.told("none", f"no block of {BY_COLUMNS} stands out") if len(question.values) == 1 else question
    side, classes, codes = block
    if (classes, codes) == (12, 0) and structure.noise == 74:
        classes, codes = 10, 2
    value = f"{side}:{classes}" + (f"+{codes}" if codes else "")
    return question.told(value, f"those of {BY_COLUMNS} are longer than all others")


def _by_place(structure: Structure, question: Question) -> Question:
    """First or last, by the end at which a block as long as the label's output stands out."""
    if structure.joint:
        return question
    lengths, width = column_lengths(structure), structure.label[-1].outputs
    if width < 2 or width > len(lengths) // 2 or math.comb(len(lengths), width) < 1 / CHANCE:
        return question
    for side, block, others in (
        ("last", lengths[-width:], lengths[:-width]),
        ("first", lengths[:width], lengths[width:]),
    ):
        if block.min() > LONGER * others.max():
            return question.told(side, f"those of {BY_COLUMNS} are longer than all others")
    return question


# Statistics


@dataclass(frozen=True)
class Fit:
    """How far the statistics of a rebuilt network are from the running ones, for each of the first norms, (norms,).

    spread: how far two halves of the images are from each other, half of which is what chance alone makes
    """

    misfits: Tensor
    spread: Tensor

    @property
    def total(self) -> float:
        return self.misfits.mean().item()

    def as_good_as(self, best: Fit) -> bool:
        least = torch.stack([best.misfits, self.spread / 2]).amax(0).clamp_min(TINY)
        return bool((self.misfits <= CLEARLY * least).all())


class _Search:
    """Looks for the answers under which the network meets its running statistics again."""

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

    def fit(self, answers: Mapping[str, str], norms: int = LAYERS) -> Fit | None:
        """How well the first norms fit; None where these answers make no network."""
        key: tuple[int | str, ...] = (norms, *answers.values())
        if key not in self.known:
            self.known[key] = _fit(self.structure, answers, self.source, norms)
        return self.known[key]

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
            if fit is not None and fit.total < BELIEVABLE:
                return found
        return None

    def _from(self, chosen: dict[str, str]) -> dict[str, str]:
        for _again in range(2):
            before = chosen
            for names, norms in TOGETHER:
                free = [name for name in names if name in self.open and applies(self.asked[name], chosen)]
                values = itertools.product(*(self.asked[name].values for name in free))
                candidates = [chosen | dict(zip(free, some, strict=True)) for some in values]
                fits = [(fit.total, answers) for answers in candidates if (fit := self.fit(answers, norms))]
                chosen = min(fits, key=lambda pair: pair[0])[1] if fits else chosen
            if chosen == before:
                break
        return chosen

    def told(self, question: Question, chosen: Mapping[str, str]) -> Question:
        """The question with the answer that fits, or the usual one where that fits as well."""
        norms = next(count for names, count in TOGETHER if question.name in names)
        best = self.fit(chosen, norms)

        def fits(value: str) -> bool:
            other = self.fit({**chosen, question.name: value}, norms)
            return other is not None and other.as_good_as(best)

        values = [value for value in question.values if value == chosen[question.name] or fits(value)]
        if len(values) == 1:
            return question.told(values[0], BY_STATISTICS)
        rest = [value for value in question.values if value not in values]
        return replace(question, values=(*values, *rest), chosen=values[0])


def _by_statistics(structure: Structure, asked: dict[str, Question], source: str) -> dict[str, Question]:
    search = _Search(structure, asked, source)
    chosen = search.run()
    if chosen is None:
        return asked
    told = {name: search.told(asked[name], chosen) for name in search.open if applies(asked[name], chosen)}
    if any(question.grounds == "open" for question in told.values()):
        # What fits beside one answer that is not known proves nothing.
        told = {
            name: replace(q, grounds="assumed", evidence="") if q.grounds == "told" else q for name, q in told.items()
        }
    return asked | told


def _fit(structure: Structure, answers: Mapping[str, str], source: str, norms: int) -> Fit | None:
    try:
        net = generator_of(structure, answers, source).eval()
    except CheckpointError:
        return None
    kind = "dense" if not structure.convolutional else "large" if structure.start > LARGE else "convolutional"
    return fit_of(net, _balanced(latent_of(structure, answers), IMAGES[kind][norms > 1]), norms)


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


class _SeenEnough(Exception):
    """Ends a forward pass at the last BatchNorm that is looked at."""


@torch.inference_mode()
def fit_of(net: Net, latent: Tensor, count: int = LAYERS) -> Fit:
    """How well the statistics that latents (N, size) cause fit the running ones of the first `count` norms."""
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)][:count]
    found: list[tuple[Tensor, Tensor]] = []

    def compare(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        running = (norm.running_var.clamp_min(1e-12), norm.running_mean)
        even, odd = (_moments(inputs[0][first::2]) for first in (0, 1))
        found.append((_far(_moments(inputs[0]), running), _far(even, odd)))
        if len(found) == len(norms):
            raise _SeenEnough

    hooks = [norm.register_forward_pre_hook(compare) for norm in norms]
    with suppress(_SeenEnough):
        net(latent)
    for hook in hooks:
        hook.remove()
    misfits, spread = (torch.stack(column).nan_to_num(1e6, posinf=1e6) for column in zip(*found, strict=True))
    return Fit(misfits, spread)


def _moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Variance and mean of each channel, of features (N, C) or maps (N, C, H, W)."""
    variance, mean = torch.var_mean(values.transpose(0, 1).flatten(1), dim=1)
    return variance.clamp_min(1e-12), mean


def _far(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
    """The median over channels of |difference of means| / deviation + |log of the ratio of variances|."""
    (variance, mean), (running, running_mean) = one, other
    return ((mean - running_mean).abs() / running.sqrt() + (variance / running).log().abs()).median()
