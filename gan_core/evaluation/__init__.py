"""How good a generator is, by a small classifier trained on the same dataset."""

from gan_core.evaluation.background import ClassifierTraining
from gan_core.evaluation.classifier import Classifier, classifier_for, kept_classifier, ready_classifier
from gan_core.evaluation.live import LiveMeter, Reading, live_meter
from gan_core.evaluation.quality import Quality, measure
from gan_core.evaluation.report import quality_table

__all__ = [
    "Classifier",
    "ClassifierTraining",
    "LiveMeter",
    "Quality",
    "Reading",
    "classifier_for",
    "kept_classifier",
    "live_meter",
    "measure",
    "quality_table",
    "ready_classifier",
]
