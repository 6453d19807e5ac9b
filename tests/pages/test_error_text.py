"""Every error that the core can raise has a Chinese sentence with the same values, and these are found again."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import walk_packages

import pytest
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

import gan_core
from gan_core.data import load_dataset
from gan_core.data.notes import NO_LABELS, Reason
from gan_core.errors import ConfigError, WorkshopError
from gan_core.families import new_config
from gan_core.latent import parse_numbers
from gan_core.runs import Status
from pages.ui.error_text import PLACEHOLDER, error_text, read_templates, translate
from pages.ui.text import LOCALE_FOLDER

CORE = Path(gan_core.__file__).parent
FILES = [file for file in CORE.rglob("*.py") if file.name != "__main__.py"]  # what only the command line says


# The messages, as they are written in the core


def error_names() -> set[str]:
    """The names of `WorkshopError` and of all that is derived from it."""
    for module in walk_packages([str(CORE)], "gan_core."):
        if module.name != "gan_core.__main__":
            import_module(module.name)

    def below(kind: type) -> set[str]:
        return {kind.__name__}.union(*(below(child) for child in kind.__subclasses__()))

    return below(WorkshopError)


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.IfExp(body=body, orelse=other):
            return is_text(body) or is_text(other)
    return False


def assigned_texts(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and is_text(node.value):
            yield node.targets[0].id, node.value


# The sentences that modules keep under a name in capitals.
CONSTANTS = {
    name: value.value
    for file in FILES
    for name, value in assigned_texts(tree_of(file).body)
    if name.isupper() and isinstance(value, ast.Constant)
}


def templates(node: ast.expr) -> list[str]:
    """All that an expression can say, its values as {source}."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name in CONSTANTS:
            return [CONSTANTS[name]]
        case ast.JoinedStr(values=parts):
            return ["".join(choice) for choice in product(*map(templates, parts))]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(choice) for choice in product(templates(left), templates(right))]
        case ast.IfExp(body=body, orelse=other):
            return templates(body) + templates(other)
        case ast.FormattedValue(value=value):
            return templates(value)
    return ["{" + re.sub("[{}]", "", ast.unparse(node)) + "}"]


NOTES_OF_TRAINERS = {"tell", "self._tell", "self._notes.append"}
# Functions that return a message: of an error that is a bug, a part of a note, what was recognised in an imported file.
REASONS = {"one_line", "_why_no_graph", "description", "images_in_words", "inputs_in_words"}


def says_something(template: str) -> bool:
    return any(character.isalpha() for character in PLACEHOLDER.sub("", template))


def messages_of(function: ast.FunctionDef, file: ast.Module, errors: set[str]) -> Iterator[str]:
    """What the errors made in a function say, and the texts that its variables and arguments put into them."""
    used = set()
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in errors:
            message = call.args[1 if call.func.id == ConfigError.__name__ else 0]
            yield from templates(message)
            used |= {part.id for part in ast.walk(message) if isinstance(part, ast.Name)}
        if isinstance(call, ast.Call) and ast.unparse(call.func) in NOTES_OF_TRAINERS:
            yield from templates(call.args[0])
        if isinstance(call, ast.Return) and function.name in REASONS and is_text(call.value):
            yield from templates(call.value)
            used |= {part.id for part in ast.walk(call.value) if isinstance(part, ast.Name)}
    yield from (text for name, value in assigned_texts(ast.walk(function)) if name in used for text in templates(value))
    places = [place for place, argument in enumerate(function.args.args) if argument.arg in used]
    for call in ast.walk(file):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == function.name:
            given = [call.args[place] for place in places if place < len(call.args)]
            yield from (text for value in given if is_text(value) for text in templates(value))


def messages() -> dict[str, str]:
    """`{template: a file that has it}`"""
    errors = error_names()
    found = {
        text: str(file.relative_to(CORE.parent))
        for file in FILES
        for function in ast.walk(tree_of(file))
        if isinstance(function, ast.FunctionDef)
        for text in messages_of(function, tree_of(file), errors)
        if says_something(text)
    }
    notes = dict.fromkeys([*map(str, Reason), NO_LABELS], "gan_core/data/notes.py")
    return found | notes | dict.fromkeys(map(str, Status), "gan_core/runs/run.py")


MESSAGES = messages()


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    with open(LOCALE_FOLDER / "errors.zh.po", "rb") as file:
        entries = read_po(file, locale="zh")
    return {entry.id: entry.string for entry in entries if entry.id and entry.string and not entry.fuzzy}


def test_every_error_has_a_translation(chinese):
    missing = [f"{MESSAGES[text]}: {text}" for text in sorted(MESSAGES.keys() - chinese.keys())]
    assert not missing, "give these a msgid and a Chinese msgstr in pages/locale/errors.zh.po:\n" + "\n".join(missing)


def test_no_translation_is_left_over(chinese):
    left_over = sorted(chinese.keys() - MESSAGES.keys())
    assert not left_over, "no error says these; take them out of pages/locale/errors.zh.po:\n" + "\n".join(left_over)


def values_of(template: str) -> set[str]:
    return set(PLACEHOLDER.findall(template))


def test_translations_have_the_same_values(chinese):
    unlike = [text for text, said in chinese.items() if values_of(text) != values_of(said)]
    assert not unlike, "the msgstr of these in pages/locale/errors.zh.po has other {values}:\n" + "\n".join(unlike)


# Finding them again


def test_every_message_is_found_by_its_own_template(chinese):
    """With plain values in it, each is matched by its own template or by one that says the same."""
    wrong = {}
    for text, said in chinese.items():
        values = {name: f"v{number}" for number, name in enumerate(sorted(values_of(text)))}
        for name, value in values.items():
            text, said = text.replace(name, value), said.replace(name, value)
        if translate(text, read_templates("zh")) != said:
            wrong[text] = translate(text, read_templates("zh"))
    assert wrong == {}


def chinese_of(error: Callable[[], object]) -> str:
    with pytest.raises(WorkshopError) as caught:
        error()
    return translate(str(caught.value), read_templates("zh"))


@pytest.mark.parametrize(
    ("error", "said"),
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
def test_errors_as_they_are_raised(error, said):
    assert chinese_of(error) == said


def test_values_that_are_messages_are_translated_too():
    message = "run dcgan-1 is running; there is nothing to be paused"
    assert translate(message, read_templates("zh")) == "训练 dcgan-1 的状态是训练中，无法改为已暂停"


def test_values_are_put_in_as_they_are():
    message = r"there is no run {run_id} \1 <b>(.*)</b>"
    assert translate(message, read_templates("zh")) == r"没有训练 {run_id} \1 <b>(.*)</b>"


def test_what_has_no_translation_stays_english():
    assert translate("the moon is too far", read_templates("zh")) == "the moon is too far"
    assert error_text("there is no run x") == "there is no run x"  # no session, so no language was chosen


def fail():
    import streamlit as st

    from gan_core.errors import RunError
    from pages.ui.error_text import error_text

    st.write(error_text(RunError("there is no run x")))


@pytest.mark.parametrize(("locale", "said"), [("zh-CN", "没有训练 x"), ("en-US", "there is no run x")])
def test_a_session_reads_errors_in_its_language(locale, said):
    app = AppTest.from_function(fail)
    app.context = {"locale": locale}
    assert app.run().markdown[0].value == said
