"""The health rules of a run: its state, the evidence in plain sentences, and what to change.

    health = read_health(config, store.metrics(run_id, WINDOW, first_step=run.step - 399), store.readings(run_id))
    health.headline.render()    "The discriminator is winning."

The numbers of all rules are `HealthThresholds`. A rule on the scores alone would raise many false alarms, because D is
often ahead for a while. So an alarm also takes images that have stopped getting better, where that is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gan_core.evaluation.health.diagnostics import Diagnostics, QualityTrend, second_half
from gan_core.evaluation.health.suggestions import Suggestion, family_evidence, suggestions_for
from gan_core.evaluation.health.text import Sentence, sentence
from gan_core.evaluation.health.thresholds import HealthThresholds
from gan_core.evaluation.online import QualitySample
from gan_core.families import LogitLossOptions, RunConfig, get_family
from gan_core.series import Series

WINDOW = 400  # steps at the end of a run that the rules look at
DEFAULT_THRESHOLDS = HealthThresholds()


class State(StrEnum):
    """States of a run. Findings come in the order of `RULES`."""

    EARLY = "early"
    HEALTHY = "healthy"
    NAN = "nan"
    EXPLODING = "exploding"
    VANISHING = "vanishing"
    OSCILLATING = "oscillating"
    COLLAPSE = "collapse"
    D_WINNING = "d_winning"
    G_WINNING = "g_winning"

    @property
    def is_alarm(self) -> bool:
        """Whether something should be changed."""
        return self not in (State.EARLY, State.HEALTHY)


@dataclass(frozen=True)
class Finding:
    """One result of the rules.

    Attributes:
        state: Of the run.
        evidence: Why, in sentences with their numbers.
        suggestions: Configs that may do better, the most promising first.
    """

    state: State
    evidence: tuple[Sentence, ...]
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def headline(self) -> Sentence:
        """The state in a sentence."""
        return sentence(self.state)


@dataclass(frozen=True)
class Health:
    """Findings, the gravest first; a single one when all is well or it is too early to say."""

    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The gravest state."""
        return self.findings[0].state

    @property
    def headline(self) -> Sentence:
        """That in a sentence."""
        return self.findings[0].headline

    @property
    def evidence(self) -> tuple[Sentence, ...]:
        """Why it is in that state."""
        return self.findings[0].evidence

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """What may help."""
        return self.findings[0].suggestions


def read_health(
    config: RunConfig,
    series: Mapping[str, Series],
    samples: Sequence[QualitySample] = (),
    error: str | None = None,
    *,
    thresholds: HealthThresholds = DEFAULT_THRESHOLDS,
) -> Health:
    """The health of a run.

    Args:
        config: Of the run.
        series: Its metrics by name over about the last `WINDOW` steps, all or evenly thinned; {} before the first.
        samples: All of its quality samples, increasing in step; without any only the clearest alarms are raised.
        error: What ended it, if something did.
        thresholds: Of the rules.
    """
    diagnostics = Diagnostics(config, second_half(series), samples, error, thresholds)
    findings = [
        Finding(state, tuple(evidence), suggestions_for(state, config)) for state, evidence in _alarms(diagnostics)
    ]
    return Health(tuple(findings) or (_no_alarm(diagnostics),))


# The rules: each gives its evidence, or nothing where it sees no reason for alarm.

Evidence = list[Sentence]


def _not_finite(run: Diagnostics) -> Evidence:
    """A run that meets such a number stops, and its error names the step."""
    named = re.search(r"finite number.* step (\d+)", run.error or "")
    steps = [int(named[1])] if named else []
    for curve in run.series.values():
        steps += curve.steps[~np.isfinite(curve.values)][:1].tolist()
    return [sentence("not_finite", step=min(steps))] if steps else []


def _exploding(run: Diagnostics) -> Evidence:
    """The scores of a critic have no scale, but their difference is bounded while its slope is."""
    if run.d_output != "critic":
        return []
    real, fake = run.d_scores
    before, *_, now = (float(np.median(part)) for part in np.array_split(np.abs(real - fake), 4))
    limits = run.thresholds
    is_growing = now >= limits.exploding_growth * before or now >= limits.exploding_gap_certain
    if now < limits.exploding_gap or not is_growing:
        return []
    evidence = family_evidence(State.EXPLODING, run.config)
    return [sentence("gap", gap=now, before=before), run.score_evidence(), *evidence]


def _vanishing(run: Diagnostics) -> Evidence:
    """The derivative of log(1 - D(G(z))) by D's logit is -D(G(z)); that of -log D(G(z)) is D(G(z)) - 1."""
    options = run.config.options
    is_minimax = isinstance(options, LogitLossOptions) and options.generator_loss == "minimax"
    if not is_minimax or not run.d_fake < run.thresholds.vanished_gradient:
        return []
    return [sentence("flat", fake=run.d_fake, other=1 - run.d_fake), run.score_evidence(), *run.trend_evidence()]


def _oscillating(run: Diagnostics) -> Evidence:
    if run.d_output != "logit" or (run.trend and run.trend.improves_fast):
        return []
    real, fake = run.d_scores
    swing = float(((real + fake) / 2).std())
    limits = run.thresholds
    if swing < (limits.oscillation if run.trend else limits.oscillation_unmeasured):
        return []
    one_sided = limits.one_sided_score
    same = (np.minimum(real, fake) > one_sided) | (np.maximum(real, fake) < 1 - one_sided)
    evidence = sentence("swings", swing=swing, share=f"{same.mean():.0%}", steps=run.window_steps)
    return [evidence, *run.trend_evidence()] if run.is_stalled else [evidence]


def _collapsed(run: Diagnostics) -> Evidence:
    trend, limits = run.trend, run.thresholds
    if trend is None or not run.expects_images or not trend.is_stalled:
        return []
    if not trend.missing_classes or trend.diversity > limits.collapsed_diversity:
        return []
    if not trend.has_learned and (trend.diversity > limits.identical_diversity or not run.is_d_fooled):
        return []  # not drawn yet, rather than no longer
    return [
        _coverage(trend),
        sentence("missing", classes=trend.missing_classes),
        sentence("variety", diversity=f"{trend.diversity:.0%}"),
        *run.trend_evidence(),
    ]


def _d_winning(run: Diagnostics) -> Evidence:
    if run.trend and not run.is_stalled:
        return []
    if run.d_output == "logit":
        limits = run.thresholds
        if run.trend is None:
            score = limits.d_winning_score_unmeasured
        else:
            score = limits.d_winning_score if run.has_learned else limits.d_winning_score_unlearned
        is_winning = run.d_real > score and run.d_fake < 1 - score
        return [run.score_evidence(), *run.trend_evidence()] if is_winning else []
    loss = run.mean("d_adversarial" if "d_adversarial" in run.series else "d_loss")
    least = get_family(run.config.family).won_d_loss
    if least is None or not loss < least:
        return []
    return [sentence("sure", loss=loss), run.score_evidence(), *run.trend_evidence()]


def _g_winning(run: Diagnostics) -> Evidence:
    """A critic's scores may cross for good reasons, except where real and fake have fixed targets."""
    if run.trend and not run.is_stalled:
        return []
    if run.d_output == "energy":
        is_winning = run.d_fake < run.thresholds.g_winning_energy_ratio * run.d_real
    else:
        is_winning = run.has_targets and run.d_fake > run.d_real + run.thresholds.g_winning_score_gap
    return [run.score_evidence(), *run.trend_evidence()] if is_winning else []


RULES: Mapping[State, Callable[[Diagnostics], Evidence]] = {
    State.NAN: _not_finite,
    State.EXPLODING: _exploding,
    State.VANISHING: _vanishing,
    State.OSCILLATING: _oscillating,
    State.COLLAPSE: _collapsed,
    State.D_WINNING: _d_winning,
    State.G_WINNING: _g_winning,
}


def _alarms(run: Diagnostics) -> Iterator[tuple[State, Evidence]]:
    """States with their evidence, the gravest first."""
    if evidence := _not_finite(run):
        yield State.NAN, evidence
        return
    if run.step < run.thresholds.min_steps:
        return
    found = {state: evidence for state, rule in RULES.items() if (evidence := rule(run))}
    if found.keys() & {State.EXPLODING, State.VANISHING, State.D_WINNING, State.G_WINNING} and not run.has_learned:
        found.pop(State.COLLAPSE, None)  # the generator never got away from the start, and this is why
    yield from found.items()


def _no_alarm(run: Diagnostics) -> Finding:
    needed = run.thresholds.min_steps
    if run.step < needed:
        return Finding(State.EARLY, (sentence("steps", steps=run.step, needed=needed),))
    trend = run.trend
    if trend and not trend.has_learned:
        distances = {"now": trend.frechet, "first": trend.first_frechet, "real": trend.real_vs_real}
        return Finding(State.EARLY, (sentence("unlearned", **distances),))
    evidence = [run.score_evidence(), *run.trend_evidence()]
    return Finding(State.HEALTHY, (*evidence, _coverage(trend)) if trend and trend.class_share else tuple(evidence))


def _coverage(trend: QualityTrend) -> Sentence:
    classes = len(trend.class_share)
    return sentence("covered", covered=classes - len(trend.missing_classes), classes=classes)
