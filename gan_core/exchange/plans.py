"""Strides, paddings and up-sampling with which convolutions may lead from maps to an image; no file stores them.

A plan has a step for each convolution; as text, `Ts1p0,Ts2p1,Ts2p1` or `Cs1p1,UCs1p1`: U doubles the side first, T is a
transposed convolution and C a plain one, s its stride, p its padding, o its output padding; x7 cuts what comes out to
7x7, from the first row and column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gan_core.errors import CheckpointError

SIDES = range(8, 129)  # px of the images that can be imported
MAX_MAP_SIDE = 256  # px of maps on the way
MAX_PLANS = 8
MAX_EXTRA_COST = 3.0  # by which a plan may be less usual than the most usual one
STEP = re.compile(r"(U?)([TC])s([1-8])p([0-8])(?:o([1-7]))?(?:x([1-9]\d?))?")

# How unusual a side of the image is.
USUAL_SIDES = {28: 0.0, 32: 0.0, 64: 0.0, 16: 1.0, 128: 1.0, 48: 2.0, 56: 2.0, 96: 2.0}
RARE_SIDE = 3.0
# kernel -> (stride, padding, output padding): how unusual, for a transposed convolution.
TRANSPOSED = {
    1: {(1, 0, 0): 1.0, (1, 2, 0): 1.0},
    2: {(2, 0, 0): 0.0},
    3: {(2, 1, 1): 1.0, (2, 1, 0): 1.0, (2, 0, 0): 1.0, (1, 1, 0): 0.5, (1, 0, 0): 2.0},
    4: {(2, 1, 0): 0.0, (1, 0, 0): 1.0, (2, 0, 0): 2.0, (2, 2, 0): 2.0},
    5: {(2, 2, 1): 0.0, (1, 2, 0): 1.0, (2, 2, 0): 2.0, (2, 1, 0): 2.5, (1, 0, 0): 1.5, (2, 0, 0): 3.0},
    6: {(2, 2, 0): 0.0, (1, 0, 0): 2.0, (2, 0, 0): 2.0},
    7: {(1, 3, 0): 0.5, (1, 0, 0): 2.0, (2, 3, 1): 1.0},
    8: {(2, 3, 0): 0.5, (2, 0, 0): 0.5, (4, 2, 0): 1.0},
}
# The same for a plain one.
PLAIN = {
    1: {(1, 0): 0.0},
    2: {(2, 0): 0.0},
    3: {(1, 1): 0.0, (1, 0): 2.0},
    4: {(2, 1): 1.0},
    5: {(1, 2): 0.0, (1, 0): 2.0},
    7: {(1, 3): 0.0},
    9: {(1, 4): 0.0},
}
DOUBLED_FIRST = {3, 5, 7, 9}  # kernels of convolutions before which maps are doubled
CUT_TO_SEVEN = (5, 4)  # kernel and side of a published WGAN-GP: 4 to 8, of which 7 are kept, for 28 px
NOT_DOUBLED = 0.5  # before a plain convolution that is not the last: most double there
OTHER_KIND = 1.0  # a convolution of another kind than its neighbours
OTHER_PADDING = 1.5  # where transposed convolutions with and without padding follow each other
AGAINST_NUMBERS = 3.0  # up-sampling where the author's numbers leave no room for it


@dataclass(frozen=True)
class Step:
    """How one convolution is applied.

    Attributes:
        doubled: Whether maps are up-sampled by two before it.
        transposed: Whether it is a transposed convolution.
        stride: Of the convolution.
        padding: Of the convolution.
        extra: Output padding of a transposed convolution.
        cut: Side to which its output is cut; 0 where it is not.
    """

    doubled: bool
    transposed: bool
    stride: int
    padding: int
    extra: int = 0
    cut: int = 0

    def __str__(self) -> str:
        kind = ("U" if self.doubled else "") + ("T" if self.transposed else "C")
        return (
            f"{kind}s{self.stride}p{self.padding}"
            + (f"o{self.extra}" if self.extra else "")
            + (f"x{self.cut}" if self.cut else "")
        )

    def side(self, side: int, kernel: int) -> int:
        """Side of the output for maps of a side; 0 or less where there is none."""
        whole = self._whole(side, kernel)
        return min(whole, self.cut) if self.cut else whole

    def _whole(self, side: int, kernel: int) -> int:
        side = 2 * side if self.doubled else side
        if self.transposed:
            return (side - 1) * self.stride - 2 * self.padding + kernel + self.extra
        return (side + 2 * self.padding - kernel) // self.stride + 1


@dataclass(frozen=True)
class Convolution:
    """What is known of a convolution.

    Attributes:
        kernel: Side of the kernel.
        kinds: Transposed or not; both where that is open.
        usual: The kind of most of its neighbors; None without any.
        shuffled: Whether a pixel shuffle comes before it, which doubles the side.
        room: For how many modules without weights the author's numbers leave room before it; None where unknown.
    """

    kernel: int
    kinds: tuple[bool, ...]
    usual: bool | None = None
    shuffled: bool = False
    room: int | None = None


Plan = tuple[Step, ...]


def plan_text(plan: Plan) -> str:
    """A plan as text, see above."""
    return ",".join(map(str, plan))


def read_plan(text: str) -> Plan:
    """Inverse of `plan_text`. Raises `CheckpointError` for anything else."""
    found = [STEP.fullmatch(step.strip()) for step in text.split(",")]
    if not all(found):
        raise CheckpointError(
            "{text!r} is no plan of convolutions; write such as Ts1p0,Ts2p1 or Cs1p1,UCs1p1", text=text[:80]
        )
    return tuple(
        Step(bool(step[1]), step[2] == "T", int(step[3]), int(step[4]), int(step[5] or 0), int(step[6] or 0))
        for step in found
        if step
    )


def sides(plan: Plan, convolutions: Sequence[Convolution], start: int) -> list[int]:
    """Sides of the maps, from the first, `start`, to the image."""
    passed = [start]
    for step, convolution in zip(plan, convolutions, strict=True):
        passed.append(step.side(passed[-1] * (2 if convolution.shuffled else 1), convolution.kernel))
    return passed


def likely_plans(convolutions: Sequence[Convolution], start: int, channels: int) -> list[Plan]:
    """The usual plans that end in an image of `SIDES`, the most usual first.

    Args:
        convolutions: In order.
        start: Side of the first maps.
        channels: Of the image.

    Returns:
        At most `MAX_PLANS`, none of which costs over `MAX_EXTRA_COST` more than the first.
    """
    shuffles = any(convolution.shuffled for convolution in convolutions)
    # (side, padding of the last step) -> the most usual ways to get there, as (how unusual, plan).
    reached: dict[tuple[int, bool | None], list[tuple[float, Plan]]] = {(start, None): [(0.0, ())]}
    for place, convolution in enumerate(convolutions):
        last = place == len(convolutions) - 1
        following: dict[tuple[int, bool | None], list[tuple[float, Plan]]] = {}
        for (side, padded), ways in reached.items():
            side = side * 2 if convolution.shuffled else side
            for step, cost in _steps(convolution, side, last=last or shuffles):
                to = step.side(side, convolution.kernel)
                if not 1 <= to <= MAX_MAP_SIDE:
                    continue
                style = bool(step.padding) if step.transposed and side > 1 and convolution.kernel > 2 else padded
                switched = OTHER_PADDING if padded is not None and style != padded else 0.0
                # Of equal plans the one that first keeps the side and then doubles it is the more usual.
                early = 0.01 * place * (step.stride == 1)
                kept = following.setdefault((to, style), [])
                kept += [(sum_ + cost + switched + early, (*plan, step)) for sum_, plan in ways]
        reached = {key: sorted(ways, key=lambda way: way[0])[:MAX_PLANS] for key, ways in following.items()}
    ends = [
        (cost + USUAL_SIDES.get(side, RARE_SIDE) + (0.5 if (side == 28) != (channels == 1) else 0.0), plan)
        for (side, _padded), ways in reached.items()
        if side in SIDES
        for cost, plan in ways
    ]
    ends.sort(key=lambda way: way[0])
    return [plan for cost, plan in ends[:MAX_PLANS] if cost <= ends[0][0] + MAX_EXTRA_COST]


def _steps(convolution: Convolution, side: int, *, last: bool) -> list[tuple[Step, float]]:
    """The ways in which a convolution of maps of that side may be meant, and how unusual each is."""
    first, kernel, steps = side == 1, convolution.kernel, []
    for transposed in convolution.kinds:
        if transposed and first:
            steps += [(Step(False, True, 1, 0), 0.0)]
            if kernel == 4:
                steps += [(Step(False, True, 2, 1), 3.0)]
        elif transposed:
            for (stride, padding, extra), cost in TRANSPOSED.get(kernel, {}).items():
                steps.append((Step(False, True, stride, padding, extra), cost))
            if kernel in (3, 5):
                steps.append((Step(True, True, 1, kernel // 2), 2.0))
            if (kernel, side) == CUT_TO_SEVEN:
                steps.append((Step(False, True, 1, 0, cut=7), 0.0))
        else:
            for (stride, padding), cost in PLAIN.get(kernel, {}).items():
                if kernel not in DOUBLED_FIRST or stride > 1:
                    steps.append((Step(False, False, stride, padding), cost))
                    continue
                steps.append((Step(False, False, stride, padding), cost + (0.0 if last else NOT_DOUBLED)))
                steps.append((Step(True, False, stride, padding), cost + (NOT_DOUBLED if last else 0.0)))
    if convolution.usual is not None:
        steps = [(step, cost + OTHER_KIND * (step.transposed != convolution.usual)) for step, cost in steps]
    if convolution.room is None:
        return steps
    return [(step, cost + _against(step, convolution.room)) for step, cost in steps]


def _against(step: Step, room: int) -> float:
    """Up-sampling takes a number of its own, beside that of the activation."""
    if step.doubled:
        return AGAINST_NUMBERS if room == 0 else 0.5 if room == 1 else 0.0
    return 1.0 if room >= 2 and not step.transposed else 0.0
