"""A name in the URL means one thing, whichever page or view reads it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.ui import url_state
from pages.ui.url_parameters import MOVED, PARAMETERS, Number, Text
from tests.helpers.pages import visit

PAGES = Path(__file__).parents[2] / "pages"
NUMBERS = {"slider", "number", "read_int"}  # of `url_state`, those that make a whole number of it
WORDS = {"choice"}  # and those that offer words


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every node of every page, with the path of its file."""
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield file.relative_to(PAGES).as_posix(), node


def uses() -> Iterator[tuple[str | None, str, str | None]]:
    """Every name that the pages read or write, with what they do and the label that the reader sees of it, if any."""
    for _file, node in nodes():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="url_state"), attr="link"), keywords=keywords):
                yield from ((keyword.arg, "link", None) for keyword in keywords)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="url_state"), attr=attr), args=[first, *rest]):
                label = rest[0] if rest and attr in {*NUMBERS, *WORDS, "select"} else None
                yield text_of(first), attr, ast.unparse(label) if isinstance(label, ast.Call) else None
            case ast.Subscript(value=ast.Name(id="PARAMETERS"), slice=name):
                yield text_of(name), "[]", None


USES = [use for use in uses() if use[0] is not None]


def test_every_name_is_in_the_table_and_used():
    through_variables = {"lang", "from", "to", "steps", "rate", "values", "model"}
    assert PARAMETERS.keys() - through_variables <= {name for name, *_ in USES} <= PARAMETERS.keys()


def test_nothing_but_url_state_reads_or_writes_the_url():
    found = {
        file
        for file, node in nodes()
        if (isinstance(node, ast.Attribute) and node.attr == "query_params")
        or (isinstance(node, ast.keyword) and node.arg == "query_params" and "url_state.link(" not in ast.unparse(node))
    }
    assert found == {"ui/url_state.py"}


def test_defaults_are_within_bounds():
    for name, parameter in PARAMETERS.items():
        if isinstance(parameter, Number):
            assert parameter.low <= parameter.default <= (parameter.high or parameter.default), name


def test_a_name_outside_of_the_table_is_refused():
    with pytest.raises(KeyError, match="table of parameters"):
        url_state.write("nonsense", "1")


def test_no_name_has_two_meanings():
    labels = defaultdict(set)
    for name, what, label in USES:
        if what in NUMBERS:
            assert isinstance(PARAMETERS[name], Number), name
        if what in WORDS:
            assert isinstance(PARAMETERS[name], Text), name
        if label is not None:
            labels[name].add(label)
    assert {name: found for name, found in labels.items() if len(found) > 1} == {}
    meanings = [parameter.meaning for parameter in PARAMETERS.values()]
    assert len(set(meanings)) == len(meanings)


def test_old_links_lead_to_names_of_today():
    for (old, value), (name, _new) in MOVED.items():
        assert name in PARAMETERS
        assert isinstance(PARAMETERS[old], Number)
        assert not value.isdigit()  # so it cannot be what the old name says today


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("where", ["many", "here"])
def test_a_link_of_the_old_form_shows_what_it_showed(where):
    app = visit(model="big", view="effects", at=where)
    assert app.query_params["measured"] == where
    assert "at" not in app.query_params
    assert app.session_state["url_measured"] == where
