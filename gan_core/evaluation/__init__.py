"""The quality of a generator, by a small classifier trained on the same dataset."""

from gan_core.evaluation.background import ClassifierTraining
from gan_core.evaluation.classifier import Classifier, classifier_for, kept_classifier, ready_classifier
from gan_core.evaluation.online import OnlineEvaluator, QualitySample, online_evaluator
from gan_core.evaluation.quality import Quality, evaluate_generator
from gan_core.evaluation.report import quality_table

__all__ = [
    "Classifier",
    "ClassifierTraining",
    "OnlineEvaluator",
    "Quality",
    "QualitySample",
    "classifier_for",
    "evaluate_generator",
    "kept_classifier",
    "online_evaluator",
    "quality_table",
    "ready_classifier",
]
