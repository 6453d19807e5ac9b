"""Readings while a run trains: cheap, repeatable, and no part of the training."""

import pytest
import torch

from gan_core.evaluation import OnlineEvaluator, QualitySample, online, online_evaluator
from gan_core.evaluation.classifier import _kept_path, save_classifier
from gan_core.latent_spec import LatentSpec, Section
from tests.helpers.evaluation import bars, checkpoint

CPU = torch.device("cpu")


def meter(judge, spec: LatentSpec) -> OnlineEvaluator:
    return OnlineEvaluator(bars(), judge, spec, device=CPU, seed=3)


def test_real_images_read_as_the_floor(judge):
    data = bars()
    images = data.images.float() / 127.5 - 1
    spec = LatentSpec.of(1, "uniform")
    reading = meter(judge, spec).evaluate(7, lambda z: images[((z[:, 0] + 1) / 2 * len(data)).long()])
    assert (reading.step, reading.samples) == (7, 512)
    assert 0.3 < reading.frechet / reading.real_vs_real < 3
    assert reading.diversity == pytest.approx(1, abs=0.05)
    assert reading.class_share["upright"] == pytest.approx(0.5, abs=0.1)
    assert reading.classes_covered == 2
    assert reading.conditional_accuracy is None


def test_a_collapsed_generator_is_far_and_all_alike(judge):
    spec = LatentSpec.of(8, "normal", ("lying", "upright"))
    reading = meter(judge, spec).evaluate(0, lambda z: torch.zeros(len(z), 1, 28, 28))
    assert reading.frechet > 20 * reading.real_vs_real
    assert reading.diversity == pytest.approx(0, abs=1e-3)
    assert reading.classes_covered == 1
    assert reading.conditional_accuracy == pytest.approx(0.5, abs=0.1)


def test_the_agreement_of_categories_is_their_purity(judge):
    images = bars().images.float() / 127.5 - 1
    spec = LatentSpec((Section("noise", 1), Section("category", 2, "one_hot")))
    swapped = meter(judge, spec).evaluate(0, lambda z: images[z[:, 1].long()])
    assert swapped.conditional_accuracy == 1


def test_reading_again_gives_the_same_and_leaves_the_random_generator_alone(judge):
    model = checkpoint("vanilla", bars())
    one = meter(judge, model.latent_spec)
    before = torch.get_rng_state()
    first = one.evaluate(5, model.generator)
    assert one.evaluate(5, model.generator) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert QualitySample.from_dict(first.to_dict()) == first


def test_samples_written_before_have_the_present_names():
    before = {
        "step": 200,
        "samples": 512,
        "frechet": 812.5,
        "floor": 9.25,
        "class_share": {"lying": 0.75, "upright": 0.25},
        "diversity": 0.5,
        "agreement": 0.625,
    }
    sample = QualitySample.from_dict(before)
    assert sample == QualitySample(200, 512, 812.5, 9.25, {"lying": 0.75, "upright": 0.25}, 0.5, 0.625)
    assert (sample.real_vs_real, sample.conditional_accuracy) == (9.25, 0.625)
    assert QualitySample.from_dict(sample.to_dict()) == sample
    with pytest.raises(TypeError):
        QualitySample.from_dict(before | {"variety": 1.0})


def test_readings_are_paid_for_by_training(judge):
    model = checkpoint("vanilla", bars())
    one = meter(judge, model.latent_spec)
    assert one.within_budget(0.0)
    one.evaluate(0, model.generator)
    assert one.seconds > 0
    one.seconds = 5.0
    assert not one.within_budget(100.0)
    assert one.within_budget(500.0)


def test_classes_are_read_where_a_classifier_is_ready_and_the_rest_everywhere(classifier, monkeypatch):
    data, model = bars(), checkpoint("vanilla", bars())
    monkeypatch.setattr("gan_core.evaluation.classifier.train_classifier", None)  # training one would fail

    def reading() -> QualitySample:
        return online_evaluator(data, model.latent_spec, device=CPU, seed=0).evaluate(1, model.generator)

    general = reading()
    assert (general.class_share, general.classes_covered, general.conditional_accuracy) == ({}, 0, None)
    assert general.frechet > 5 * general.real_vs_real
    assert QualitySample.from_dict(general.to_dict()) == general
    save_classifier(classifier, data, _kept_path(data))
    known = reading()
    assert set(known.class_share) == {"lying", "upright"}
    assert known.frechet == general.frechet  # what was trained here does not change the distance


def test_there_is_no_meter_for_few_images():
    assert online_evaluator(bars(2 * online.NUM_SAMPLES - 1), LatentSpec.of(8, "normal"), device=CPU, seed=0) is None
