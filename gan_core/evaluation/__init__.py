"""How good a generator is, by a small classifier trained on the same dataset."""

from gan_core.evaluation.classifier import Classifier, classifier_for
from gan_core.evaluation.quality import Quality, measure

__all__ = ["Classifier", "Quality", "classifier_for", "measure"]
