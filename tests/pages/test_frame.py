"""The frame, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).parents[2] / "pages"


def start(**context) -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=30)
    app.context = context
    return app.run()


@pytest.mark.parametrize("name", ["home", "pictures", "train", "latent", "models"])
def test_every_page_runs_and_has_one_title(name):
    app = start()
    app.switch_page(str(PAGES / f"{name}.py")).run()
    assert not app.exception
    assert len(app.title) == 1


def test_every_file_in_pages_is_in_the_navigation():
    app = start()
    for page in set(PAGES.glob("*.py")) - {PAGES / "main.py"}:
        app.switch_page(str(page)).run()  # raises ValueError for a file that is not registered
        assert not app.exception


def visit(**query: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def test_the_browser_chooses_the_language_until_the_reader_does():
    app = start(locale="zh-CN")
    switch = app.segmented_control(key="lang")
    assert switch.value == "zh"
    assert "lang" not in app.query_params
    switch.set_value("en").run()
    assert app.query_params["lang"] == "en"
    app.switch_page(str(PAGES / "train.py")).run()
    assert app.title[0].value == "Train"


@pytest.mark.parametrize(
    ("written", "key"),
    [("zh", "zh"), ("中文", "zh"), ("zh-TW", "zh"), ("ZH_cn", "zh"), ("en", "en"), ("English", "en"), ("en-GB", "en")],
)
def test_a_link_carries_the_language(written, key):
    """The labels of the switch were what links carried before."""
    app = visit(lang=written)
    assert app.query_params["lang"] == key
    app.switch_page(str(PAGES / "train.py")).run()
    assert app.title[0].value == {"zh": "训练", "en": "Train"}[key]


@pytest.mark.parametrize(
    ("locale", "key"), [("zh-TW", "zh"), ("zh", "zh"), ("en-US", "en"), ("de-DE", "en"), ("", "en")]
)
def test_the_language_of_the_browser(locale, key):
    assert start(locale=locale).segmented_control(key="lang").value == key


def test_the_chosen_language_goes_along_to_pages_whose_address_lacks_it():
    app = visit(lang="zh")
    del app.query_params["lang"]
    app.switch_page(str(PAGES / "train.py")).run()
    assert app.title[0].value == "训练"
    assert app.query_params["lang"] == "zh"


def test_a_language_that_does_not_exist_is_ignored():
    app = visit(lang="klingon")
    assert not app.exception
    assert app.segmented_control(key="lang").value == "en"
