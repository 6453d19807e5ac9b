"""Every sentence of the pages has a finished Chinese translation with the same values; none is left over."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from gan_core.config import RunConfig
from gan_core.data import DATASETS
from gan_core.evaluation.health.text import SENTENCES
from gan_core.exchange import questions
from gan_core.families import FAMILIES, IMPORTED_TITLE, PRESETS
from gan_core.families.break_it import BREAK_IT
from gan_core.figures import curves, effects, readings, style
from pages.ui.text import LOCALE_FOLDER, _, language

ROOT = Path(__file__).parents[2]


def strings_given_to(functions: set[str], folder: Path) -> Iterator[str]:
    """The strings in the first argument of every call. Babel's own extraction misses calls inside f-strings."""
    for file in folder.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in functions:
                parts = ast.walk(call.args[0]) if call.args else ()
                yield from (
                    part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )


def titles_and_descriptions() -> Iterator[str]:
    """What the pages take from the core's own tables."""
    for entry in [*FAMILIES.values(), *DATASETS.values()]:
        yield from (entry.title, entry.summary)
    for dataset in DATASETS.values():
        yield from (name for name in dataset.class_names if not name.isdigit())
    yield from (field.description for field in RunConfig.model_fields.values())
    yield from (title for title, _colour in [*curves.LOSSES.values(), *curves.SCORES.values()])
    yield from effects.MEASURES.values()
    yield from (title for title, _colour in readings.READINGS.values())
    yield from SENTENCES.values()
    yield from (preset.title for preset in PRESETS.values())
    for broken in BREAK_IT.values():
        yield from (broken.title, broken.what)
    yield from curves.PARTS.values()
    yield from (*style.SCORE_TITLES.values(), *effects.SCORE_CHANGES.values())
    yield IMPORTED_TITLE
    yield from (*questions.TITLES.values(), *questions.GROUNDS.values())
    for words in questions.WORDS.values():
        yield from words.values()
    yield from (title for title, _colour in [curves.WASSERSTEIN, *curves.ACCURACY.values()])


MESSAGES = sorted(
    {
        *strings_given_to({"_", "N_"}, ROOT / "pages"),
        *strings_given_to({"text"}, ROOT / "gan_core"),  # what figures and latent have translated
        *strings_given_to({"progress"}, ROOT / "gan_core" / "data"),
        *titles_and_descriptions(),
    }
)


@pytest.fixture(scope="module")
def chinese():
    with open(LOCALE_FOLDER / "zh.po", "rb") as file:
        return read_po(file, locale="zh")


def placeholders(message: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(message) if name is not None}


def translation_error(entry, message: str) -> str | None:
    """What is wrong with the entry of a message in a catalogue."""
    if entry is None or not entry.string:
        return "has no translation: add it to pages/locale/zh.po"
    if entry.fuzzy:
        return "is marked as not finished"
    if placeholders(entry.string) != placeholders(message):
        return f"has other values in its translation: {entry.string!r}"
    return None


def test_every_message_has_a_finished_translation(chinese):
    assert len(MESSAGES) > 500
    errors = {message: translation_error(chinese.get(message), message) for message in MESSAGES}
    assert {message: error for message, error in errors.items() if error} == {}


def test_no_translation_is_left_over(chinese):
    assert {entry.id for entry in chinese if entry.id} - set(MESSAGES) == set()


def test_without_a_session_the_message_stays_english():
    assert language() == "en"
    assert _("Home") == "Home"


def speak():
    import streamlit as st

    from pages.ui.text import _

    st.write(_("Home"))
    st.write(_("No such sentence"))


@pytest.mark.parametrize(
    ("locale", "home"), [("zh-CN", "首页"), ("zh", "首页"), ("en-US", "Home"), ("fr", "Home"), (None, "Home")]
)
def test_a_session_speaks_the_language_of_its_browser(locale, home):
    app = AppTest.from_function(speak)
    app.context = {"locale": locale} if locale else {}
    app.run()
    assert [line.value for line in app.markdown] == [home, "No such sentence"]
