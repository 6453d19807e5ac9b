"""D's judgement in words: a probability, the score of a critic, or an energy, as the family has it."""

from __future__ import annotations

from gan_core.families import FAMILIES, IMPORTED
from gan_core.latent import to_raw_output
from pages.ui.text import N_, _, number_text

SCORE_NAMES = {"logit": N_("D's score"), "critic": N_("Critic's score"), "energy": N_("Energy")}
MEANINGS = {
    "logit": N_("D(G(z)): how real the discriminator finds this picture, as a probability."),
    "critic": N_("D(G(z)): what the critic says of this picture; higher is more real, and the numbers have no scale."),
    "energy": N_("D(G(z)): the energy of this picture; lower is more real."),
}


def score_kind(family: str) -> str:
    """`Family.d_output` of a family by its name; imported models have no D, and nothing is said of them."""
    return FAMILIES[family].d_output if family != IMPORTED else "logit"


def score_name(kind: str) -> str:
    """What the output of D is called. kind: see `score_kind`."""
    return _(SCORE_NAMES[kind])


def score_meaning(kind: str) -> str:
    """Explain the output of D in a sentence. kind: see `score_kind`."""
    return _(MEANINGS[kind])


def score_text(kind: str, realness: float) -> str:
    """The judgement of one generated picture."""
    return f"D(G(z)) = {score_number(kind, realness)}"


def score_number(kind: str, realness: float) -> str:
    """The number alone. Probabilities, and energies, which are small, have more decimals than a critic's scores."""
    decimals = {"logit": 3, "critic": 2, "energy": 4}[kind]
    return number_text(to_raw_output(kind, realness), f".{decimals}f")
