"""History: the generator of a run at different steps of its training, so that any vector can be drawn through time.

One file per step, `history/step-000500.safetensors` in the folder of the run: the averaged generator alone, in half
precision. The steps are spaced by the square root, because early in training most happens. A run keeps at most
`MAX_STEPS` of them and at most `MAX_BYTES`; beyond that the one whose neighbors are closest goes.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from math import sqrt
from pathlib import Path

from gan_core.models.checkpoint import Checkpoint, load_checkpoint_file, save_checkpoint

FOLDER = "history"
MAX_STEPS = 32
MAX_BYTES = 100 * 2**20
MIN_FREE_BYTES = 500 * 2**20  # a disk with less room than this is left to what a run cannot do without

_FILE = re.compile(r"step-(\d{6,9})\.safetensors")


def schedule(steps: int) -> list[int]:
    """The steps to be kept of a run of so many, increasing, from 0 to `steps`: at most `MAX_STEPS`, dense at first."""
    return sorted({round(steps * (k / (MAX_STEPS - 1)) ** 2) for k in range(MAX_STEPS)})


def steps(folder: Path) -> list[int]:
    """The steps of which the run in `folder` has a generator, increasing."""
    with suppress(OSError):
        found = (_FILE.fullmatch(path.name) for path in (folder / FOLDER).iterdir())
        return sorted(int(match[1]) for match in found if match)
    return []


def path_of(folder: Path, step: int) -> Path:
    """The file of a step in the folder of a run."""
    return folder / FOLDER / f"step-{step:06d}.safetensors"


def add(folder: Path, step: int, generator: Checkpoint) -> bool:
    """Keep the generator of a step. False, and nothing is written, when the disk has hardly any room left.

    Args:
        folder: Of the run.
        step: Of training.
        generator: A checkpoint without discriminator.

    Raises:
        CheckpointError: It cannot be written.
    """
    if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
        return False
    save_checkpoint(generator, path_of(folder, step), half=True)
    _thin(folder)
    return True


def read(folder: Path, step: int) -> Checkpoint:
    """The generator of a step.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    return load_checkpoint_file(path_of(folder, step))


def truncate(folder: Path, step: int) -> None:
    """Forget everything after `step`, and what a killed process left half written."""
    for later in steps(folder):
        if later > step:
            _remove(folder, later)
    for leftover in (folder / FOLDER).glob(".*.tmp"):
        with suppress(OSError):
            leftover.unlink()


def _thin(folder: Path) -> None:
    """Remove steps until the limits hold: of those between the first and the last, the one in the smallest gap."""
    kept = steps(folder)
    sizes = {step: path_of(folder, step).stat().st_size for step in kept}
    while len(kept) > 2 and (len(kept) > MAX_STEPS or sum(sizes[step] for step in kept) > MAX_BYTES):
        gaps = {step: sqrt(after) - sqrt(before) for before, step, after in zip(kept, kept[1:], kept[2:], strict=False)}
        crowded = min(gaps, key=lambda step: gaps[step])
        _remove(folder, crowded)
        kept.remove(crowded)


def _remove(folder: Path, step: int) -> None:
    path = path_of(folder, step)
    for file in (path, path.with_suffix(".json")):
        with suppress(OSError):  # Windows does not remove a file that a page is just reading
            file.unlink(missing_ok=True)
