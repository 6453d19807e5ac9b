"""What may help a run that is not well: changed configs, each with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gan_core.config import RunConfig
from gan_core.errors import ConfigError
from gan_core.evaluation.health.text import Sentence, sentence
from gan_core.families import check, get_family, new_config

SLOWER = 5
CLIP = 0.05
HIGH_BETA1 = 0.5
PENALTY = {"wgan_gp": 10.0, "r3gan": 1.0}
KEPT = ("data_path", "image_size", "channels", "batch_size", "steps", "seed", "precision", "threads", "snapshot_every")


@dataclass(frozen=True)
class Suggestion:
    """A changed config to start again with. changes: {field: (as it was, as it would be)}"""

    reason: Sentence
    config: RunConfig
    changes: dict[str, tuple[Any, Any]]


def suggestions_for(state: str, config: RunConfig) -> tuple[Suggestion, ...]:
    """For a `health.State` of alarm: the most promising first, all of them configs that can be trained."""
    found = {}
    for reason, changed in PROPOSALS[state](config):
        changes = config.differences(changed)
        if changes and _fits(changed):
            found.setdefault(tuple(changes.items()), Suggestion(reason, changed, changes))
    return tuple(found.values())


Proposal = tuple[Sentence, RunConfig]


def _for_nan(config: RunConfig) -> Iterator[Proposal]:
    if config.family == "wgan" and config.clip > CLIP:
        yield sentence("clip"), config.replace(clip=CLIP)
    if config.optimizer == "sgd":
        yield sentence("adam"), config.replace(optimizer="adam", lr_g=2e-4, lr_d=2e-4, beta1=0.5)
    yield _lower_rates(config)


def _for_exploding(config: RunConfig) -> Iterator[Proposal]:
    if config.family == "wgan" and config.clip > CLIP:
        yield sentence("clip"), config.replace(clip=CLIP)
    if config.penalty < (enough := PENALTY.get(config.family, 0)):
        yield sentence("restore_penalty", penalty=enough), config.replace(penalty=enough)
    yield _lower_rates(config)


def _for_vanishing(config: RunConfig) -> Iterator[Proposal]:
    yield sentence("non_saturating"), config.replace(objective="non_saturating")
    yield from _for_d_winning(config)


def _for_oscillating(config: RunConfig) -> Iterator[Proposal]:
    yield from _calmer(config)
    yield from _other_objectives(config)


def _for_collapse(config: RunConfig) -> Iterator[Proposal]:
    offered = get_family(config.family).options
    if "pt_weight" in offered and config.pt_weight == 0:
        yield sentence("pulling_away"), config.replace(pt_weight=0.1)
    if "backbone" in offered and config.backbone == "mlp":
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
    if "label_smoothing" in get_family(config.family).options and config.label_smoothing == 0:
        yield sentence("smoothing"), config.replace(label_smoothing=0.1)
    yield sentence("slower_d"), config.replace(lr_d=config.lr_d / 2)


def _for_g_winning(config: RunConfig) -> Iterator[Proposal]:
    yield _own_rates(config, "head_start", turns=2)
    if "pt_weight" in get_family(config.family).options and config.pt_weight == 0:
        yield sentence("pulling_away"), config.replace(pt_weight=0.1)


PROPOSALS = {
    "nan": _for_nan,
    "exploding": _for_exploding,
    "vanishing": _for_vanishing,
    "oscillating": _for_oscillating,
    "collapse": _for_collapse,
    "d_winning": _for_d_winning,
    "g_winning": _for_g_winning,
}


def _lower_rates(config: RunConfig, factor: int = SLOWER) -> Proposal:
    return sentence("lower_rates", factor=factor), _with_rates(config, config.lr_g / factor, config.lr_d / factor)


def _calmer(config: RunConfig) -> Iterator[Proposal]:
    """Smaller steps; Adam's momentum of classification, 0.9, first."""
    if config.optimizer == "adam" and config.beta1 > HIGH_BETA1:
        slower = _with_rates(config, config.lr_g / SLOWER, config.lr_d / SLOWER)
        yield sentence("less_momentum", factor=SLOWER), slower.replace(beta1=HIGH_BETA1)
    yield _lower_rates(config)


def _own_rates(config: RunConfig, reason: str, *, turns: int = 1) -> Proposal:
    """The family's own learning rates and turns of D, of which there are at least `turns`."""
    own = new_config(config.family)
    return sentence(reason), _with_rates(config, own.lr_g, own.lr_d).replace(n_critic=max(turns, own.n_critic))


def _other_objectives(config: RunConfig) -> Iterator[Proposal]:
    family = get_family(config.family)
    if family.score == "probability" and not family.conditional:
        kept = {name: getattr(config, name) for name in KEPT}
        yield sentence("wasserstein"), new_config("wgan_gp", config.dataset, **kept)


def _with_rates(config: RunConfig, lr_g: float, lr_d: float) -> RunConfig:
    return config.replace(lr_g=_rounded(lr_g), lr_d=_rounded(lr_d))


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def _fits(config: RunConfig) -> bool:
    try:
        check(config)
    except ConfigError:
        return False
    return True
