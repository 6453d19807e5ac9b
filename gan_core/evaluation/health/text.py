"""The sentences of `health`, in one table, so that pages can translate them; {names} are filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SENTENCES = {
    # What is the matter
    "early": "Too early to say how this run is doing.",
    "healthy": "Healthy: the game is in balance.",
    "nan": "The numbers ran away: a loss is no longer finite.",
    "exploding": "The critic's scores are exploding.",
    "vanishing": "The generator's gradient has vanished.",
    "oscillating": "The two players chase each other in circles.",
    "collapse": "Mode collapse: the generator draws only a few kinds of pictures.",
    "d_winning": "The discriminator is winning.",
    "g_winning": "The generator is winning, against a discriminator that is too weak.",
    # By what signs
    "steps": "{steps} steps are done; {needed} are needed.",
    "unlearned": "The pictures are still near the random start: Fréchet distance {now}, at first {first}, "
    "of real ones {real}.",
    "not_finite": "At step {step} a number was no longer finite.",
    "scores": "D(x) {real} and D(G(z)) {fake} over the last {steps} steps.",
    "critic_scores": "The critic gives real pictures {real} and generated ones {fake} over the last {steps} steps.",
    "energies": "The energy of real pictures is {real}, that of generated ones {fake} over the last {steps} steps.",
    "gap": "Real and generated pictures are {gap} apart for the critic, and were {before} a little earlier.",
    "flat": "The minimax loss passes back D(G(z)) = {fake} of a gradient; the non-saturating one would pass {other}.",
    "sure": "D's loss is {loss}: it is sure of nearly every picture.",
    "swings": "D's opinion of all pictures together swings by {swing} up and down; in {share} of the last {steps} "
    "steps it took nearly all for real or nearly all for fake.",
    "stalled": "The pictures do not get better: Fréchet distance {now} lately, {before} before, of real ones {real}.",
    "better": "The pictures get better: Fréchet distance {now} lately, {before} before, of real ones {real}.",
    "variety": "The pictures are {diversity} as varied as real ones.",
    "missing": "Hardly ever drawn: {classes}.",
    "covered": "{covered} of {classes} classes are drawn.",
    # What to do about it
    "lower_rates": "Smaller steps: both learning rates divided by {factor}.",
    "adam": "Adam, which scales every weight's step by itself.",
    "non_saturating": "The non-saturating loss, whose gradient is steep just where D is sure.",
    "no_head_start": "No head start for D: G learns as quickly, and they take turns as the family was made to.",
    "head_start": "Strengthen D: the learning rates that the family was made with, two D steps per G step.",
    "slower_d": "Half the learning rate for D.",
    "smoothing": "Label smoothing: D is never rewarded for being quite sure.",
    "less_momentum": "Less momentum and smaller steps: beta1 0.5, both learning rates divided by {factor}.",
    "convolutions": "Convolutional networks with BatchNorm, which keep the pictures of a batch apart.",
}


@dataclass(frozen=True)
class Sentence:
    """A sentence with the values in it.

    Attributes:
        key: Of `SENTENCES`; or the sentence itself, where a family declares it.
        values: By name, text or names to be listed.
    """

    key: str
    values: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def render(self, text: Callable[[str], str] = str) -> str:
        """The sentence with its values; `text` translates the template and the names."""
        filled = {
            name: value if isinstance(value, str) else ", ".join(map(text, value))
            for name, value in self.values.items()
        }
        return text(SENTENCES.get(self.key, self.key)).format(**filled)


def sentence(key: str, **values: str | int | float | tuple[str, ...]) -> Sentence:
    """A `Sentence` whose numbers are rounded for people."""
    return Sentence(key, {name: _as_text(value) for name, value in values.items()})


def _as_text(value: str | int | float | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return format_number(value)
    return value


def format_number(value: float) -> str:
    """Three figures at most: 1,234 and 12.3 and 0.98, and 4.1e+12 for the exploded."""
    size = abs(value)
    if size >= 1e6 or 0 < size < 5e-4:
        return f"{value:.1e}"
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.0095 or size == 0 else f"{value:.4f}"
