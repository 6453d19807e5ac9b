import pytest

from gan_core.evaluation import Judge
from gan_core.evaluation.classifier import Classifier, train_classifier
from tests.helpers.evaluation import bars


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return train_classifier(bars(), epochs=2)


@pytest.fixture(scope="session")
def judge(classifier) -> Judge:
    """Of bars."""
    return Judge("bars", classifier, classifier)
