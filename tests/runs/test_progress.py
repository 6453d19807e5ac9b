"""Who is told of a run: nobody, a function, a terminal, or a notebook."""

import io
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from gan_core.runs import Run, Status, train
from gan_core.runs.progress import NotebookBar, as_line, following, in_notebook, in_words, terminal_bar
from tests.helpers.runs import tiny


def run(status: Status = Status.RUNNING, step: int = 10) -> Run:
    config = tiny(steps=40, batch_size=10)
    return Run("vanilla-strokes-000000", "a run", config, status, step, 0.0, 0.0, images_per_second=100.0)


@pytest.fixture
def notebook(monkeypatch):
    """As in the kernel of a notebook; what it displays, newest last."""
    displayed = []

    def display(line, display_id=False):
        assert display_id is True
        displayed.append(line.data)
        return SimpleNamespace(update=lambda line: displayed.append(line.data))

    shell = SimpleNamespace(kernel=object())
    html = lambda text: SimpleNamespace(data=text)  # noqa: E731
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(HTML=html, display=display))
    return displayed


@pytest.mark.parametrize("progress", [None, False])
def test_a_script_is_told_nothing_unless_it_asks(progress):
    assert not in_notebook()
    with following(progress) as report:
        assert report is None


def test_a_function_is_told(store):
    told = []
    train(tiny(), store=store, progress=told.append)
    assert told[-1].status is Status.FINISHED


def test_a_notebook_has_a_bar_by_itself(notebook, store):
    train(tiny(), store=store)
    assert "40 / 40 steps" in notebook[-1]
    assert '<progress value="40" max="40"' in notebook[-1]


def test_a_notebook_has_none_that_is_not_wanted(notebook):
    with following(False) as report:
        assert report is None
    with following(True) as report:
        assert isinstance(report, NotebookBar)


def test_the_terminal_shows_steps_and_speed():
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with terminal_bar(console) as report:
        report(run())
    assert "10 / 40 steps, 100 images/s" in console.file.getvalue()


def test_in_words():
    assert in_words(run()) == "10 / 40 steps, 100 images/s, 3 s left"  # 30 steps of 10 images
    assert in_words(run(Status.FINISHED, 40)) == "finished, 40 / 40 steps, 100 images/s"
    assert in_words(replace(run(step=0), message="loading the dataset")) == "loading the dataset"


def test_what_stands_in_a_page_is_escaped():
    assert "<script>" not in as_line(replace(run(step=0), message="<script>"))
    assert "<script>" not in replace(run(), error="<script>")._repr_html_()


def test_a_run_says_what_it_is():
    assert repr(run()) == "<run vanilla-strokes-000000: running, step 10 of 40>"
    assert "10 of 40" in run()._repr_html_()
