"""Rules that assess a run by its metrics and quality samples, in plain sentences, and suggest what to change."""

from gan_core.evaluation.health.rules import WINDOW, Finding, Health, State, read_health
from gan_core.evaluation.health.suggestions import Suggestion, suggestions_for
from gan_core.evaluation.health.text import SENTENCES, Sentence, format_number
from gan_core.evaluation.health.thresholds import HealthThresholds

__all__ = [
    "SENTENCES",
    "WINDOW",
    "Finding",
    "Health",
    "HealthThresholds",
    "Sentence",
    "State",
    "Suggestion",
    "format_number",
    "read_health",
    "suggestions_for",
]
