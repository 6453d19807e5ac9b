import pytest
import torch

from bench import evaluator
from bench.evaluator import FidEvaluator, draw
from gan_core.data.image_data import normalize
from gan_core.evaluation import Classifier, Judge
from gan_core.latent_spec import LatentSpec
from tests.helpers.data import make_data

LATENT = LatentSpec.of(6, "normal")


class Copies(torch.nn.Module):
    """Draws given images, whatever the latent vectors are."""

    def __init__(self, images):
        super().__init__()
        self.images = normalize(images)

    def forward(self, latent):
        assert not self.training
        return self.images[: len(latent)]


@pytest.fixture
def strict(monkeypatch):
    torch.manual_seed(0)
    monkeypatch.setattr(evaluator, "judge_for", lambda data: Judge("any", Classifier(1, 28, 10).eval()))
    return FidEvaluator(make_data(64), samples=100)


def test_half_of_the_dataset_is_what_is_compared_at_most(strict):
    assert strict.samples == 32
    assert strict.vectors(LATENT).shape == (32, 6)
    assert torch.equal(strict.vectors(LATENT), strict.vectors(LATENT))


def test_pictures_that_are_the_real_ones_have_no_distance_and_other_real_ones_the_floor(strict):
    picked = torch.randperm(64, generator=torch.Generator().manual_seed(0))
    mine, other = make_data(64).images[picked].split(32)
    assert strict.distance(Copies(mine), LATENT) == pytest.approx(0, abs=1e-3)
    assert strict.distance(Copies(other), LATENT) == pytest.approx(strict.floor, rel=1e-3)
    assert strict.floor > 0.01


def test_a_generator_in_training_goes_on_training_after_it_has_drawn():
    generator = Copies(make_data(8).images).train()
    assert torch.equal(draw(generator, torch.zeros(8, 6)), make_data(8).images)
    assert generator.training
