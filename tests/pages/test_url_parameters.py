"""A name in the URL means one thing, whichever page or view reads it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.ui import url_state
from pages.ui.url_parameters import MOVED, PARAMETERS

PAGES = Path(__file__).parents[2] / "pages"
NUMBERS = {"slider", "number", "read_int"}  # of `url_state`, those that make a whole number of it
WORDS = {"choice"}  # and those that offer words


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def uses() -> Iterator[tuple[str | None, str, str | None]]:
    """Every name that the pages read or write, with what they do and the label that the reader sees of it, if any."""
    for file in PAGES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="url_state"), attr=attr), args=[first, *rest]):
                    label = rest[0] if rest and attr in {*NUMBERS, *WORDS, "select"} else None
                    yield text_of(first), attr, ast.unparse(label) if isinstance(label, ast.Call) else None
                case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="query_params"), attr="get"), args=names):
                    yield text_of(names[0]), "get", None
                case ast.Subscript(value=ast.Attribute(attr="query_params"), slice=name) if text_of(name) is not None:
                    yield text_of(name), "[]", None
                case ast.keyword(arg="query_params", value=ast.Dict(keys=names)):
                    yield from ((text_of(name), "link", None) for name in names)


USES = [use for use in uses() if use[0] is not None]


def test_every_name_is_in_the_table():
    assert {name for name, *_ in USES} <= PARAMETERS.keys()


def test_a_name_outside_of_the_table_is_refused():
    with pytest.raises(KeyError, match="table of parameters"):
        url_state.write("nonsense", "1")


def test_no_name_has_two_meanings():
    labels = defaultdict(set)
    for name, what, label in USES:
        if what in NUMBERS:
            assert PARAMETERS[name].kind is int, name
        if what in WORDS:
            assert PARAMETERS[name].kind is str, name
        if label is not None:
            labels[name].add(label)
    assert {name: found for name, found in labels.items() if len(found) > 1} == {}
    meanings = [parameter.meaning for parameter in PARAMETERS.values()]
    assert len(set(meanings)) == len(meanings)


def test_old_links_lead_to_names_of_today():
    for (old, value), (name, _new) in MOVED.items():
        assert name in PARAMETERS
        assert PARAMETERS[old].kind is int
        assert not value.isdigit()  # so it cannot be what the old name says today
