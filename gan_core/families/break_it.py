"""Break it: runs that go wrong on purpose, one for each way in which a GAN fails, within a minute on one CPU core.

Each is one or two settings away from a run that works, and the health reading of the run has to name what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.config import RunConfig
from gan_core.errors import ConfigError
from gan_core.families.registry import new_config

COMMON = {"ema_decay": 0.99, "precision": "mixed"}


@dataclass(frozen=True)
class BreakIt:
    """A run that goes wrong.

    title, what: its name, and what there will be to see
    state:       the value of the health state that it reaches
    settings:    what differs from the family's good settings
    """

    title: str
    what: str
    state: str
    family: str
    steps: int
    settings: Mapping[str, Any]


BREAK_IT: dict[str, BreakIt] = {
    "collapse": BreakIt(
        title="Mode collapse",
        what="Momentum of 0.9 and ten times the learning rate: soon the generator draws the same one to three digits "
        "over and over, while its loss climbs.",
        state="collapse",
        family="vanilla",
        steps=600,
        settings={"lr_g": 2e-3, "lr_d": 2e-3, "beta1": 0.9},
    ),
    "d_winning": BreakIt(
        title="A dominating discriminator",
        what="D takes three steps of a thousand times the size for each of G's: D(x) goes to 1, D(G(z)) to 0, and the "
        "pictures stay grey.",
        state="d_winning",
        family="dcgan",
        steps=300,
        settings={"width": 16, "lr_g": 2e-6, "lr_d": 2e-3, "n_critic": 3},
    ),
    "vanishing": BreakIt(
        title="Vanishing gradients",
        what="The minimax loss, in a game that goes well with the non-saturating one: D is ahead in the first steps, "
        "there the loss is flat, so G no longer learns and its loss lies at zero.",
        state="vanishing",
        family="dcgan",
        steps=300,
        settings={"width": 16, "objective": "minimax", "lr_g": 1e-3, "lr_d": 2e-3},
    ),
    "exploding": BreakIt(
        title="A critic without bounds",
        what="A WGAN whose weights are hardly clipped: the critic becomes steeper with every step, its scores run "
        "into the millions, and the pictures freeze.",
        state="exploding",
        family="wgan",
        steps=300,
        settings={"backbone": "mlp", "clip": 10.0, "lr_g": 1e-3, "lr_d": 1e-3},
    ),
    "oscillating": BreakIt(
        title="Running in circles",
        what="Learning rates twenty-five times too high: D takes everything for real at one step and for fake at the "
        "next, and the pictures jump from digit to digit.",
        state="oscillating",
        family="vanilla",
        steps=600,
        settings={"lr_g": 5e-3, "lr_d": 5e-3},
    ),
    "g_winning": BreakIt(
        title="A generator without an opponent",
        what="D hardly learns at all: G fools it at once with a picture that looks like nothing.",
        state="g_winning",
        family="vanilla",
        steps=400,
        settings={"lr_g": 1e-3, "lr_d": 1e-6},
    ),
    "nan": BreakIt(
        title="Numbers that run away",
        what="Plain gradient descent with a learning rate of 0.1: within a hundred steps a loss is infinite, and the "
        "run stops by itself.",
        state="nan",
        family="vanilla",
        steps=200,
        settings={"optimizer": "sgd", "beta1": 0.9, "lr_g": 0.1, "lr_d": 0.1},
    ),
}


def break_it_config(name: str, **overrides: Any) -> RunConfig:
    """The config of a run that goes wrong, on the built-in strokes. Raises `ConfigError` for an unknown name."""
    settings = break_it_settings(name) | overrides
    return new_config(BREAK_IT[name].family, "strokes", **settings)


def break_it_settings(name: str) -> dict[str, Any]:
    """All that such a run decides. Raises `ConfigError` for an unknown name."""
    if name not in BREAK_IT:
        raise ConfigError("break_it", "there is no {name!r}; there are: {known}", name=name, known=list(BREAK_IT))
    chosen = BREAK_IT[name]
    return {**COMMON, "steps": chosen.steps, "snapshot_every": chosen.steps // 12, **chosen.settings}
