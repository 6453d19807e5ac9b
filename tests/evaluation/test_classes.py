import pytest
import torch

from gan_core.evaluation.classes import (
    class_imbalance,
    class_shares,
    classes_covered,
    code_purity,
    conditional_accuracy,
)
from gan_core.latent_spec import LatentSpec


def test_shares_of_all_classes_also_of_those_that_are_missing():
    assert class_shares(torch.tensor([0, 0, 2, 0]), ("a", "b", "c")) == {"a": 0.75, "b": 0.0, "c": 0.25}


def test_a_class_with_a_quarter_of_an_even_share_is_covered():
    assert classes_covered({"a": 0.5, "b": 0.3875, "c": 0.0625, "d": 0.05}) == 3


def test_imbalance_by_hand():
    """A tenth too much of one class and too little of another: a tenth would have to move."""
    real = {"a": 0.5, "b": 0.25, "c": 0.25}
    assert class_imbalance({"a": 0.6, "b": 0.25, "c": 0.15}, real) == pytest.approx(0.1)
    assert class_imbalance(real, real) == 0
    assert class_imbalance({"a": 0, "b": 0, "c": 1.0}, real) == pytest.approx(0.75)


def test_code_purity_by_hand():
    """Category 0 is class 4 three times of four, category 2 is class 1 twice of two; category 1 was never drawn."""
    found = code_purity(torch.tensor([0, 0, 2, 0, 0, 2]), torch.tensor([4, 4, 1, 7, 4, 1]))
    assert found.purity == pytest.approx(5 / 6)
    assert found.class_of == {0: 4, 2: 1}


def test_a_code_that_means_nothing_has_the_share_of_the_commonest_class():
    categories = torch.arange(10_000) % 10
    predicted = torch.randint(5, (10_000,), generator=torch.Generator().manual_seed(0))
    assert 0.2 < code_purity(categories, predicted).purity < 0.25


def test_agreement_is_of_conditional_generators():
    spec = LatentSpec.of(2, "normal", ("a", "b"))
    vectors = torch.tensor([[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0.4, 0.6]])
    assert conditional_accuracy(spec, vectors, torch.tensor([0, 1, 0, 1])) == 0.75
    assert conditional_accuracy(LatentSpec.of(4, "normal"), vectors, torch.tensor([0, 1, 0, 1])) is None
