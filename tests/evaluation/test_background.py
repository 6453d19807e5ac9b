"""A classifier trained in a process of its own, and found again without the images."""

import json
import sys
import time

import pytest
import torch

from gan_core.evaluation import ClassifierTraining, background, classifier_for, kept_classifier
from gan_core.evaluation import __main__ as child
from tests.helpers.data import make_data


def wait(training: ClassifierTraining) -> None:
    deadline = time.monotonic() + 60
    while training.running and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not training.running


def run_instead(monkeypatch, code: str) -> None:
    monkeypatch.setattr(background, "command", lambda *arguments: [sys.executable, "-c", code])


def test_progress_is_followed_to_the_end(monkeypatch):
    run_instead(monkeypatch, "print('[\"unpacking\", null]'); print('[\"training\", 0.75]')")
    training = ClassifierTraining("mnist", 28, 1)
    wait(training)
    assert (training.what, training.fraction, training.error) == ("training", 0.75, None)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; sys.exit('first line\\nthere is no network')", "there is no network"),
        ("import sys; sys.exit(3)", "the process ended with status 3"),
    ],
)
def test_a_failure_is_one_line(monkeypatch, code, message):
    run_instead(monkeypatch, code)
    training = ClassifierTraining("mnist", 28, 1)
    wait(training)
    assert training.error == message


def test_a_process_that_cannot_be_started_is_a_failure(monkeypatch, tmp_path):
    monkeypatch.setattr(background, "command", lambda *arguments: [str(tmp_path / "nothing")])
    training = ClassifierTraining("mnist", 28, 1)
    wait(training)
    assert training.error.startswith("the process could not be started: ")


def test_the_child_is_this_package():
    assert background.command("mnist", 28, 1) == [sys.executable, "-m", "gan_core.evaluation", "mnist", "28", "1"]


def test_the_child_trains_and_keeps_the_classifier(monkeypatch, capsys):
    monkeypatch.setattr(child, "load_dataset", lambda name, **options: make_data(256))
    assert kept_classifier("noise", 28, 1) is None
    child.main("noise", "28", "1")
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert reports[-1] == ["training the classifier", 1.0]
    assert kept_classifier("noise", 28, 1) is not None


def test_a_kept_classifier_is_the_one_that_was_trained():
    data = make_data(256)
    trained, kept = classifier_for(data), kept_classifier("noise", 28, 1)
    assert torch.equal(trained.classify(data.images), kept.classify(data.images))
    assert trained.classify(data.images).shape == (256,)
    assert kept_classifier("noise", 32, 1) is None
    assert kept_classifier("noise", 28, 3) is None
    assert kept_classifier("*", 28, 1) is None
