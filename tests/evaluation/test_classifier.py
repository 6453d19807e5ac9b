"""The classifier that ships, that is kept, or that is trained."""

import copy
import dataclasses
import json

import pytest
import torch

from gan_core.data import ImageData, load_dataset
from gan_core.data.faces import draw_faces
from gan_core.data.image_data import Attributes
from gan_core.data.strokes import ATTRIBUTES, draw_digits
from gan_core.errors import DataError
from gan_core.evaluation import Classifier, classifier_for, kept_classifier, ready_classifier
from gan_core.evaluation import classifier as module
from gan_core.evaluation.classifier import fit_attributes, save_attributes, save_classifier, shipped_path
from gan_core.paths import SHIPPED
from tests.helpers.evaluation import bars


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """An empty folder of what ships; training fails."""
    monkeypatch.setattr(module, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr(module, "train_classifier", None)


def random_classifier(seed: int) -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Classifier(1, 28, 2).eval()


def is_same(first: Classifier, second: Classifier) -> bool:
    images = bars(64).images
    return torch.allclose(first.features(images), second.features(images), rtol=1e-2, atol=1e-2)


def test_the_classifier_learns_its_classes(classifier):
    data = bars(512)
    predicted = classifier.predict(classifier.features(data.images))
    assert (predicted == data.labels).float().mean() > 0.98


def test_the_classifier_is_trained_once_and_kept(monkeypatch):
    data = bars(600)
    assert ready_classifier(data) is None
    first = classifier_for(data)
    monkeypatch.setattr(module, "train_classifier", None)  # a second training would fail
    assert torch.equal(first.features(data.images), classifier_for(data).features(data.images))


def test_a_classifier_that_cannot_be_kept_is_used_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "file" / "home"))
    data = bars(200)
    assert classifier_for(data).head.out_features == 2
    assert kept_classifier("bars", 28, 1) is None


def test_what_ships_comes_before_what_is_kept(shipped):
    data, ours, kept = bars(600), random_classifier(1), random_classifier(2)
    save_classifier(kept, data, module._kept_path(data))
    assert is_same(classifier_for(data), kept)
    save_classifier(ours, data, shipped_path("bars", 28, 1), half=True)
    for found in (classifier_for(data), ready_classifier(data), kept_classifier("bars", 28, 1)):
        assert is_same(found, ours)
        assert not is_same(found, kept)
    assert kept_classifier("bars", 32, 1) is None


def test_what_ships_is_for_its_own_images_only(shipped):
    data = bars(600)
    save_classifier(random_classifier(1), data, shipped_path("bars", 28, 1), half=True)
    other = dataclasses.replace(data, images=data.images.flip(0))
    assert ready_classifier(data) is not None
    assert ready_classifier(other) is None


@pytest.mark.parametrize("contents", [b"", b"no weights" * 100])
def test_a_damaged_file_counts_as_missing(shipped, contents):
    data, kept = bars(600), random_classifier(2)
    shipped_path("bars", 28, 1).parent.mkdir(parents=True)
    shipped_path("bars", 28, 1).write_bytes(contents)
    assert ready_classifier(data) is None
    assert kept_classifier("bars", 28, 1) is None
    save_classifier(kept, data, module._kept_path(data))
    assert is_same(ready_classifier(data), kept)


def test_first_weights_are_those_of_torch_and_of_the_seed_alone():
    data = bars(64)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        expected = Classifier(1, 28, 2).state_dict()
    weights = module._new_classifier(data, torch.Generator().manual_seed(4)).state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_dropout_is_that_of_torch_but_draws_from_its_own_generator():
    values = torch.arange(1.0, 101.0)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        expected = torch.nn.Dropout(0.25)(values)
    dropout, before = module.Dropout(0.25), torch.get_rng_state()
    dropout.generator = torch.Generator().manual_seed(4)
    assert torch.equal(dropout(values), expected)
    assert torch.equal(torch.get_rng_state(), before)
    assert dropout.eval()(values) is values


def test_unlabelled_data_is_refused():
    data = ImageData("x", bars(600).images)
    assert ready_classifier(data) is None
    with pytest.raises(DataError, match="needs two labelled classes"):
        classifier_for(data)


def attributed(count: int) -> ImageData:
    """Bars, of which the classes are attributes too, one of them upside down."""
    data = bars(count)
    is_second = data.labels.float()
    return dataclasses.replace(
        data, attributes=Attributes(("second", "first"), torch.stack([is_second, 1 - is_second], 1))
    )


def test_attributes_are_learned_and_kept(monkeypatch):
    data = attributed(600)
    first = classifier_for(data)
    monkeypatch.setattr(module, "train_classifier", None)
    kept = classifier_for(data)
    assert kept.attribute_names == ("second", "first")
    read = kept.read_attributes(kept.features(data.images))
    assert torch.equal(read, first.read_attributes(first.features(data.images)))
    assert ((read > 0.5) == (data.attributes.values > 0.5)).float().mean() > 0.98
    described = kept.describe(data.images)
    assert described.shape == (600, 4)
    torch.testing.assert_close(described[:, :2].sum(1), torch.ones(600))
    assert torch.equal(described[:, 2:], read)


def test_a_classifier_can_learn_attributes_later_and_stay_what_it_is(classifier):
    data, before = attributed(512), copy.deepcopy(classifier)
    fit_attributes(before, data, steps=200)
    assert torch.equal(before.features(data.images), classifier.features(data.images))
    assert torch.equal(before.head.weight, classifier.head.weight)
    read = before.read_attributes(before.features(data.images))
    assert ((read > 0.5) == (data.attributes.values > 0.5)).float().mean() > 0.98
    assert classifier.read_attributes(classifier.features(data.images)).shape == (512, 0)


def test_attributes_learned_later_lie_beside_the_classifier(shipped):
    data, ours = attributed(600), random_classifier(1)
    path = shipped_path("bars", 28, 1)
    save_classifier(ours, data, path)
    bytes_before = path.read_bytes()
    fit_attributes(ours, data, steps=1)
    save_attributes(ours, data, path)
    assert path.read_bytes() == bytes_before
    read = ready_classifier(data)
    assert read.attribute_names == ("second", "first")
    torch.testing.assert_close(read.attribute_head.weight, ours.attribute_head.weight, atol=1e-3, rtol=1e-2)


@pytest.mark.parametrize("dataset", ["mnist", "strokes"])
def test_a_classifier_ships_with_what_is_known_of_it(dataset):
    assert kept_classifier(dataset, 28, 1).head.out_features == 10
    facts = json.loads((SHIPPED / "classifiers" / f"{dataset}-28px-1c.json").read_text())
    assert facts["dataset"] == dataset
    assert facts["test_accuracy"] > 0.98


def test_the_classifier_of_strokes_reads_strokes_that_it_has_not_seen():
    images, labels, _ = draw_digits(200, seed=2)
    assert (kept_classifier("strokes", 28, 1).classify(images) == labels).float().mean() > 0.97


def test_the_classifier_of_faces_reads_faces_that_it_has_not_seen():
    images, cuts, values = draw_faces(100, 64, seed=2)
    classifier = kept_classifier("faces", 64, 3)
    assert (classifier.classify(images) == cuts).float().mean() > 0.9
    index = classifier.attribute_names.index("glasses")
    read = classifier.read_attributes(classifier.features(images))
    assert ((read[:, index] > 0.5) == (values[:, index] > 0.5)).float().mean() > 0.95


def test_the_classifier_of_strokes_reads_how_they_slant():
    images, _, values = draw_digits(400, seed=2)
    classifier = kept_classifier("strokes", 28, 1)
    assert classifier.attribute_names == ATTRIBUTES
    read = classifier.read_attributes(classifier.features(images))
    slanted = ATTRIBUTES.index("slanted")
    assert torch.corrcoef(torch.stack([values[:, slanted], read[:, slanted]]))[0, 1] > 0.8


def test_the_classifier_of_mnist_is_that_of_its_images():
    try:
        data = load_dataset("mnist")
    except DataError:
        pytest.skip("MNIST is not here")
    classifier = ready_classifier(data)
    assert (classifier.classify(data.images[:1000]) == data.labels[:1000]).float().mean() > 0.98


def test_a_classifier_of_own_images_is_not_found_by_name(shipped):
    """It may be that of another folder."""
    data = dataclasses.replace(bars(600), name="folder")
    save_classifier(random_classifier(3), data, module._kept_path(data))
    assert ready_classifier(data) is not None
    assert kept_classifier("folder", 28, 1) is None
