"""A name in the URL means one thing, whichever page or view reads it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui import url_state
from pages.ui.routes import TRAIN
from pages.ui.url_parameters import MOVED, PARAMETERS, Number, Text
from tests.helpers.pages import component, visit

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


# Codes of vectors (15,) of the model "classes" and of a picture (1, 28, 28), as earlier versions wrote them.
Z = "eNpjYDiwn4FhARA3ALEDEDOA2PsYwKDBDkjYA8WBuAGIF9hDxcE0AJuBCvM"
D = "eNpjYECAWTMl7c-e8bFnIBIAAKTTA7A"
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAAAJUlEQVR4AWNgGBmAEdmb_4EcZAEmZEl09qgkMETwBgJ6iA1XPgBfbgEYUCr60AAAAABJ"
    "RU5ErkJggg"
)

# Links as earlier versions wrote them, one or more for each view: (link, a component and some of what it draws).
LINKS = [
    ("seed=9&columns=2&entries=5, 8&values=0, 2&class=1", "sheet", {"values": ["0", "2"], "headings": ["1", "2"]}),
    ("view=sheet&columns=4&class=turn&lang=en", "sheet", {"headings": ["cat", "dog", "owl", "cat"]}),
    (f"view=vector&z={Z}&locked=1, 3-4&vary=50", "panel_classes", {"code": Z, "locked": [1, 3, 4]}),
    (f"view=effects&by=score&vectors=2&seed=3&z={Z}", "atlas", {"code": Z}),
    (f"view=effects&at=here&z={Z}", "atlas", {"code": Z}),
    ("view=best&drawn=200&keep=20&class=1&seed=4", "best", {"in_row": 6}),
    ("view=directions&found=pca&direction=2&strength=3&class=1", "directions", {"names": ["direction 2"]}),
    ("view=directions&found=classes&from=1&to=2", "directions", {"names": ["dog \N{RIGHTWARDS ARROW} owl"]}),
    ("view=directions&found=groups&pictures=96&groups=0.1-2.3", "url_groups", {"marks": [1, 1, 2, 2, *[0] * 92]}),
    (f"view=directions&found=kept&d={D}", "directions", {"headings": [str(n) for n in range(1, 9)]}),
    ("view=walks&stops=r3.r5&path=straight&steps=8&rate=4", "url_stops", {"count": 16, "rate": 4}),
    ("view=walks&walk=classes&classes=2.0&steps=4", "url_stops", {"count": 8}),
    (f"view=find&picture={PICTURE}", "canvas", {}),
    ("view=find&example=3&seed=2", "canvas", {}),
    ("view=compare&other=big&entry=7&range=0, 2&seed=1", "compare_0", {"names": ["entry 7"], "values": ["0", "2"]}),
]
OF_OTHER_PAGES = {"run", "family", "dataset", "start", "collection", "sub"}  # see below, and the tests of those pages
OF_WISHES = {"followed", "network", "layer", "fake"}  # see test_latent_wants.py
DRAWN_BY_COMPONENTS = {"stops", "groups"}  # under the key of a widget
OF_A_RUN = {"time", "at"}  # see test_latent_time.py


def query(link: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in link.split("&"))


def test_the_links_have_every_parameter():
    elsewhere = OF_OTHER_PAGES | OF_A_RUN | OF_WISHES | {"model", "measured"}
    assert {name for link, *_ in LINKS for name in query(link)} - {"at"} == PARAMETERS.keys() - elsewhere


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(("link", "key", "drawn"), LINKS, ids=[link for link, *_ in LINKS])
def test_an_old_link_leads_to_its_view_and_state(link, key, drawn):
    parameters = query(link)
    app = visit(model="classes", **parameters)
    assert app.session_state["url_view"] == parameters.get("view", "sheet")
    data = component(app, key)
    assert {name: data[name] for name in drawn} == drawn
    for name, text in parameters.items():
        name, text = MOVED.get((name, text), (name, text))
        assert app.query_params[name] == text
        widget = url_state.widget_key(name)
        if name not in DRAWN_BY_COMPONENTS and widget in app.session_state:
            assert str(app.session_state[widget]) == text


def test_old_links_to_the_train_page():
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60)
    app.query_params.update(family="ebgan", dataset="mnist", start="paper")
    app = app.run().switch_page(TRAIN).run()
    assert [app.selectbox(key=f"url_{name}").value for name in ("family", "dataset", "start")] == [
        "ebgan",
        "mnist",
        "paper",
    ]


def test_an_old_link_to_a_step_of_the_training():
    app = AppTest.from_file(str(PAGES / "main.py"), default_timeout=60).run()
    app.switch_page(str(PAGES / "latent.py"))
    app.query_params.update(model="mnist-dcgan", view="time", at="500")
    assert component(app.run(), "time_recorded")["step"] == 500
