"""A failed page shows one line: the error's own where a person can mend it, else a general one."""

from streamlit.testing.v1 import AppTest


def fail(message, mendable):
    from gan_core.errors import DataError
    from pages.ui.messages import show_error

    assert show_error(DataError(message) if mendable else RuntimeError(message)) is True


def test_an_error_for_people_is_shown_in_its_own_words():
    app = AppTest.from_function(fail, args=("digits.zip: no such file", True), default_timeout=30).run()
    assert [error.value for error in app.error] == ["digits.zip: no such file"]


def test_a_bug_keeps_its_details_to_itself():
    app = AppTest.from_function(fail, args=("secret detail", False), default_timeout=30).run()
    assert len(app.error) == 1
    assert "secret detail" not in app.error[0].value
    assert not app.exception
