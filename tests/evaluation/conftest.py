import pytest

from gan_core.evaluation.classifier import Classifier, train_classifier
from tests.helpers.evaluation import bars


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return train_classifier(bars(), epochs=2)
