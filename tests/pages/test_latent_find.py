"""Find my picture, without a browser."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from gan_core.data.decode import UnreadableImage, decode_image
from pages.views import inversion
from tests.helpers.pages import component, lines, visit

pytestmark = pytest.mark.usefixtures("models")


def png(seed: int = 0, size: int = 280) -> bytes:
    """A square with soft edges, somewhere."""
    pixels = np.zeros((size, size), np.uint8)
    corner = 40 + 10 * seed
    pixels[corner : corner + 120, corner : corner + 60] = 255
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


def search(**parameters: str) -> AppTest:
    """The page after the search."""
    return finished(visit(view="find", **parameters))


def finished(app: AppTest) -> AppTest:
    assert not app.exception
    assert any(button.key == "find_edit" for button in app.button)
    return app


def upload(app: AppTest, file: bytes) -> AppTest:
    app.file_uploader(key="find_upload").upload("picture.png", file, "image/png").run()
    assert not app.exception
    return app


def test_a_first_visit_searches_a_picture_of_the_generator():
    app = search(model="big")
    assert any("Found." in element.value for element in app.markdown)
    assert component(app, "canvas")["revision"] != "drawn"


def test_its_entries_can_be_edited():
    app = search(model="big")
    guess = app.session_state[inversion._SEARCH][1].guess
    app.button(key="find_edit").click().run()
    assert app.segmented_control(key="url_view").value == "vector"
    assert component(app, "panel_big")["vector"] == guess.vector.tolist()


def test_a_link_brings_back_picture_seed_and_result():
    app = finished(upload(visit(view="find", model="big"), png()))
    link = {name: app.query_params[name] for name in ("picture", "model", "view") if name in app.query_params}
    assert len(link["picture"]) < inversion.MAX_URL_PICTURE_LENGTH
    other = search(model="big", picture=link["picture"])
    first, second = (one.session_state[inversion._SEARCH][1].guess for one in (app, other))
    assert torch.equal(first.vector, second.vector)
    assert component(app, "canvas")["picture"] == component(other, "canvas")["picture"]


def test_the_same_picture_in_another_model_with_classes():
    app = upload(visit(view="find", model="big"), png())
    before = component(app, "canvas")["picture"]
    app.selectbox(key="url_model").set_value("classes").run()
    finished(app)
    assert component(app, "canvas")["picture"] == before
    assert any("class " in caption.value for caption in app.caption)


@pytest.mark.parametrize("file", [b"", b"no picture", png()[:200], b"\x89PNG\r\n\x1a\n" + bytes(500)])
def test_an_upload_that_cannot_be_read_is_one_line_and_keeps_the_picture(file):
    app = upload(visit(view="find", model="big"), png())
    before = component(app, "canvas")["picture"]
    upload(app, file)
    assert "not a picture that can be read" in lines(app)
    assert component(app, "canvas")["picture"] == before


@pytest.mark.parametrize("code", ["nonsense", "%%%", "A" * 500_000, base64.urlsafe_b64encode(png()[:300]).decode()])
def test_a_damaged_link_is_one_line(code):
    app = visit(view="find", model="big", picture=code)
    assert "The picture in this link is damaged" in lines(app)


def test_a_picture_too_long_for_a_link_lasts_for_the_session(monkeypatch):
    monkeypatch.setattr(inversion, "MAX_URL_PICTURE_LENGTH", 10)
    app = upload(visit(view="find", model="big"), png())
    assert "picture" not in app.query_params
    kept = component(app, "canvas")["picture"]
    assert component(app.run(), "canvas")["picture"] == kept
    app.button(key="find_example").click().run()
    assert component(app, "canvas")["picture"] != kept


def test_another_example_is_another_picture():
    app = visit(view="find", model="big", example="1")
    before = component(app, "canvas")
    app.button(key="find_example").click().run()
    assert component(app, "canvas")["revision"] != before["revision"]
    assert "picture" not in app.query_params


def test_searching_again_takes_another_seed():
    app = search(model="big")
    before = app.session_state[inversion._SEARCH][1].guess
    app.button(key="find_again").click().run()
    finished(app)
    assert not torch.equal(app.session_state[inversion._SEARCH][1].guess.vector, before.vector)


@pytest.mark.parametrize("text", ["!!!", "AAAAA", "é"])
def test_a_canvas_that_sends_no_base64_sends_no_picture(text):
    with pytest.raises(UnreadableImage):
        decode_image(inversion._from_base64(text), 28, 1)
