"""Whose eyes look at which dataset."""

import dataclasses
import hashlib
import json

import pytest
import torch

from gan_core.data import DATASETS, ImageData, load_dataset
from gan_core.errors import CheckpointError
from gan_core.evaluation import Classifier, classifier, general, judge_for
from gan_core.evaluation.general import GeneralNetwork, general_network
from gan_core.evaluation.judge import ready_judge
from tests.helpers.evaluation import bars

CIFAR10 = DATASETS["cifar10"].class_names


def test_a_dataset_with_a_classifier_that_ships_is_judged_by_it():
    judge = ready_judge(load_dataset("strokes"))
    assert judge.name == "strokes-28px-1c"
    assert judge.classifier is judge.network


def test_other_images_are_judged_by_the_general_network(monkeypatch):
    monkeypatch.setattr(classifier, "train_classifier", None)
    judge = judge_for(ImageData("folder", bars(64).images))
    assert (judge.name, judge.classifier) == ("general", None)
    assert isinstance(judge.network, GeneralNetwork)
    assert judge.classes(bars(4).images, judge.features(bars(4).images)) is None


def test_their_classes_are_told_by_a_classifier_of_their_own(monkeypatch):
    trained = Classifier(1, 28, 2).eval()
    monkeypatch.setattr(classifier, "train_classifier", lambda data, progress: trained)
    data = bars(64)
    judge = judge_for(data)
    assert isinstance(judge.network, GeneralNetwork)
    assert judge.classifier is trained
    expected = trained.classify(data.images)
    assert torch.equal(judge.classes(data.images, judge.features(data.images)), expected)


def test_the_general_network_knows_the_classes_of_cifar10(monkeypatch):
    monkeypatch.setattr(classifier, "train_classifier", None)
    images = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
    data = ImageData("folder", images, torch.arange(4), CIFAR10)
    judge = judge_for(data)
    assert judge.classifier is judge.network
    assert judge_for(dataclasses.replace(data, labels=None)).classifier is None


@pytest.mark.parametrize("size", [28, 32, 48, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_general_network_looks_at_every_size_and_both_kinds(size, channels):
    images = torch.randint(0, 256, (3, channels, size, size), dtype=torch.uint8, generator=torch.Generator())
    network = general_network()
    features = network.features(images)
    assert features.shape == (3, network.num_features)
    assert features.isfinite().all()
    grey = images.expand(-1, 3, -1, -1)
    assert channels == 3 or torch.allclose(network.features(grey), features)


def test_large_images_are_looked_at_in_half_their_size():
    images = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator())
    network = general_network()
    enlarged = images.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert torch.equal(network.features(enlarged), network.features(images))


def test_the_file_is_the_one_that_numbers_are_compared_by(tmp_path, monkeypatch):
    contents = general.FILE.read_bytes()
    facts = json.loads(general.FILE.with_suffix(".json").read_text())
    assert hashlib.sha256(contents).hexdigest() == general.SHA256 == facts["sha256"]
    assert len(contents) < 1_000_000
    assert facts["test_accuracy"]["32 px, color"] > 0.75
    monkeypatch.setattr(general, "FILE", tmp_path / "general.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        general_network()
    (tmp_path / "general.safetensors").write_bytes(contents[:-1] + b"x")
    with pytest.raises(CheckpointError, match="not the judge that ships"):
        general_network()


def test_no_first_weights_are_drawn():
    before = torch.get_rng_state()
    general_network()
    assert torch.equal(torch.get_rng_state(), before)
