"""Titles of runs and models."""

import pytest

from gan_core.models import shipped
from gan_core.runs import load_checkpoint
from pages.ui import runs, text


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setattr(text, "language", lambda: "zh")


def test_a_title_that_a_run_got_by_itself_is_translated(chinese):
    assert runs.title_text("Conditional DCGAN, Strokes") == "条件 DCGAN，笔画数字"


def test_every_shipped_title_is_translated(chinese):
    for title in {load_checkpoint(name).title for name in shipped()}:
        assert "，" in runs.title_text(title), title


@pytest.mark.parametrize("title", ["Home, Train", "DCGAN", "DCGAN, my digits.zip", "", "DCGAN, MNIST, again"])
def test_a_title_that_somebody_gave_is_left_alone(chinese, title):
    assert runs.title_text(title) == title


def test_in_english_every_title_stays():
    assert runs.title_text("Conditional DCGAN, Strokes") == "Conditional DCGAN, Strokes"
