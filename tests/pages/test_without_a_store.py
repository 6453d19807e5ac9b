"""Where nothing can be written, everything that only shows still works, and the rest shows why it does not."""

import pytest
from streamlit.testing.v1 import AppTest

from gan_core.runs import get_service
from tests.pages.test_frame import PAGES, start


@pytest.fixture(autouse=True)
def no_store(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GAN_HOME", str(tmp_path / "file" / "home"))


def page(name: str) -> AppTest:
    app = start()
    app.switch_page(str(PAGES / f"{name}.py")).run()
    assert not app.exception
    return app


def errors(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


@pytest.mark.parametrize("name", ["home", "train", "latent", "models"])
def test_every_page_shows_what_it_has(name):
    app = page(name)
    assert errors(app) == []
    assert len(app.title) == 1


def test_the_train_page_shows_its_recording_and_says_why_it_cannot_train():
    app = page("train")
    assert app.subheader[0].value.startswith("A recorded run")
    app.button(key="form_train").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.startswith("cannot keep runs in ")
    assert app.error[0].value.endswith("; set GAN_HOME to another folder")
    assert app.subheader[0].value.startswith("A recorded run")
    assert get_service().store.list() == []


def test_the_home_page_says_why_it_cannot_train():
    app = page("home")
    app.button(key="quick_start").click().run()
    assert not app.exception
    assert [text for text in errors(app) if text.startswith("cannot keep runs in ")] == errors(app) != []
