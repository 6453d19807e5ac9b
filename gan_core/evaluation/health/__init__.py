"""Rules that say how a run is doing, in plain sentences with their evidence, and what to change."""

from gan_core.evaluation.health.rules import WINDOW, Finding, Health, State, read_health
from gan_core.evaluation.health.suggestions import Suggestion, suggestions_for
from gan_core.evaluation.health.text import SENTENCES, Sentence, format_number

__all__ = [
    "SENTENCES",
    "WINDOW",
    "Finding",
    "Health",
    "Sentence",
    "State",
    "Suggestion",
    "format_number",
    "read_health",
    "suggestions_for",
]
