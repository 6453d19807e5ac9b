"""Recorded runs, written by `python -m bench record_health`, as they stood at any part of their way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gan_core.errors import Message
from gan_core.evaluation import QualitySample
from gan_core.evaluation.health import WINDOW, Health, read_health
from gan_core.families import RunConfig
from gan_core.series import Series

FOLDER = Path(__file__).parents[1] / "evaluation" / "recordings"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Recorded:
    """A run of which every few steps are kept."""

    config: RunConfig
    error: Message | None
    curves: dict[str, Series]
    readings: list[QualitySample]

    @property
    def last_step(self) -> int:
        ends = [int(curve.steps[-1]) for curve in self.curves.values()]
        return max(ends + [reading.step for reading in self.readings])

    def health(self, part: float = 1.0) -> Health:
        """The reading after that part of the steps."""
        end = part * self.last_step
        return read_health(
            self.config,
            {name: _between(curve, end - WINDOW, end) for name, curve in self.curves.items()},
            [reading for reading in self.readings if reading.step <= end],
            self.error if part == 1.0 else None,
        )


def load(name: str) -> Recorded:
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Recorded(
        RunConfig.create(**kept["config"]),
        None if kept["error"] is None else Message(kept["error"]),
        {name: Series(np.array(c["steps"]), np.array(c["values"])) for name, c in kept["series"].items()},
        [QualitySample.from_dict(reading) for reading in kept["readings"]],
    )


def _between(curve: Series, start: float, end: float) -> Series:
    inside = (curve.steps > start) & (curve.steps <= end)
    return Series(curve.steps[inside], curve.values[inside])
