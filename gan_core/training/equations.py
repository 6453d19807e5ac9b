"""The equations of a step in slow motion: what is worked out, in symbols and with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gan_core.families import Loss
from gan_core.formulas import Formula, in_sum, number
from gan_core.latent_spec import Section
from gan_core.training.source_lines import Statement
from gan_core.training.sub_steps import Equation, Player

MAX_ENTRIES = 4  # of a vector that is written out


@dataclass(frozen=True)
class Term:
    """One call of a function that has a formula.

    Attributes:
        formula: The one that held.
        arguments: Names of the function's arguments.
        values: Its local variables when it returned, by name.
        result: What it returned, with its graph.
        code: The statement that made the call, and the function's body.
    """

    formula: Formula
    arguments: tuple[str, ...]
    values: Mapping[str, Any]
    result: Any
    code: tuple[Statement, Statement]

    def raw_scores(self, side: str) -> list[Tensor]:
        """D's outputs for "real" or "fake" images, (N,), among the arguments."""
        named = (self.values[name] for name in self.arguments if name.startswith(f"{side}_"))
        return [value.detach().float().cpu() for value in named if isinstance(value, Tensor)]

    @property
    def vectors(self) -> dict[str, Tensor]:
        """What the formula takes the mean of, one number for each image (N,), by the name of the variable."""
        named = {name: self.values[name] for name in self.formula.symbols}
        return {
            name: value.detach().float().cpu()
            for name, value in named.items()
            if isinstance(value, Tensor) and value.numel() > 1
        }

    @property
    def lines(self) -> tuple[str, ...]:
        """The formula in symbols, with the numbers of single images, and with their means."""
        symbols = self.formula.symbolic
        if not self.formula.symbols:
            return (symbols,)
        return symbols, self.formula.written_out(self.values), self.formula.with_means(self.values)

    @property
    def constants(self) -> str:
        """See `Formula.constants`."""
        return self.formula.constants(self.values)


def latent_equation(section: Section, entries: Tensor) -> Equation:
    """How a section of z is drawn, and what was drawn for the first image, (section.size,)."""
    distributions = {
        "normal": rf"\mathcal N(0, I_{{{section.size}}})",
        "uniform": rf"\mathcal U(-1, 1)^{{{section.size}}}",
    }
    first = ", ".join(number(float(value)) for value in entries[:MAX_ENTRIES])
    dots = r", \ldots" if section.size > MAX_ENTRIES else ""
    if section.is_choice:
        return Equation("c_1", (str(int(entries.argmax())),), where=rf"c \in \{{0, \ldots, {section.size - 1}\}}")
    letter = "c" if section.role == "code" else "z" if section.level is None else rf"z^{{({section.level})}}"
    return Equation(
        f"{letter}_1", (rf"({first}{dots})",), where=rf"{letter} \sim {distributions[section.distribution]}"
    )


def score_equations(image: str, raw: Tensor, d_output: str, count: int) -> tuple[Equation, Equation]:
    """D's score of the first image, and the mean.

    Args:
        image: LaTeX, x or G(z).
        raw: D's outputs, (N,), those of the finest scale last.
        d_output: See `GAN.d_output`.
        count: Images in the batch.
    """
    shown = as_shown(raw, d_output)
    first, one = float(raw[-count]), float(shown[-count])
    single = image.replace("z", "z_1").replace("x", "x_1")
    lines = (rf"\sigma(a_1) = \sigma({number(first)})", number(one)) if d_output == "logit" else (number(one),)
    return (
        Equation(f"D({single})", lines, one),
        Equation(rf"\overline{{D({image})}}", (number(float(shown.mean())),), float(shown.mean())),
    )


def as_shown(raw: Tensor, d_output: str) -> Tensor:
    """D's outputs as people read them: probabilities in place of logits."""
    return torch.sigmoid(raw) if d_output == "logit" else raw


def loss_equations(player: Player, loss: Loss, terms: Sequence[Term]) -> tuple[Equation, ...]:
    """The parts of a loss, each by the terms that it is made of, and their sum where there are several."""
    left = rf"\mathcal L_{player.upper()}"
    found = {name: terms_of(part, terms) for name, part in loss.parts.items()}
    if len(loss.parts) == 1:
        ((name, part),) = loss.parts.items()
        return (_part_equation(left, "", part, found[name]),)
    lefts = {name: rf"\mathcal L_{{{place}}}" for place, name in enumerate(loss.parts, start=1)}
    parts = [_part_equation(lefts[name], name, part, found[name]) for name, part in loss.parts.items()]
    sums = (" + ".join(lefts.values()), " + ".join(in_sum(part.item()) for part in loss.parts.values()))
    total = loss.total.item()
    return (*parts, Equation(left, (*sums, number(total)), total))


def terms_of(part: Tensor, terms: Sequence[Term]) -> list[Term]:
    """The terms that a part of a loss is made of: those that its graph comes to first, in the order of the terms."""
    if part.grad_fn is None:  # of a network that does not learn
        return [term for term in terms if term.result is part]
    nodes = {term.result.grad_fn: term for term in terms if isinstance(term.result, Tensor)}
    reached: list[Node | None] = [part.grad_fn]
    seen: set[Node | None] = {None}
    found: list[Term] = []
    while reached:
        node = reached.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in nodes:
            found.append(nodes[node])
        elif node is not None:
            reached += [following for following, _index in node.next_functions]
    return [term for term in terms if any(term is other for other in found)]


def _part_equation(left: str, name: str, part: Tensor, terms: Sequence[Term]) -> Equation:
    """A part as weight times (term + term), as far as its terms are known."""
    value = part.item()
    if not terms:
        return Equation(left, (number(value),), value, part=name)
    total = sum(term.result.item() for term in terms)
    is_weighted = total != 0 and all(term.result is not part for term in terms)
    weight = value / total if is_weighted else 1.0
    rows = zip(*(term.lines for term in terms), strict=False)
    is_sum = len(terms) > 1 or any(sign in terms[0].formula.pattern for sign in (" + ", " - "))
    lines = [_weighted(weight, " + ".join(row), is_sum) for row in rows]
    if len(terms) > 1 or number(weight) != "1":
        results = " + ".join(in_sum(term.result.item()) for term in terms)
        lines.append(_weighted(weight, results, len(terms) > 1))
    where = r",\; ".join(dict.fromkeys(term.constants for term in terms if term.constants))
    return Equation(left, (*lines, number(value)), value, where, name)


def _weighted(weight: float, text: str, several: bool) -> str:
    if number(weight) == "1":
        return text
    return rf"{number(weight)} \cdot ({text})" if several else rf"{number(weight)} \cdot {text}"
