"""Changes of options while a run trains: part of its config, so that the run is reproduced from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from gan_core.families.options import PlainModel


class Change(PlainModel):
    """Options that have another value from a step on.

    Attributes:
        step: The steps done before the first one that is trained so.
        settings: The new values, by name of the option.
    """

    step: int = Field(ge=0)
    settings: Mapping[str, int | float | str]


def with_change(changes: Iterable[Change], step: int, settings: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes with another one, increasing in step; those of the same options at its step or later are left out."""
    settings_at: dict[int, dict[str, Any]] = {step: {}}
    for change in changes:
        kept = {name: value for name, value in change.settings.items() if change.step < step or name not in settings}
        settings_at.setdefault(change.step, {}).update(kept)
    settings_at[step] |= settings
    return tuple(Change(step=at, settings=settings_at[at]) for at in sorted(settings_at) if settings_at[at])
