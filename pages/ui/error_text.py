"""Errors of the core in the reader's language.

The core speaks English, with values in its sentences. `pages/locale/errors.zh.po` holds them with the values as
{placeholders}; a message is matched with these templates, and its values are put into the translation.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from babel.messages.pofile import read_po

from gan_core.errors import WorkshopError
from pages.ui.text import LOCALE_FOLDER, language

PLACEHOLDER = re.compile(r"\{[^{}]+\}")
FIELD = re.compile(r"(\w+): (.*)", re.DOTALL)  # `ConfigError` puts the name of the option first


class Template(NamedTuple):
    """A message of the catalogue with placeholders for values."""

    pattern: re.Pattern  # one group per placeholder
    placeholders: list[str]
    translation: str


def error_text(error: WorkshopError | str) -> str:
    """The one line of an error, or of one that a run has kept; English where there is no translation."""
    return translate(str(error), read_templates(language()))


def translate(message: str, templates: list[Template]) -> str:
    """`message` by the first template that fits all of it; unchanged if none does. Values may be messages too."""
    if (option := FIELD.fullmatch(message)) and (reason := translate(option[2], templates)) != option[2]:
        return f"{option[1]}：{reason}"
    for template in templates:
        if found := template.pattern.fullmatch(message):
            values = dict(zip(template.placeholders, found.groups(), strict=True))
            return PLACEHOLDER.sub(lambda name: translate(values[name[0]], templates), template.translation)  # noqa: B023
    return message


@cache
def read_templates(language: str) -> list[Template]:
    """Those with the most text first, because they say best what a message is. None for English."""
    path = LOCALE_FOLDER / f"errors.{language}.po"
    if not path.is_file():
        return []
    with open(path, "rb") as file:
        entries = [entry for entry in read_po(file, locale=language) if entry.id and entry.string and not entry.fuzzy]
    entries.sort(key=lambda entry: len(PLACEHOLDER.sub("", entry.id)), reverse=True)
    return [_template(entry.id, entry.string) for entry in entries]


def _template(message: str, translation: str) -> Template:
    literals = map(re.escape, PLACEHOLDER.split(message))
    return Template(re.compile("(.*?)".join(literals), re.DOTALL), PLACEHOLDER.findall(message), translation)
