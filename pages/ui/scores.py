"""The output of D as text: a probability, the score of a critic, or an energy, see `Family.d_output`."""

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


def d_output_of(family: str) -> str:
    """`Family.d_output` of a family by its name; "logit" for imported models, which have no D."""
    return FAMILIES[family].d_output if family != IMPORTED else "logit"


def score_name(d_output: str) -> str:
    """The name of the output of D. d_output: see `d_output_of`."""
    return _(SCORE_NAMES[d_output])


def score_meaning(d_output: str) -> str:
    """Explain the output of D in a sentence. d_output: see `d_output_of`."""
    return _(MEANINGS[d_output])


def score_text(d_output: str, realism_score: float) -> str:
    """The output of D for one generated picture. realism_score: as `Checkpoint.score` returns it."""
    return f"D(G(z)) = {score_number(d_output, realism_score)}"


def score_number(d_output: str, realism_score: float) -> str:
    """The number alone. Probabilities, and energies, which are small, have more decimals than a critic's scores."""
    decimals = {"logit": 3, "critic": 2, "energy": 4}[d_output]
    return number_text(to_raw_output(d_output, realism_score), f".{decimals}f")
