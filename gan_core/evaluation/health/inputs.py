"""What the rules of `health` look at: the curves of a run of late, and what its readings tell of the pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gan_core.evaluation.classes import MIN_SHARE
from gan_core.evaluation.health.text import Sentence, sentence
from gan_core.evaluation.online import QualitySample
from gan_core.families import RunConfig, get_family
from gan_core.series import Series

LATE_STEPS = 200
LATE_TRAVEL = 0.1  # of steps times the generator's learning rate: about how far each weight may have gone

LEARNED = 0.6  # of the first Frechet distance: below, the pictures have left the random start
STALLED = 0.9  # of the Frechet distance before: above, the pictures do not get better
LEAP = 0.75  # of the same: below, they get better so quickly that no swing of D's matters
MORE_VARIED = 0.05  # gained diversity, which counts as getting better
GOOD = 3.0  # times the floor of the Frechet distance: nothing to complain of

NEAR_SCORE = 0.3  # D(x) - D(G(z)) below: D hardly tells real from generated
NEAR_ENERGY = 2.0  # times the energy of real pictures: the same


@dataclass(frozen=True)
class Pictures:
    """What the readings tell: how the last third of the run compares with the third before it.

    Readings are sparse while a run is young, so the third before may be represented by an earlier reading.

    first, before, now: Frechet distances; floor: that of real images
    diversity:          lately; was: before
    class_share:        lately
    """

    first: float
    before: float
    now: float
    real_vs_real: float
    was: float
    diversity: float
    class_share: Mapping[str, float]

    @classmethod
    def of(cls, readings: Sequence[QualitySample]) -> Pictures | None:
        """None while there are too few readings to compare."""
        if not readings:
            return None
        last = readings[-1].step
        now = [reading for reading in readings if 3 * reading.step > 2 * last]
        earlier = [reading for reading in readings if 0 < 3 * reading.step <= 2 * last]
        before = [reading for reading in earlier if 3 * reading.step > last] or earlier[-1:]
        if not now or not before:
            return None
        return cls(
            first=readings[0].frechet,
            before=_mean(reading.frechet for reading in before),
            now=_mean(reading.frechet for reading in now),
            real_vs_real=readings[-1].real_vs_real,
            was=_mean(reading.diversity for reading in before),
            diversity=_mean(reading.diversity for reading in now),
            class_share={name: _mean(reading.class_share[name] for reading in now) for name in now[0].class_share},
        )

    @property
    def learned(self) -> bool:
        return self.now < LEARNED * self.first

    @property
    def stalled(self) -> bool:
        return self.now > STALLED * self.before and self.diversity < self.was + MORE_VARIED and not self.good

    @property
    def leaps(self) -> bool:
        return self.now < LEAP * self.before or self.good

    @property
    def good(self) -> bool:
        return self.now < GOOD * self.real_vs_real

    @property
    def missing(self) -> tuple[str, ...]:
        """The classes with less than a quarter of an even share."""
        return tuple(name for name, share in self.class_share.items() if share < MIN_SHARE / len(self.class_share))


@dataclass(frozen=True)
class Signs:
    """What the rules look at."""

    config: RunConfig
    series: Mapping[str, Series]
    readings: Sequence[QualitySample]
    error: str | None

    @cached_property
    def pictures(self) -> Pictures | None:
        """None where they are not known, or were last looked at in the first half of the run."""
        is_recent = self.readings and 2 * self.readings[-1].step >= self.step
        return Pictures.of(self.readings) if is_recent else None

    @cached_property
    def step(self) -> int:
        return max((int(curve.steps[-1]) for curve in self.series.values() if len(curve.steps)), default=0)

    @cached_property
    def steps(self) -> int:
        """The length of the window that the curves show."""
        return self.step - min((int(c.steps[0]) for c in self.series.values() if len(c.steps)), default=1) + 1

    @cached_property
    def kind(self) -> str:
        return get_family(self.config.family).d_output

    @cached_property
    def late(self) -> bool:
        """Whether pictures could be expected by now."""
        travel = self.step * self.config.lr_g
        return self.step >= LATE_STEPS and (travel >= LATE_TRAVEL or self.config.optimizer == "sgd")

    @property
    def learned(self) -> bool:
        return self.pictures is not None and self.pictures.learned

    @property
    def stalled(self) -> bool:
        return self.pictures is not None and self.pictures.stalled

    def mean(self, name: str) -> float:
        values = self.series[name].values if name in self.series else ()
        return float(np.mean(values)) if len(values) else math.nan

    @cached_property
    def real(self) -> float:
        return self.mean("d_real")

    @cached_property
    def fake(self) -> float:
        return self.mean("d_fake")

    @property
    def fooled(self) -> bool:
        """Whether D scores generated pictures nearly as real ones; False where its scores have no scale."""
        if self.kind == "energy":
            return self.fake < NEAR_ENERGY * self.real
        return self.has_targets and self.fake > self.real - NEAR_SCORE

    @property
    def has_targets(self) -> bool:
        """Whether D's scores of real and generated pictures are meant to be 1 and 0."""
        return self.kind == "logit" or get_family(self.config.family).has_targets

    @cached_property
    def verdicts(self) -> tuple[np.ndarray, np.ndarray]:
        """D(x) and D(G(z)) at the same steps, float (n,) each; curves that were thinned have steps of their own."""
        real, fake = self.series["d_real"], self.series["d_fake"]
        return real.values, np.interp(real.steps, fake.steps, fake.values)

    def scores(self) -> Sentence:
        key = {"logit": "scores", "critic": "critic_scores", "energy": "energies"}[self.kind]
        return sentence(key, real=self.real, fake=self.fake, steps=self.steps)

    def progress(self) -> list[Sentence]:
        """Whether the pictures get better, if that is known."""
        if self.pictures is None:
            return []
        key = "stalled" if self.stalled else "better"
        known = self.stalled or self.pictures.now < self.pictures.before
        return [sentence(key, now=self.pictures.now, before=self.pictures.before)] if known else []


def second_half(series: Mapping[str, Series]) -> dict[str, Series]:
    """The curves without the first half of the run, which says little about how it is now."""
    halves = {}
    for name, curve in series.items():
        steps, values = np.asarray(curve.steps), np.asarray(curve.values, float)
        late = 2 * steps >= steps[-1:]
        halves[name] = Series(steps[late], values[late])
    return halves


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
