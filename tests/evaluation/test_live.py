"""Readings while a run trains: cheap, repeatable, and no part of the training."""

import pytest
import torch

from gan_core.evaluation import LiveMeter, Reading, live, live_meter
from gan_core.evaluation.classifier import _kept_path, save_classifier
from gan_core.latent_spec import LatentSpec, Section
from tests.helpers.evaluation import bars, checkpoint

CPU = torch.device("cpu")


def meter(classifier, spec: LatentSpec) -> LiveMeter:
    return LiveMeter(bars(), classifier, spec, device=CPU, seed=3)


def test_real_images_read_as_the_floor(classifier):
    data = bars()
    images = data.images.float() / 127.5 - 1
    spec = LatentSpec.of(1, "uniform")
    reading = meter(classifier, spec).read(7, lambda z: images[((z[:, 0] + 1) / 2 * len(data)).long()])
    assert (reading.step, reading.samples) == (7, 512)
    assert 0.3 < reading.frechet / reading.floor < 3
    assert reading.diversity == pytest.approx(1, abs=0.05)
    assert reading.class_share["upright"] == pytest.approx(0.5, abs=0.1)
    assert reading.classes_covered == 2
    assert reading.agreement is None


def test_a_collapsed_generator_is_far_and_all_alike(classifier):
    spec = LatentSpec.of(8, "normal", ("lying", "upright"))
    reading = meter(classifier, spec).read(0, lambda z: torch.zeros(len(z), 1, 28, 28))
    assert reading.frechet > 20 * reading.floor
    assert reading.diversity == pytest.approx(0, abs=1e-3)
    assert reading.classes_covered == 1
    assert reading.agreement == pytest.approx(0.5, abs=0.1)


def test_the_agreement_of_categories_is_their_purity(classifier):
    images = bars().images.float() / 127.5 - 1
    spec = LatentSpec((Section("noise", 1), Section("category", 2, "one_hot")))
    swapped = meter(classifier, spec).read(0, lambda z: images[z[:, 1].long()])
    assert swapped.agreement == 1


def test_reading_again_gives_the_same_and_leaves_the_random_generator_alone(classifier):
    model = checkpoint("vanilla", bars())
    one = meter(classifier, model.latent_spec)
    before = torch.get_rng_state()
    first = one.read(5, model.generator)
    assert one.read(5, model.generator) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert Reading(**first.to_dict()) == first


def test_readings_are_paid_for_by_training(classifier):
    model = checkpoint("vanilla", bars())
    one = meter(classifier, model.latent_spec)
    assert one.is_affordable(0.0)
    one.read(0, model.generator)
    assert one.seconds > 0
    one.seconds = 5.0
    assert not one.is_affordable(100.0)
    assert one.is_affordable(500.0)


def test_there_is_a_meter_only_where_a_classifier_is_ready(classifier, monkeypatch):
    data, spec = bars(), LatentSpec.of(8, "normal")
    monkeypatch.setattr("gan_core.evaluation.classifier.train_classifier", None)  # training one would fail
    assert live_meter(data, spec, device=CPU, seed=0) is None
    save_classifier(classifier, data, _kept_path(data))
    assert live_meter(data, spec, device=CPU, seed=0) is not None
    small = bars(2 * live.SAMPLES - 1)
    save_classifier(classifier, small, _kept_path(small))
    assert live_meter(small, spec, device=CPU, seed=0) is None
