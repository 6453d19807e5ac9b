"""How a run is doing, in plain sentences with their evidence, and what to change when it is not well.

    health = read_health(config, store.metrics(run_id, WINDOW, first_step=run.step - 399), store.readings(run_id))
    health.headline.render()    "The discriminator is winning."

Rules of thumb, each with its number beside it. A rule that looks at the scores alone would call many a good run ill: D
is often ahead for a while. So an alarm also asks whether the pictures have stopped getting better, where that is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gan_core.evaluation.health.inputs import Signs, second_half
from gan_core.evaluation.health.suggestions import Suggestion, family_evidence, suggestions_for
from gan_core.evaluation.health.text import Sentence, sentence
from gan_core.evaluation.online import QualitySample
from gan_core.families import LogitLossOptions, RunConfig, get_family
from gan_core.series import Series

WINDOW = 400  # steps at the end of a run that are looked at

EARLY_STEPS = 100

SURE_SCORE = 0.98  # D(x) above and D(G(z)) below 1 - this: D is winning
SURER_SCORE = 0.99  # the same where nothing is known of the pictures
AHEAD_SCORE = 0.95  # the same where they never left the random start
FOOLED = 0.1  # D(G(z)) - D(x)
LOW_ENERGY = 1 / 3  # of the energy of real pictures
FLAT = 0.02  # share of the gradient that the minimax loss passes back
APART = 1000.0  # of a critic's scores
FAR_APART = 1e5
GROWTH = 1.5
SWING = 0.18  # standard deviation of D's mean probability over real and generated pictures
WIDE_SWING = 0.25  # where nothing is known of the pictures
UNDECIDED = 0.8  # both scores above, or both below 1 - this: D takes nearly all for the same
ALIKE = 0.1  # diversity of pictures that are all the same
UNVARIED = 0.7  # diversity below which missing classes count


class State(StrEnum):
    """From well to ill; the order in which findings are told is that of `RULES`."""

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
        return self not in (State.EARLY, State.HEALTHY)


@dataclass(frozen=True)
class Finding:
    """One thing that can be said of a run, why, and what may help."""

    state: State
    evidence: tuple[Sentence, ...]
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def headline(self) -> Sentence:
        return sentence(self.state)


@dataclass(frozen=True)
class Health:
    """Findings, the gravest first; a single one when all is well or it is too early to say."""

    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        return self.findings[0].state

    @property
    def headline(self) -> Sentence:
        return self.findings[0].headline

    @property
    def evidence(self) -> tuple[Sentence, ...]:
        return self.findings[0].evidence

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        return self.findings[0].suggestions


def read_health(
    config: RunConfig, series: Mapping[str, Series], readings: Sequence[QualitySample] = (), error: str | None = None
) -> Health:
    """The health of a run.

    series:   its metrics by name over about the last `WINDOW` steps, as they are or evenly thinned; {} before the first
    readings: all of its readings, increasing in step; without any only the clearest alarms are raised
    error:    what ended it, if something did
    """
    signs = Signs(config, second_half(series), readings, error)
    findings = [Finding(state, tuple(signs_of), suggestions_for(state, config)) for state, signs_of in _alarms(signs)]
    return Health(tuple(findings) or (_no_alarm(signs),))


# The rules: each gives its evidence, or nothing where it sees no reason for alarm.

Evidence = list[Sentence]


def _not_finite(signs: Signs) -> Evidence:
    """A run that meets such a number stops, and its error names the step."""
    told = re.search(r"finite number.* step (\d+)", signs.error or "")
    steps = [int(told[1])] if told else []
    for curve in signs.series.values():
        steps += curve.steps[~np.isfinite(curve.values)][:1].tolist()
    return [sentence("not_finite", step=min(steps))] if steps else []


def _exploding(signs: Signs) -> Evidence:
    """The scores of a critic have no scale, but their difference is bounded while its slope is."""
    if signs.kind != "critic":
        return []
    real, fake = signs.verdicts
    before, *_, now = (float(np.median(part)) for part in np.array_split(np.abs(real - fake), 4))
    if now < APART or (now < GROWTH * before and now < FAR_APART):
        return []
    return [sentence("gap", gap=now, before=before), signs.scores(), *family_evidence(State.EXPLODING, signs.config)]


def _vanishing(signs: Signs) -> Evidence:
    """The derivative of log(1 - D(G(z))) by D's logit is -D(G(z)); that of -log D(G(z)) is D(G(z)) - 1."""
    options = signs.config.options
    if not isinstance(options, LogitLossOptions) or options.generator_loss != "minimax" or not signs.fake < FLAT:
        return []
    return [sentence("flat", fake=signs.fake, other=1 - signs.fake), signs.scores(), *signs.progress()]


def _oscillating(signs: Signs) -> Evidence:
    if signs.kind != "logit" or (signs.pictures and signs.pictures.leaps):
        return []
    real, fake = signs.verdicts
    swing = float(((real + fake) / 2).std())
    if swing < (SWING if signs.pictures else WIDE_SWING):
        return []
    same = (np.minimum(real, fake) > UNDECIDED) | (np.maximum(real, fake) < 1 - UNDECIDED)
    told = sentence("swings", swing=swing, share=f"{same.mean():.0%}", steps=signs.steps)
    return [told, *signs.progress()] if signs.stalled else [told]


def _collapsed(signs: Signs) -> Evidence:
    pictures = signs.pictures
    if not signs.late or not signs.stalled or not pictures.missing or pictures.diversity > UNVARIED:
        return []
    if not pictures.learned and (pictures.diversity > ALIKE or not signs.fooled):
        return []  # not drawn yet, rather than no longer
    classes = len(pictures.class_share)
    return [
        sentence("covered", covered=classes - len(pictures.missing), classes=classes),
        sentence("missing", classes=pictures.missing),
        sentence("variety", diversity=f"{pictures.diversity:.0%}"),
        *signs.progress(),
    ]


def _d_winning(signs: Signs) -> Evidence:
    if signs.pictures and not signs.stalled:
        return []
    if signs.kind == "logit":
        sure = SURER_SCORE if not signs.pictures else SURE_SCORE if signs.learned else AHEAD_SCORE
        winning = signs.real > sure and signs.fake < 1 - sure
        return [signs.scores(), *signs.progress()] if winning else []
    loss = signs.mean("d_adversarial" if "d_adversarial" in signs.series else "d_loss")
    least = get_family(signs.config.family).won_d_loss
    if least is None or not loss < least:
        return []
    return [sentence("sure", loss=loss), signs.scores(), *signs.progress()]


def _g_winning(signs: Signs) -> Evidence:
    """A critic's scores may cross for good reasons, except where real and fake have fixed targets."""
    if signs.pictures and not signs.stalled:
        return []
    if signs.kind == "energy":
        fooled = signs.fake < LOW_ENERGY * signs.real
    else:
        fooled = signs.has_targets and signs.fake > signs.real + FOOLED
    return [signs.scores(), *signs.progress()] if fooled else []


RULES: Mapping[State, Callable[[Signs], Evidence]] = {
    State.NAN: _not_finite,
    State.EXPLODING: _exploding,
    State.VANISHING: _vanishing,
    State.OSCILLATING: _oscillating,
    State.COLLAPSE: _collapsed,
    State.D_WINNING: _d_winning,
    State.G_WINNING: _g_winning,
}


def _alarms(signs: Signs) -> Iterator[tuple[State, Evidence]]:
    """States with their evidence, the gravest first."""
    if evidence := _not_finite(signs):
        yield State.NAN, evidence
        return
    if signs.step < EARLY_STEPS:
        return
    found = {state: evidence for state, rule in RULES.items() if (evidence := rule(signs))}
    if found.keys() & {State.EXPLODING, State.VANISHING, State.D_WINNING, State.G_WINNING} and not signs.learned:
        found.pop(State.COLLAPSE, None)  # the generator never got away from the start, and this is why
    yield from found.items()


def _no_alarm(signs: Signs) -> Finding:
    if signs.step < EARLY_STEPS:
        return Finding(State.EARLY, (sentence("steps", steps=signs.step, needed=EARLY_STEPS),))
    pictures = signs.pictures
    if pictures and not pictures.learned:
        return Finding(State.EARLY, (sentence("unlearned", now=pictures.now, first=pictures.first),))
    evidence = [signs.scores(), *signs.progress()]
    if pictures:
        classes = len(pictures.class_share)
        evidence.append(sentence("covered", covered=classes - len(pictures.missing), classes=classes))
    return Finding(State.HEALTHY, tuple(evidence))
