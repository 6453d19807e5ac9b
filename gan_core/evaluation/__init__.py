"""How good a generator is, by a small classifier trained on the same dataset."""

from gan_core.evaluation.background import ClassifierTraining
from gan_core.evaluation.classifier import Classifier, classifier_for, kept_classifier
from gan_core.evaluation.quality import Quality, measure

__all__ = ["Classifier", "ClassifierTraining", "Quality", "classifier_for", "kept_classifier", "measure"]
