"""Every sentence of the pages and every message of the core has a finished Chinese translation; none is left over."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

import gan_core
from gan_core.data import DATASETS, faces, load_dataset, strokes
from gan_core.data.notes import Reason
from gan_core.errors import ConfigError, Message, WorkshopError
from gan_core.evaluation import background
from gan_core.evaluation.health.text import SENTENCES
from gan_core.exchange import questions
from gan_core.families import FAMILIES, IMPORTED_TITLE, RunConfig, form_fields, new_config
from gan_core.figures import curves, effects, readings, style
from gan_core.latent import parse_numbers
from gan_core.runs import Status
from pages.ui.messages import message_text
from pages.ui.text import LOCALE_FOLDER, _, language

ROOT = Path(__file__).parents[2]
TERMINAL = ROOT / "gan_core" / "cli"  # its messages are not translated
CORE = [file for file in (ROOT / "gan_core").rglob("*.py") if TERMINAL not in file.parents]
PAGES = list((ROOT / "pages").rglob("*.py"))


def error_names() -> set[str]:
    """The names of `WorkshopError` and of all that is derived from it."""
    for module in walk_packages(gan_core.__path__, "gan_core."):
        if not module.name.endswith("__main__"):
            import_module(module.name)

    def below(kind: type) -> set[str]:
        return {kind.__name__}.union(*(below(child) for child in kind.__subclasses__()))

    return below(WorkshopError)


def calls(files: Iterable[Path], functions: Iterable[str]) -> Iterator[tuple[str, ast.Call]]:
    """Each call of a function by its plain name, and where it stands."""
    for file in files:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in functions:
                yield f"{file.relative_to(ROOT)}:{call.lineno}", call


def strings_given_to(functions: set[str], files: Iterable[Path]) -> Iterator[str]:
    """The strings in the first argument of every call. Babel's own extraction misses calls inside f-strings."""
    for _place, call in calls(files, functions):
        parts = ast.walk(call.args[0]) if call.args else ()
        yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


@cache
def templates() -> tuple[dict[str, str], list[str]]:
    """`{template: where it stands}` of the messages and errors, and the places of those that are no literals.

    `arguments` calls the class of its caller `error`. An attribute or an entry of a table is a text of another list.
    """
    found, others = {"{field}: {problem}": "gan_core/errors.py"}, []
    files = [file for file in (*CORE, *PAGES) if file != ROOT / "gan_core" / "errors.py"]
    for place, call in calls(files, {*error_names(), Message.__name__, "error"}):
        match call.args[1 if call.func.id == ConfigError.__name__ else 0]:
            case ast.Constant(value=str(text)):
                found[text] = place
            case ast.Attribute() | ast.Subscript():
                pass
            case other:
                others.append(f"{place}: {ast.unparse(other)}")
    return found, others


def titles_and_descriptions() -> Iterator[str]:
    """What the pages take from the core's own tables."""
    yield from (*Reason, *Status)
    for entry in [*FAMILIES.values(), *DATASETS.values()]:
        yield from (entry.title, entry.summary)
    for family in FAMILIES.values():
        yield from (family.tagline, family.healthy_loss, *family.loss_parts.values())
        yield from (text for remedy in family.remedies for text in (remedy.reason, remedy.evidence) if text)
        yield from filter(None, [family.alternative, family.unlike_paper])
        for preset in family.presets.values():
            yield from filter(None, [preset.title, preset.note])
        for demo in family.failure_demos.values():
            yield from (demo.title, demo.description)
    for model in [RunConfig, *(family.options for family in FAMILIES.values())]:
        for field in form_fields(model).values():
            yield from (field.title, field.description, *field.labels.values())
    yield from texts_of_extra_outputs()
    for dataset in DATASETS.values():
        yield from (name for name in dataset.class_names if not name.isdigit())
    yield from (*faces.people.ATTRIBUTES, *strokes.ATTRIBUTES)
    yield from (title for title, _colour in [*curves.LOSSES.values(), *curves.SCORES.values()])
    yield from effects.MEASURES.values()
    yield from (title for title, _colour in readings.READINGS.values())
    yield from SENTENCES.values()
    yield from curves.PARTS.values()
    yield from (*style.SCORE_TITLES.values(), *effects.SCORE_CHANGES.values())
    yield from (background.STARTING, background.TRAINING)
    yield IMPORTED_TITLE
    yield from (*questions.TITLES.values(), *questions.GROUNDS.values(), *questions.PHRASES.values())
    for words in questions.WORDS.values():
        yield from words.values()
    yield from (title for title, _colour in [curves.WASSERSTEIN, *curves.ACCURACY.values()])


def texts_of_extra_outputs() -> Iterator[str]:
    """Titles and descriptions of what the networks of the families put out beside D's score."""
    for _place, call in calls((ROOT / "gan_core" / "families").glob("*.py"), ("ExtraOutput",)):
        yield from (part.value for part in call.args if isinstance(part, ast.Constant))


@cache
def messages() -> set[str]:
    return {
        *templates()[0],
        *strings_given_to({"_", "N_"}, PAGES),
        *strings_given_to({"text"}, CORE),  # of figures
        *strings_given_to({"progress"}, (ROOT / "gan_core" / "data").rglob("*.py")),
        *titles_and_descriptions(),
    }


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    with open(LOCALE_FOLDER / "zh.po", "rb") as file:
        entries = read_po(file, locale="zh")
    return {entry.id: entry.string for entry in entries if entry.id and entry.string and not entry.fuzzy}


def fields(message: str) -> list[str]:
    """The replacement fields of a message, whatever their order."""
    return sorted(f"{name}!{conversion}:{spec}" for _, name, spec, conversion in Formatter().parse(message) if name)


def test_every_message_has_a_finished_translation(chinese):
    where = templates()[0]
    missing = [f"{where.get(text, 'pages')}: {text}" for text in sorted(messages() - chinese.keys())]
    assert not missing, "give these a msgid and a msgstr in pages/locale/zh.po:\n" + "\n".join(missing)


def test_no_translation_is_left_over(chinese):
    left_over = sorted(chinese.keys() - messages())
    assert not left_over, "nothing uses these; take them out of pages/locale/zh.po:\n" + "\n".join(left_over)


def test_translations_have_the_same_fields(chinese):
    unlike = [text for text, translation in chinese.items() if set(fields(text)) != set(fields(translation))]
    assert not unlike, "the msgstr of these in pages/locale/zh.po has other fields:\n" + "\n".join(unlike)


def test_templates_are_literals_with_a_value_for_each_field():
    """An f-string would be a template of its own for each value, and none of them has a translation."""
    assert templates()[1] == []
    wrong = []
    for place, call in calls([*CORE, *PAGES], {*error_names(), Message.__name__, "error"}):
        text = call.args[1 if call.func.id == ConfigError.__name__ else 0]
        if isinstance(text, ast.Constant):
            names = {name for _, name, _, _ in Formatter().parse(text.value) if name is not None}
            if names != {keyword.arg for keyword in call.keywords}:
                wrong.append(f"{place}: {text.value}")
    assert wrong == []


def test_without_a_session_the_message_stays_english():
    assert language() == "en"
    assert _("Home") == "Home"
    assert message_text(WorkshopError("there is no run {run_id}", run_id="x")) == "there is no run x"


def show_texts():
    import streamlit as st

    from gan_core.errors import RunError
    from pages.ui.messages import message_text
    from pages.ui.text import _

    st.write(_("Home"))
    st.write(_("No such sentence"))
    st.write(message_text(RunError("there is no run {run_id}", run_id="x")))


@pytest.mark.parametrize(
    ("locale", "home", "error"),
    [
        ("zh-CN", "首页", "没有训练 x"),
        ("zh", "首页", "没有训练 x"),
        ("en-US", "Home", "there is no run x"),
        ("fr", "Home", "there is no run x"),
        (None, "Home", "there is no run x"),
    ],
)
def test_a_session_has_the_language_of_its_browser(locale, home, error):
    app = AppTest.from_function(show_texts)
    app.context = {"locale": locale} if locale else {}
    app.run()
    assert [line.value for line in app.markdown] == [home, "No such sentence", error]


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda: new_config("dcgann"), "family：未知的 GAN 类型 'dcgann'；是否想用 dcgan？"),
        (lambda: load_dataset("strokes", image_size=30), "image_size：必须是 28, 32, 64 之一（收到 30）"),
        (
            lambda: load_dataset("folder", path="/none"),
            "找不到 /none；请把它放回原处，或提供另一个图像文件夹或 zip 文件",
        ),
        (lambda: parse_numbers("1, many"), "取值为 'many'，不是数"),
    ],
)
def test_errors_as_they_are_raised(chinese, act, text):
    with pytest.raises(WorkshopError) as caught:
        act()
    assert caught.value.message.render(lambda text: chinese.get(text, text)) == text
