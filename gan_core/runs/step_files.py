"""Files of a run at different steps of its training, within limits of their number and size.

One file per step, such as `history/step-000500.safetensors` in the folder of the run. The steps are spaced by the
square root, because early in training most happens: beyond a limit the step whose neighbors are closest goes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

MAX_STATES = 12
MAX_STATE_BYTES = 200 * 2**20


@dataclass(frozen=True)
class StepFiles:
    """One kind of such files.

    Attributes:
        folder: Its name in the folder of a run.
        suffix: Of the files.
        max_steps: At most so many are kept.
        max_bytes: Of all of a run together; the first and the last stay in any case.
    """

    folder: str
    suffix: str
    max_steps: int
    max_bytes: int

    def steps(self, run_folder: Path) -> list[int]:
        """The steps of which there is a file, increasing."""
        name = re.compile(rf"step-(\d{{6,9}}){re.escape(self.suffix)}")
        with suppress(OSError):
            found = (name.fullmatch(path.name) for path in (run_folder / self.folder).iterdir())
            return sorted(int(match[1]) for match in found if match)
        return []

    def path_of(self, run_folder: Path, step: int) -> Path:
        """The file of a step."""
        return run_folder / self.folder / f"step-{step:06d}{self.suffix}"

    def truncate(self, run_folder: Path, step: int) -> None:
        """Forget everything after `step`, and what a killed process left half written."""
        for later in self.steps(run_folder):
            if later > step:
                self._remove(run_folder, later)
        for leftover in (run_folder / self.folder).glob(".*.tmp"):
            with suppress(OSError):
                leftover.unlink()

    def thin(self, run_folder: Path) -> None:
        """Remove steps until the limits hold: of those between the first and the last, the one in the smallest gap."""
        kept = self.steps(run_folder)
        sizes = {step: self.path_of(run_folder, step).stat().st_size for step in kept}
        while len(kept) > 2 and (len(kept) > self.max_steps or sum(sizes[step] for step in kept) > self.max_bytes):
            gaps = {s: sqrt(after) - sqrt(before) for before, s, after in zip(kept, kept[1:], kept[2:], strict=False)}
            crowded = min(gaps, key=lambda step: gaps[step])
            self._remove(run_folder, crowded)
            kept.remove(crowded)

    def _remove(self, run_folder: Path, step: int) -> None:
        path = self.path_of(run_folder, step)
        for file in (path, path.with_suffix(".json")):
            with suppress(OSError):  # Windows does not remove a file that a page is just reading
                file.unlink(missing_ok=True)


# States to go on from, whole, for forks: see `forks`.
STATES = StepFiles("states", ".pt", MAX_STATES, MAX_STATE_BYTES)
