"""How good images are: distances to real ones as a small network, the judge, sees them; see `compare`."""

from gan_core.evaluation.background import ClassifierTraining
from gan_core.evaluation.classifier import Classifier, classifier_for, kept_classifier, ready_classifier
from gan_core.evaluation.comparison import Comparison, compare
from gan_core.evaluation.judge import Judge, judge_for
from gan_core.evaluation.online import OnlineEvaluator, QualitySample, online_evaluator
from gan_core.evaluation.quality import Quality, evaluate_generator
from gan_core.evaluation.report import quality_table

__all__ = [
    "Classifier",
    "ClassifierTraining",
    "Comparison",
    "Judge",
    "OnlineEvaluator",
    "Quality",
    "QualitySample",
    "classifier_for",
    "compare",
    "evaluate_generator",
    "judge_for",
    "kept_classifier",
    "online_evaluator",
    "quality_table",
    "ready_classifier",
]
