"""The page of one's own pictures, without a browser."""

import base64
import io
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core.data.collection import Collection, new_code
from gan_core.runs import RunStore
from pages.own.collect import from_base64
from tests.helpers.pages import component, lines
from tests.pages.test_frame import PAGES


def png(level: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (280, 280), level).save(buffer, "PNG")
    return buffer.getvalue()


def open_page(code: str | None = None) -> AppTest:
    app = AppTest.from_file(str(PAGES / "pictures.py"), default_timeout=30)
    if code is not None:
        app.query_params["collection"] = code
    app.run()
    assert not app.exception
    return app


def collected(counts: dict[str, int], *, first: int = 0) -> Collection:
    collection, level = Collection(new_code()), first
    for label, count in counts.items():
        collection.add([(str(k), png(level + k)) for k in range(count)], label)
        level += count
    return collection


def test_the_link_brings_the_pictures_back():
    code = open_page().query_params["collection"]
    Collection(code).add([("a", png(9))], "cats")
    app = open_page(code)
    assert app.query_params["collection"] == code
    shown = component(app, "own_sorter")
    assert [picture["label"] for picture in shown["pictures"]] == ["cats"]
    assert shown["classes"] == ["", "cats"]


@pytest.mark.parametrize("code", ["../..", "zzz"])
def test_a_link_that_leads_nowhere_begins_anew(code):
    assert open_page(code).query_params["collection"] != code


def test_one_picture_is_one_clear_line():
    app = open_page(collected({"": 1}).code)
    assert "a GAN needs two pictures at least" in lines(app)
    assert not [button for button in app.button if button.key == "own_train"]


@pytest.mark.parametrize(
    ("counts", "first", "warning"),
    [({"": 2}, 0, "2 pictures are very few"), ({"": 30}, 100, None), ({"a": 20, "b": 1}, 0, "these have fewer: b")],
)
def test_what_to_expect_is_told(counts, first, warning):
    warnings = [one.value for one in open_page(collected(counts, first=first).code).warning]
    assert [warning in line for line in warnings if warning] == [True] * bool(warning)


def test_pictures_that_are_all_alike_are_told():
    warnings = [one.value for one in open_page(collected({"": 12}, first=100).code).warning]
    assert any("nearly all alike" in line for line in warnings)


def test_one_press_trains_on_a_copy_of_the_pictures(monkeypatch):
    """What is collected afterwards is not in it, and the run's page opens."""
    submitted = []
    monkeypatch.setattr(
        "gan_core.runs.service.TrainingService.submit",
        lambda self, config: submitted.append(config) or self.store.create(config),
    )
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: submitted.append(query_params))
    collection = collected({"a": 10, "b": 10})
    open_page(collection.code).button(key="own_train").click().run()
    (config, query) = submitted
    assert (config.family, config.dataset, config.start_from) == ("cdcgan", "folder", "mnist-cdcgan")
    assert query == {"run": RunStore().list()[0].id}
    collection.remove([picture.name for picture in collection.pictures.pictures])
    again = Collection(new_code())
    again.add_zip(Path(config.data_path))
    assert again.pictures.counts == {"": 0, "a": 10, "b": 10}


def test_undo_takes_the_last_change_back():
    collection = collected({"": 3})
    collection.remove([collection.pictures.pictures[0].name])
    open_page(collection.code).button(key="own_undo").click().run()
    assert len(collection.pictures.pictures) == 3


def test_base64_that_is_none_is_no_picture():
    assert from_base64(base64.b64encode(b"abc").decode()) == b"abc"
    assert from_base64("no base64!") == b""
