"""The frame, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).parents[2] / "pages"


def start(**context) -> AppTest:
    app = AppTest.from_file(str(PAGES / "parts" / "frame.py"), default_timeout=30)
    app.context = context
    return app.run()


@pytest.mark.parametrize("name", ["home", "train", "latent", "models"])
def test_every_page_runs_and_has_one_title(name):
    app = start()
    app.switch_page(str(PAGES / f"{name}.py")).run()
    assert not app.exception
    assert len(app.title) == 1


def test_every_file_in_pages_is_in_the_navigation():
    app = start()
    for page in PAGES.glob("*.py"):
        app.switch_page(str(page)).run()  # raises ValueError for a file that is not registered
        assert not app.exception


def test_the_browser_chooses_the_language_until_the_reader_does():
    app = start(locale="zh-CN")
    switch = app.segmented_control(key="lang")
    assert switch.value == "zh"
    switch.set_value("en").run()
    app.switch_page(str(PAGES / "train.py")).run()
    assert app.title[0].value == "Train"


def test_a_link_carries_the_language():
    app = AppTest.from_file(str(PAGES / "parts" / "frame.py"), default_timeout=30)
    app.query_params["lang"] = "中文"
    app.run()
    app.switch_page(str(PAGES / "train.py")).run()
    assert app.title[0].value == "训练"


def test_a_language_that_does_not_exist_is_ignored():
    app = AppTest.from_file(str(PAGES / "parts" / "frame.py"), default_timeout=30)
    app.query_params["lang"] = "klingon"
    app.run()
    assert not app.exception
    assert app.segmented_control(key="lang").value == "en"
