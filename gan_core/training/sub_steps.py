"""What a step in slow motion consists of, see `gan_core.training.slow_motion`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from torch import Tensor

from gan_core.training.source_lines import Statement

Player = Literal["d", "g"]


class Kind(StrEnum):
    """What happens in a sub-step."""

    REAL = "real"  # real images are picked
    LATENT = "latent"  # z is drawn
    FAKES = "fakes"  # the generator makes images of z
    AUGMENT = "augment"  # both are changed before D sees them
    SCORE_REAL = "score_real"
    SCORE_FAKE = "score_fake"
    LOSS = "loss"
    GRADIENT = "gradient"
    UPDATE = "update"
    CONSTRAINT = "constraint"  # on D's weights
    AVERAGE = "average"  # of the generator's weights


@dataclass(frozen=True)
class Equation:
    r"""A formula with the numbers put in.

    Attributes:
        left: LaTeX of what is worked out.
        lines: What it is equal to: in symbols, with numbers, and the result.
        result: The number; None where the result is none.
        where: LaTeX of what else is to be known; empty for nothing.
        part: Name of the part of the loss; empty for a whole.
    """

    left: str
    lines: tuple[str, ...]
    result: float | None = None
    where: str = ""
    part: str = ""

    @property
    def latex(self) -> str:
        """All of it, one line below the other."""
        rows = r" \\ ".join(f"&= {line}" for line in dict.fromkeys(self.lines))
        return rf"\begin{{aligned}} {self.left} {rows} \end{{aligned}}"


@dataclass(frozen=True)
class SubStep:
    """One thing that happens in an iteration.

    Attributes:
        player: Whose phase it belongs to.
        update: Number of the player's update in this iteration, from 1.
        kind: What happens.
        code: The statements that do it.
        images: The first images, uint8 (n, C, S, S), one batch for each scale; two batches where both are changed.
        scores: What D says of each of the last batch, (n,), probabilities where D puts out logits; None without D.
        values: Numbers to draw histograms of, float32 (M,), by name.
        equations: What is worked out.
        norms: The norm of a gradient or of a change, by the name of the weights.
        weight: The weight whose change is worked out, such as "layers.0.weight[17]"; empty for none.
    """

    player: Player
    update: int
    kind: Kind
    code: tuple[Statement, ...]
    images: tuple[Tensor, ...] = ()
    scores: Tensor | None = None
    values: Mapping[str, Tensor] = field(default_factory=dict)
    equations: tuple[Equation, ...] = ()
    norms: Mapping[str, float] = field(default_factory=dict)
    weight: str = ""


@dataclass(frozen=True)
class Iteration:
    """A step in slow motion.

    Attributes:
        step: Its number, from 1.
        sub_steps: In order.
        metrics: What the trainer recorded of it, by name.
    """

    step: int
    sub_steps: tuple[SubStep, ...]
    metrics: Mapping[str, float]
