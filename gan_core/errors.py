"""Messages for people, and the errors that carry them.

Every message is one plain line that says what is wrong and what to do about it. Pages show it in the reader's
language, the command line prints it to stderr and exits with status 2. An exception that is not a `WorkshopError` is
a bug.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import StrEnum
from numbers import Integral, Real
from typing import Any

MAX_STORED = 4_000  # characters of a message that is read back from a file
FIELD = re.compile(r"\{[a-z_]+(!r)?(:,?(\.\d)?[fg]?)?\}")  # all that a template may hold between braces


class Message(str):
    """A line of English that remembers its template and its values, so that a page can translate it.

        >>> message = Message("there is no run {id!r}", id="x")
        >>> message
        "there is no run 'x'"
        >>> message.render({"there is no run {id!r}": "没有训练 {id!r}"}.get)
        "没有训练 'x'"

    Values are kept as text, numbers, messages and lists of these, which JSON can hold. A message or error among them
    is translated too, as is a member of a `StrEnum`; a list is written with commas; an `OSError` gives its reason;
    all else, such as a path or the tuple of a shape, its text.

    Args:
        template: A literal, with a replacement field for each value: a plain name, with `!r` or a number's format
            where needed. Without values nothing is filled in.
        **values: What is filled in.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Message:
        """The line, filled in."""
        plain = {name: _plain(value) for name, value in values.items()}
        message = super().__new__(cls, _filled(str(template), plain, str))
        message.template = str(template)
        message.values = plain
        return message

    def render(self, translate: Callable[[str], str]) -> str:
        """The line in another language; `translate` gives the translation of a template."""
        return _filled(translate(self.template), self.values, translate)

    def to_dict(self) -> dict[str, Any]:
        """Template and values as JSON can hold them."""
        return {"template": self.template, "values": {name: _stored(value) for name, value in self.values.items()}}

    def to_json(self) -> str:
        """`to_dict` as text, for a database."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, stored: object) -> Message:
        """Inverse of `to_dict`. Text, as earlier versions stored it, stays as it is; anything else becomes empty."""
        try:
            message = _restored(stored)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # it may be made up
            message = None
        return message if isinstance(message, Message) else Message(stored if isinstance(stored, str) else "")

    @classmethod
    def from_json(cls, stored: str) -> Message:
        """Inverse of `to_json`. Other text, as earlier versions stored it, stays as it is."""
        try:
            values = json.loads(stored)
        except (ValueError, RecursionError):
            values = None
        return (isinstance(values, dict) and cls.from_dict(values)) or Message(stored)


class WorkshopError(Exception):
    """Base of all errors caused by input or circumstances rather than by a mistake in the code.

        >>> str(WorkshopError("there is no run {id!r}", id="x"))
        "there is no run 'x'"

    Args:
        template: See `Message`.
        **values: See `Message`.

    Attributes:
        message: The line, which a page can translate.
    """

    def __init__(self, template: str, /, **values: Any):
        self.message = Message(template, **values)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickled with its message instead of the arguments of the constructor."""
        return type(self).__new__, (type(self), *self.args), self.__dict__


class ConfigError(WorkshopError):
    """An option of a run is unknown, out of range, or does not fit the others.

    Args:
        field: The name of the option, so that a page can point at its widget. The message begins with it.
        template: See `Message`.
        **values: See `Message`.
    """

    def __init__(self, field: str, template: str, /, **values: Any):
        super().__init__("{field}: {problem}", field=field, problem=Message(template, **values))
        self.field = field


class DataError(WorkshopError):
    """A dataset cannot be found, read, or used."""


class CheckpointError(WorkshopError):
    """A checkpoint or a third-party weight file cannot be found, trusted, or understood."""


class RunError(WorkshopError):
    """A training run cannot do what was asked of it, or had to stop."""


class LatentError(WorkshopError):
    """A latent vector, entry list, or value list does not fit the generator."""


def _plain(value: object) -> Any:
    """A value as JSON can hold it; messages stay messages."""
    match value:
        case WorkshopError():
            return value.message
        case StrEnum():
            return Message(value)
        case Message() | str() | bool() | int() | float() | None:
            return value
        case OSError():
            return value.strerror or str(value)
        case Integral():
            return int(value)
        case Real():
            return float(value)
        case list():
            return [_plain(part) for part in value]
    return str(value)


def _filled(template: str, values: dict[str, Any], translate: Callable[[str], str]) -> str:
    def shown(value: Any) -> Any:
        if isinstance(value, Message):
            return value.render(translate)
        return ", ".join(str(shown(part)) for part in value) if isinstance(value, list) else value

    return template.format_map({name: shown(value) for name, value in values.items()}) if values else template


def _stored(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_dict()
    return [_stored(part) for part in value] if isinstance(value, list) else value


def _restored(stored: Any) -> Any:
    """Raises `ValueError` for a message that no version has written: its length must not grow with each level."""
    if isinstance(stored, list):
        return [_restored(part) for part in stored]
    if not isinstance(stored, dict):
        return stored
    template, values = stored["template"], {name: _restored(value) for name, value in stored["values"].items()}
    if not isinstance(template, str) or (values and set("{}") & set(FIELD.sub("", template))):
        raise ValueError("not a template")
    message = Message(template, **values)
    if len(message) > MAX_STORED:
        raise ValueError("too long")
    return message
