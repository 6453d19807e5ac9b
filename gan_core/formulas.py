r"""Formulas, declared beside the code that computes them, and filled with the numbers of one computation.

    @formula(r"\tfrac12 {errors}", errors=r"\overline{(D(x) - 1)^2}")
    def loss(scores):
        errors = (scores - 1).square()
        return 0.5 * errors.mean()

A name in braces is a local variable or an argument of the function. So the numbers are those of the computation itself:
whoever watches it (`gan_core.training.slow_motion`) reads them when the function returns. Formulas are LaTeX, as KaTeX
sets it; a bar stands for the mean over the batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any, TypeVar

from torch import Tensor

F = TypeVar("F", bound=Callable[..., Any])

WRITTEN_OUT = 2  # of a batch, before the dots
DIGITS = 4


@dataclass(frozen=True)
class Formula:
    """How a function computes its result.

    Attributes:
        pattern: LaTeX with names of local variables in braces.
        symbols: The LaTeX of each of those names; that of a vector (N,) stands for its mean.
        where: Further local variables and their symbols, whose values are given beside the formula.
        given: The formula holds where this argument is not 0; empty for always.
    """

    pattern: str
    symbols: Mapping[str, str]
    where: Mapping[str, str] = field(default_factory=dict)
    given: str = ""

    @property
    def symbolic(self) -> str:
        """The formula in symbols."""
        return self._filled(self.symbols)

    def written_out(self, values: Mapping[str, Any]) -> str:
        """The formula with the numbers of single images put in, such as (0.2 + 0.5 + ...) / 64."""
        return self._filled({name: _sum_text(values[name]) for name in self.symbols})

    def with_means(self, values: Mapping[str, Any]) -> str:
        """The formula with one number for each symbol."""
        return self._filled({name: in_sum(_mean(values[name])) for name in self.symbols})

    def constants(self, values: Mapping[str, Any]) -> str:
        """What else is to be known, such as m = 0.1; empty for nothing."""
        return r",\; ".join(f"{symbol} = {number(_mean(values[name]))}" for name, symbol in self.where.items())

    def _filled(self, texts: Mapping[str, str]) -> str:
        names = "|".join(map(re.escape, self.symbols)) or "(?!)"
        return re.sub(rf"\{{({names})\}}", lambda found: texts[found[1]], self.pattern)


_FORMULAS: dict[CodeType, list[Formula]] = {}


def formula(
    pattern: str, *, where: Mapping[str, str] | None = None, given: str = "", **symbols: str
) -> Callable[[F], F]:
    """Declare the formula of a function, which stays what it is; of several the first that holds is told.

    Args:
        pattern: See `Formula`.
        where: See `Formula`.
        given: See `Formula`.
        **symbols: See `Formula`.
    """

    def declare(function: F) -> F:
        assert isinstance(function, FunctionType)
        _FORMULAS.setdefault(function.__code__, []).insert(0, Formula(pattern, symbols, where or {}, given))
        return function

    return declare


def has_formula(code: CodeType) -> bool:
    """Whether a function has one, by its code."""
    return code in _FORMULAS


def formula_of(code: CodeType, values: Mapping[str, Any]) -> Formula:
    """The formula of a function's code that holds for the values of its arguments."""
    return next(known for known in _FORMULAS[code] if not known.given or values[known.given])


def number(value: float) -> str:
    r"""A number as LaTeX, with four digits: 0.6931, 1.2 \cdot 10^{-5}."""
    digits, _, exponent = f"{value:.{DIGITS}g}".partition("e")
    if not exponent:
        return digits
    power = f"10^{{{int(exponent)}}}"
    return power if digits == "1" else rf"{digits} \cdot {power}"


def in_sum(value: float) -> str:
    """A number as it stands behind a sign: in brackets where it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def _mean(value: Any) -> float:
    return value.detach().float().mean().item() if isinstance(value, Tensor) else float(value)


def _sum_text(value: Any) -> str:
    if not isinstance(value, Tensor) or value.numel() == 1:
        return in_sum(_mean(value))
    first = " + ".join(in_sum(each) for each in value.detach().flatten()[:WRITTEN_OUT].tolist())
    dots = r" + \cdots" if value.numel() > WRITTEN_OUT else ""
    return rf"\tfrac{{1}}{{{value.numel()}}}({first}{dots})"
