"""What is kept of a training run: `Run`, its `Status`, and the `Event`s of its life."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from gan_core.errors import Message, RunError
from gan_core.families import RunConfig

RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{2,63}")


class Status(StrEnum):
    """What a run does, or why it does nothing."""

    QUEUED = "queued"  # waits for its turn
    PREPARING = "preparing"  # loads its dataset
    RUNNING = "running"
    PAUSED = "paused"  # suspended by a person, or for want of disk space
    STOPPED = "stopped"  # ended early by a person
    FINISHED = "finished"  # did all its steps
    FAILED = "failed"  # ended by an error
    INTERRUPTED = "interrupted"  # its process ended

    @property
    def is_active(self) -> bool:
        """Whether a live process owns the run."""
        return self in ACTIVE


ACTIVE = frozenset({Status.QUEUED, Status.PREPARING, Status.RUNNING})


class Level(StrEnum):
    """How much an event matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Run:
    """One training run as it is recorded. Times are seconds since 1970.

    Attributes:
        message: What is being done before training starts.
        fraction: How far that is, 0..1, or None if unknown.
        seconds: Time spent in training steps, waiting and saving left out.
        images_per_second: Real images shown to the discriminator in a second of training, a recent average.
        error: One line for people, set while the status is failed, or paused for want of space.
    """

    id: str
    name: str
    config: RunConfig
    status: Status
    step: int
    created_at: float
    updated_at: float
    started_at: float | None = None
    finished_at: float | None = None
    seconds: float = 0.0
    images_per_second: float | None = None
    device: str | None = None
    message: str | None = None
    fraction: float | None = None
    error: Message | None = None

    def __repr__(self) -> str:
        return f"<run {self.id}: {self.status}, step {self.step:,} of {self.config.steps:,}>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        rows = {
            "run": self.id,
            "status": str(self.status),
            "family, dataset": f"{self.config.family}, {self.config.dataset}",
            "steps": f"{self.step:,} of {self.config.steps:,}",
            "trained for": f"{self.seconds:,.1f} s on {self.device or self.config.device}",
            "images per second": f"{self.images_per_second or 0:,.0f}",
            **({"error": self.error} if self.error else {}),
        }
        lines = (f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows.items())
        return f"<table>{''.join(lines)}</table>"

    @property
    def is_active(self) -> bool:
        """Whether a live process owns it."""
        return self.status.is_active

    @property
    def can_pause(self) -> bool:
        """Whether it waits or trains."""
        return self.is_active

    @property
    def can_stop(self) -> bool:
        """Whether it can be ended early."""
        return self.is_active or self.status is Status.PAUSED

    @property
    def can_resume(self) -> bool:
        """Whether steps are left to do: from the last checkpoint, or from the beginning when there is none."""
        return not self.is_active and (self.status is not Status.FINISHED or self.step < self.config.steps)

    @property
    def can_extend(self) -> bool:
        """Whether it can be given more steps."""
        return not self.is_active

    @property
    def can_delete(self) -> bool:
        """Whether it can be forgotten."""
        return not self.is_active

    @property
    def progress(self) -> float:
        """The fraction of the steps done, 0 .. 1."""
        return min(1.0, self.step / self.config.steps)

    @property
    def seconds_left(self) -> float | None:
        """The training that is still to be done, at the recent speed; None while that is unknown.

        A step shows the discriminator a batch of real images for each of its own `n_critic` updates.
        """
        if not self.images_per_second:
            return None
        steps_left = max(0, self.config.steps - self.step)
        return steps_left * self.config.at(self.step).n_critic * self.config.batch_size / self.images_per_second


LOST = Message("the program that trained this run ended; resume it to go on from its last checkpoint")


@dataclass(frozen=True)
class Event:
    """An entry in the log of a run.

    Attributes:
        time: Seconds since 1970.
        level: How much it matters.
        message: One line for people.
        detail: May hold a traceback, for developers; never shown on a page.
    """

    time: float
    level: Level
    message: Message
    detail: str | None = None

    @property
    def is_note(self) -> bool:
        """Whether it tells of the data or of the way of training, not of a change of status or an error."""
        return self.detail is None and self.level is not Level.ERROR and not self.message.startswith((*Status, LOST))


def check_run_id(run_id: str) -> str:
    """The same id, checked before it touches the file system.

    Raises:
        RunError: The text cannot be an id.
    """
    if not isinstance(run_id, str) or not RUN_ID.fullmatch(run_id):
        raise RunError("{text!r} is not the id of a run; ids look like dcgan-mnist-3f9a2c", text=str(run_id)[:80])
    return run_id
