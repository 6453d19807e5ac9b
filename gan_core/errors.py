"""Errors that are meant to be read by the person who can mend them.

Every message is one plain line that says what is wrong and what to do about it. Pages show it as it is,
the command line prints it to stderr and exits with status 2. Anything that is not a `WorkshopError` is a bug.
"""


class WorkshopError(Exception):
    """Base of all errors caused by input or circumstances rather than by a mistake in the code."""


class ConfigError(WorkshopError):
    """An option of a run is unknown, out of range, or does not fit the others.

    `field` names the option, so that a page can point at its widget.
    """

    def __init__(self, field: str, message: str):
        super().__init__(f"{field}: {message}")
        self.field = field


class DataError(WorkshopError):
    """A dataset cannot be found, read, or used."""


class CheckpointError(WorkshopError):
    """A checkpoint or a foreign weight file cannot be found, trusted, or understood."""


class RunError(WorkshopError):
    """A training run cannot do what was asked of it, or had to stop."""


class LatentError(WorkshopError):
    """A latent vector, entry list, or value list does not fit the generator."""
