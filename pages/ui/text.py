"""Translation of the texts on the pages.

English is written in the pages and serves as the key; `pages/locale/zh.po` holds the Chinese.

    from pages.ui.text import _

    st.caption(_("{n} images").format(n=len(data)))
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit as st
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import url_state

LANGUAGES = {"en": "English", "zh": "中文"}
STATE_KEY = "lang"  # also the name of the URL parameter
CHOSEN = "lang_chosen"
LOCALE_FOLDER = Path(__file__).parents[1] / "locale"


def _(message: str) -> str:
    """Translate `message` to the language of the session; unchanged where there is no session or no translation."""
    return _catalogue(language()).get(message, message)


def N_(message: str) -> str:
    """Mark a message for translation where it is written; `_` translates it where it is shown."""
    return message


def number_text(value: float, form: str) -> str:
    """A number with a minus sign in place of the hyphen; `form` is a format specification such as ".2f"."""
    return f"{value:{form}}".replace("-", "\N{MINUS SIGN}")


def language() -> str:
    """The key in `LANGUAGES` that the reader chose, else the browser's; "en" outside of a session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    return st.session_state.get(STATE_KEY) or _browser_language()


def language_switch() -> None:
    """The control that chooses the language. The address of every page carries the choice: `?lang=zh`, `?lang=en`."""
    chosen = language_named(url_state.linked(STATE_KEY) or "") or st.session_state.get(CHOSEN)
    st.session_state[STATE_KEY] = chosen or _browser_language()
    if chosen is not None:
        _keep(chosen)
    st.segmented_control(
        "Language / 语言",
        list(LANGUAGES),
        format_func=LANGUAGES.get,
        required=True,
        key=STATE_KEY,
        on_change=lambda: _keep(st.session_state[STATE_KEY]),
        label_visibility="collapsed",
    )


def language_named(text: str) -> str | None:
    """The key in `LANGUAGES` of a language as people and browsers write it, such as zh, zh-TW, en_GB or 中文."""
    wanted = text.strip().lower()
    names = {name.lower(): key for key, name in LANGUAGES.items()}
    key = names.get(wanted) or re.split("[-_]", wanted)[0]
    return key if key in LANGUAGES else None


def _keep(chosen: str) -> None:
    st.session_state[CHOSEN] = chosen
    url_state.put(STATE_KEY, chosen)


def _browser_language() -> str:
    return language_named(st.context.locale or "") or "en"


@cache
def _catalogue(language: str) -> dict[str, str]:
    """`{English: translation}`; empty for English itself. Unfinished (fuzzy) entries count as missing."""
    if language == "en":
        return {}
    with open(LOCALE_FOLDER / f"{language}.po", "rb") as file:
        catalogue = read_po(file, locale=language)
    return {entry.id: entry.string for entry in catalogue if entry.id and entry.string and not entry.fuzzy}
