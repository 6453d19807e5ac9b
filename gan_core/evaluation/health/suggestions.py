"""Changed configs that may help a run in a state of alarm, each with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gan_core.errors import ConfigError
from gan_core.evaluation.health.text import Sentence, sentence
from gan_core.families import (
    FAMILIES,
    BackboneOptions,
    LogitLossOptions,
    RunConfig,
    get_family,
    new_config,
    validate_config,
)

RATE_DIVISOR = 5  # of learning rates
MAX_BETA1 = 0.5
# Of a config, when a suggestion changes its family.
KEPT_FIELDS = (
    "data_path",
    "image_size",
    "channels",
    "mirror",
    "augment",
    "start_from",
    "batch_size",
    "steps",
    "seed",
    "precision",
    "threads",
    "snapshot_every",
)


@dataclass(frozen=True)
class Suggestion:
    """A changed config to start again with.

    Attributes:
        reason: Why it may help.
        config: The changed config.
        changes: By field, the value as it was and as it would be.
    """

    reason: Sentence
    config: RunConfig
    changes: dict[str, tuple[Any, Any]]


def suggestions_for(state: str, config: RunConfig) -> tuple[Suggestion, ...]:
    """Suggestions for a `State` of alarm, the most promising first, all of them configs that can be trained."""
    found: dict[tuple[tuple[str, tuple[Any, Any]], ...], Suggestion] = {}
    for reason, changed in PROPOSALS[state](config):
        changes = config.differences(changed)
        if changes and _fits(changed):
            found.setdefault(tuple(changes.items()), Suggestion(reason, changed, changes))
    return tuple(found.values())


Proposal = tuple[Sentence, RunConfig]


def family_evidence(state: str, config: RunConfig) -> list[Sentence]:
    """Evidence that the family of a run finds in its own options for a state."""
    remedies = get_family(config.family).remedies_for(state, config.options)
    return [sentence(remedy.evidence, **config.options.model_dump()) for remedy in remedies if remedy.evidence]


def _special(state: str, config: RunConfig) -> Iterator[Proposal]:
    """The remedies that the family declares for itself."""
    for remedy in get_family(config.family).remedies_for(state, config.options):
        yield sentence(remedy.reason, **remedy.changes), config.replace(**remedy.changes)


def _for_nan(config: RunConfig) -> Iterator[Proposal]:
    yield from _special("nan", config)
    if config.optimizer == "sgd":
        yield sentence("adam"), config.replace(optimizer="adam", lr_g=2e-4, lr_d=2e-4, beta1=0.5)
    yield _lower_rates(config)


def _for_exploding(config: RunConfig) -> Iterator[Proposal]:
    yield from _special("exploding", config)
    yield _lower_rates(config)


def _for_vanishing(config: RunConfig) -> Iterator[Proposal]:
    if isinstance(config.options, LogitLossOptions):
        yield sentence("non_saturating"), config.replace(generator_loss="non_saturating")
    yield from _for_d_winning(config)


def _for_oscillating(config: RunConfig) -> Iterator[Proposal]:
    yield from _calmer(config)
    yield from _other_objectives(config)


def _for_collapse(config: RunConfig) -> Iterator[Proposal]:
    yield from _special("collapse", config)
    if isinstance(config.options, BackboneOptions) and config.options.backbone == "mlp":
        yield sentence("convolutions"), config.replace(backbone="conv")
    if config.lr_g > config.lr_d:
        yield _own_rates(config, "head_start", turns=2)
    yield from _calmer(config)
    yield from _other_objectives(config)


def _for_d_winning(config: RunConfig) -> Iterator[Proposal]:
    own = new_config(config.family)
    as_quick = config.lr_d * own.lr_g / own.lr_d
    if config.lr_g < as_quick or config.n_critic > own.n_critic:
        changed = _with_rates(config, max(config.lr_g, as_quick), config.lr_d)
        yield sentence("no_head_start"), changed.replace(n_critic=own.n_critic)
    if isinstance(config.options, LogitLossOptions) and config.options.label_smoothing == 0:
        yield sentence("smoothing"), config.replace(label_smoothing=0.1)
    yield sentence("slower_d"), config.replace(lr_d=config.lr_d / 2)


def _for_g_winning(config: RunConfig) -> Iterator[Proposal]:
    yield _own_rates(config, "head_start", turns=2)
    yield from _special("g_winning", config)


PROPOSALS = {
    "nan": _for_nan,
    "exploding": _for_exploding,
    "vanishing": _for_vanishing,
    "oscillating": _for_oscillating,
    "collapse": _for_collapse,
    "d_winning": _for_d_winning,
    "g_winning": _for_g_winning,
}


def _lower_rates(config: RunConfig, factor: int = RATE_DIVISOR) -> Proposal:
    return sentence("lower_rates", factor=factor), _with_rates(config, config.lr_g / factor, config.lr_d / factor)


def _calmer(config: RunConfig) -> Iterator[Proposal]:
    """Smaller steps; Adam's momentum of classification, 0.9, first."""
    if config.optimizer == "adam" and config.beta1 > MAX_BETA1:
        slower = _with_rates(config, config.lr_g / RATE_DIVISOR, config.lr_d / RATE_DIVISOR)
        yield sentence("less_momentum", factor=RATE_DIVISOR), slower.replace(beta1=MAX_BETA1)
    yield _lower_rates(config)


def _own_rates(config: RunConfig, reason: str, *, turns: int = 1) -> Proposal:
    """The family's own learning rates and turns of D, of which there are at least `turns`."""
    own = new_config(config.family)
    return sentence(reason), _with_rates(config, own.lr_g, own.lr_d).replace(n_critic=max(turns, own.n_critic))


def _other_objectives(config: RunConfig) -> Iterator[Proposal]:
    family = get_family(config.family)
    if family.d_output == "logit" and not family.conditional:
        kept = {name: getattr(config, name) for name in KEPT_FIELDS}
        for other in FAMILIES.values():
            if other.alternative:
                yield sentence(other.alternative), new_config(other.name, config.dataset, **kept)


def _with_rates(config: RunConfig, lr_g: float, lr_d: float) -> RunConfig:
    return config.replace(lr_g=_rounded(lr_g), lr_d=_rounded(lr_d))


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def _fits(config: RunConfig) -> bool:
    try:
        validate_config(config)
    except ConfigError:
        return False
    return True
