"""Errors that are meant to be read by the person who can mend them.

Every message is one plain line that says what is wrong and what to do about it. Pages show it as it is,
the command line prints it to stderr and exits with status 2. Anything that is not a `WorkshopError` is a bug.
"""

from __future__ import annotations

from typing import Any


class WorkshopError(Exception):
    """Base of all errors caused by input or circumstances rather than by a mistake in the code.

    `str` of it is the English line. A page translates `template`, then fills in `values`.

        >>> str(WorkshopError("there is no run {id!r}", id="x"))
        "there is no run 'x'"

    Args:
        template: The line, with a replacement field for each value: a plain name, with `!r` or a format where needed.
        **values: What is filled in. A value may be an error itself; it is translated like the line.
    """

    def __init__(self, template: str, **values: Any):
        super().__init__(template.format_map(values) if values else template)
        self.template = template
        self.values = values


class ConfigError(WorkshopError):
    """An option of a run is unknown, out of range, or does not fit the others.

    Args:
        field: The name of the option, so that a page can point at its widget.
        template: See `WorkshopError`; `field` is put before it.
        **values: See `WorkshopError`.
    """

    def __init__(self, field: str, template: str, **values: Any):
        super().__init__(template, **values)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {super().__str__()}"


class DataError(WorkshopError):
    """A dataset cannot be found, read, or used."""


class CheckpointError(WorkshopError):
    """A checkpoint or a foreign weight file cannot be found, trusted, or understood."""


class RunError(WorkshopError):
    """A training run cannot do what was asked of it, or had to stop."""


class LatentError(WorkshopError):
    """A latent vector, entry list, or value list does not fit the generator."""
