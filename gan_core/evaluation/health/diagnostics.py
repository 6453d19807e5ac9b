"""Inputs of the health rules: recent metrics of a run, and the trend of its quality samples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gan_core.evaluation.classes import MIN_SHARE
from gan_core.evaluation.health.text import Sentence, sentence
from gan_core.evaluation.health.thresholds import HealthThresholds
from gan_core.evaluation.online import QualitySample
from gan_core.families import RunConfig, get_family
from gan_core.families.gan import DOutput
from gan_core.series import Series


@dataclass(frozen=True)
class QualityTrend:
    """The quality of the images in the last third of a run, compared with the third before it.

    Samples are sparse while a run is young, so the third before may be represented by an earlier sample.

    Attributes:
        first_frechet: Frechet distance of the first sample.
        previous_frechet: The same in the third before.
        frechet: The same in the last third.
        real_vs_real: The same of real images.
        previous_diversity: Diversity in the third before.
        diversity: Diversity in the last third.
        class_share: Fraction of the images of the last third in each class.
        thresholds: By which the trend is classified.
    """

    first_frechet: float
    previous_frechet: float
    frechet: float
    real_vs_real: float
    previous_diversity: float
    diversity: float
    class_share: Mapping[str, float]
    thresholds: HealthThresholds

    @classmethod
    def of(cls, samples: Sequence[QualitySample], thresholds: HealthThresholds) -> QualityTrend | None:
        """The trend of samples that increase in step; None while there are too few to compare."""
        if not samples:
            return None
        last_step = samples[-1].step
        recent = [sample for sample in samples if 3 * sample.step > 2 * last_step]
        earlier = [sample for sample in samples if 0 < 3 * sample.step <= 2 * last_step]
        previous = [sample for sample in earlier if 3 * sample.step > last_step] or earlier[-1:]
        if not recent or not previous:
            return None
        return cls(
            first_frechet=samples[0].frechet,
            previous_frechet=_mean(sample.frechet for sample in previous),
            frechet=_mean(sample.frechet for sample in recent),
            real_vs_real=samples[-1].real_vs_real,
            previous_diversity=_mean(sample.diversity for sample in previous),
            diversity=_mean(sample.diversity for sample in recent),
            class_share={name: _mean(sample.class_share[name] for sample in recent) for name in recent[0].class_share},
            thresholds=thresholds,
        )

    @property
    def has_learned(self) -> bool:
        """Whether the images have left the random start."""
        return self.frechet < self.thresholds.learned * self.first_frechet

    @property
    def is_stalled(self) -> bool:
        """Whether the images do not get better, and should."""
        is_no_closer = self.frechet > self.thresholds.stalled * self.previous_frechet
        is_no_more_varied = self.diversity < self.previous_diversity + self.thresholds.diversity_gain
        return is_no_closer and is_no_more_varied and not self.is_near_real

    @property
    def improves_fast(self) -> bool:
        """Whether the images get better quickly, or need not."""
        return self.frechet < self.thresholds.fast_progress * self.previous_frechet or self.is_near_real

    @property
    def is_near_real(self) -> bool:
        """Whether the images are nearly as close to real ones as other real ones."""
        return self.frechet < self.thresholds.near_real * self.real_vs_real

    @property
    def missing_classes(self) -> tuple[str, ...]:
        """The classes with less than a quarter of an even share."""
        return tuple(name for name, share in self.class_share.items() if share < MIN_SHARE / len(self.class_share))


@dataclass(frozen=True)
class Diagnostics:
    """All that the rules look at.

    Attributes:
        config: Of the run.
        series: Its metrics over the last steps, by name.
        samples: All of its quality samples, increasing in step.
        error: What ended it; None if nothing did.
        thresholds: Of the rules.
    """

    config: RunConfig
    series: Mapping[str, Series]
    samples: Sequence[QualitySample]
    error: str | None
    thresholds: HealthThresholds

    @cached_property
    def trend(self) -> QualityTrend | None:
        """None where there are too few samples, or the last is from the first half of the run."""
        is_recent = self.samples and 2 * self.samples[-1].step >= self.step
        return QualityTrend.of(self.samples, self.thresholds) if is_recent else None

    @cached_property
    def step(self) -> int:
        """The last step."""
        return max((int(curve.steps[-1]) for curve in self.series.values() if len(curve.steps)), default=0)

    @cached_property
    def window_steps(self) -> int:
        """How many steps the metrics span."""
        return self.step - min((int(c.steps[0]) for c in self.series.values() if len(c.steps)), default=1) + 1

    @cached_property
    def d_output(self) -> DOutput:
        """What D puts out, see `GAN`."""
        return get_family(self.config.family).d_output

    @cached_property
    def expects_images(self) -> bool:
        """Whether training has gone on for long enough that G should draw images."""
        travel = self.step * self.config.lr_g
        has_moved = travel >= self.thresholds.min_image_travel or self.config.optimizer == "sgd"
        return self.step >= self.thresholds.min_image_steps and has_moved

    @property
    def has_learned(self) -> bool:
        """Whether the images are known to have left the random start."""
        return self.trend is not None and self.trend.has_learned

    @property
    def is_stalled(self) -> bool:
        """Whether the images are known not to get better."""
        return self.trend is not None and self.trend.is_stalled

    def mean(self, name: str) -> float:
        """The mean of a metric over the window; NaN where there is none."""
        values = self.series[name].values if name in self.series else ()
        return float(np.mean(values)) if len(values) else math.nan

    @cached_property
    def d_real(self) -> float:
        """The mean score of real images."""
        return self.mean("d_real")

    @cached_property
    def d_fake(self) -> float:
        """The mean score of generated images."""
        return self.mean("d_fake")

    @property
    def is_d_fooled(self) -> bool:
        """Whether D scores generated images nearly as real ones; False where its scores have no scale."""
        if self.d_output == "energy":
            return self.d_fake < self.thresholds.fooled_energy_ratio * self.d_real
        return self.has_targets and self.d_fake > self.d_real - self.thresholds.fooled_score_gap

    @property
    def has_targets(self) -> bool:
        """Whether D's scores of real and generated images are meant to be 1 and 0."""
        return self.d_output == "logit" or get_family(self.config.family).has_targets

    @cached_property
    def d_scores(self) -> tuple[np.ndarray, np.ndarray]:
        """D(x) and D(G(z)) at the same steps, float (n,) each; curves that were thinned have steps of their own."""
        real, fake = self.series["d_real"], self.series["d_fake"]
        return real.values, np.interp(real.steps, fake.steps, fake.values)

    def score_evidence(self) -> Sentence:
        """The mean scores, in words."""
        key = {"logit": "scores", "critic": "critic_scores", "energy": "energies"}[self.d_output]
        return sentence(key, real=self.d_real, fake=self.d_fake, steps=self.window_steps)

    def trend_evidence(self) -> list[Sentence]:
        """Whether the images get better, in words, if that is known."""
        trend = self.trend
        if trend is None or not (self.is_stalled or trend.frechet < trend.previous_frechet):
            return []
        key = "stalled" if self.is_stalled else "better"
        return [sentence(key, now=trend.frechet, before=trend.previous_frechet, real=trend.real_vs_real)]


def second_half(series: Mapping[str, Series]) -> dict[str, Series]:
    """The curves without the first half of the run, which is evidence of its past only."""
    halves = {}
    for name, curve in series.items():
        steps, values = np.asarray(curve.steps), np.asarray(curve.values, float)
        late = 2 * steps >= steps[-1:]
        halves[name] = Series(steps[late], values[late])
    return halves


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
