"""The measures on cases whose answer is known, and an untrained generator that must look bad."""

import pytest
import torch

from gan_core.data import ImageData
from gan_core.errors import DataError
from gan_core.evaluation import classifier_for, measure
from gan_core.evaluation.classifier import train_classifier
from gan_core.evaluation.quality import frechet_distance
from gan_core.families import get_family, new_config
from gan_core.runs.checkpoint import Checkpoint


def bars(n: int = 2048) -> ImageData:
    """Two classes a child can tell apart: an upright bar and a lying one, anywhere, in some noise."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 60, (n, 1, 28, 28), dtype=torch.uint8, generator=generator)
    places = torch.randint(0, 24, (n,), generator=generator).tolist()
    for index, place in enumerate(places):
        if index % 2:
            images[index, 0, :, place : place + 4] = 255
        else:
            images[index, 0, place : place + 4, :] = 255
    return ImageData("bars", images, torch.arange(n) % 2, ("lying", "upright"))


@pytest.fixture(scope="module")
def classifier():
    return train_classifier(bars(), epochs=2)


def checkpoint(family: str, data: ImageData) -> Checkpoint:
    torch.manual_seed(0)
    options = {"size": "small"} if family == "vanilla" else {}
    gan = get_family(family).build(new_config(family, latent_size=8, **options), data)
    return Checkpoint("untrained", family, gan.generator, gan.discriminator, gan.latent)


def test_the_classifier_learns_its_classes(classifier):
    data = bars(512)
    predicted = classifier.predict(classifier.features(data.images))
    assert (predicted == data.labels).float().mean() > 0.98


def test_the_classifier_is_trained_once_and_kept(workshop_home, monkeypatch):
    data = bars(600)
    first = classifier_for(data)
    monkeypatch.setattr("gan_core.evaluation.classifier.train_classifier", None)  # a second training would fail
    again = classifier_for(data)
    assert torch.equal(first.features(data.images), again.features(data.images))


def test_frechet_distance_by_hand():
    """Two Gaussians with means 0 and (3, 4) and the same covariance: the distance is 25, of which nothing is spread."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1000, 2, generator=generator)
    assert frechet_distance(features, features + torch.tensor([3.0, 4.0])) == pytest.approx(25, abs=1e-6)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)


def test_frechet_distance_of_spreads_by_hand():
    """One axis with standard deviations 1 and 3, same mean: (3 - 1)^2 = 4 (and 0 on an axis that is alike)."""
    one = torch.tensor([[-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [1.0, 1.0]]) / (4 / 3) ** 0.5
    three = one * torch.tensor([3.0, 1.0])
    assert frechet_distance(one, three) == pytest.approx(4, abs=1e-6)


def test_an_untrained_generator_is_far_above_the_floor(classifier):
    data = bars()
    quality = measure(checkpoint("vanilla", data), data, classifier, samples=512)
    assert quality.samples == 512
    assert quality.frechet > 20 * quality.floor
    assert sum(quality.class_share.values()) == pytest.approx(1)
    assert quality.class_agreement is None


def test_class_agreement_is_measured_for_conditional_families(classifier):
    data = bars()
    quality = measure(checkpoint("cgan", data), data, classifier, samples=512)
    assert 0.3 < quality.class_agreement < 0.7  # untrained: no better than chance
    assert set(quality.to_dict()["class_share"]) == {"lying", "upright"}


def test_the_same_seed_gives_the_same_figures(classifier):
    data = bars()
    model = checkpoint("vanilla", data)
    assert measure(model, data, classifier, samples=300) == measure(model, data, classifier, samples=300)


def test_too_little_data_is_refused(classifier):
    data = bars(100)
    with pytest.raises(DataError, match="too few"):
        measure(checkpoint("vanilla", data), data, classifier)


def test_unlabelled_data_is_refused():
    data = bars(600)
    with pytest.raises(DataError, match="needs two labelled classes"):
        classifier_for(ImageData("x", data.images))
