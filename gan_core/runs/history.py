"""History: the generator of a run at different steps of its training, so that any vector can be drawn through time.

The averaged generator alone, in half precision, in a file for each step.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from gan_core.models.checkpoint import Checkpoint, load_checkpoint_file, save_checkpoint
from gan_core.runs.step_files import StepFiles

MAX_STEPS = 32
MAX_BYTES = 100 * 2**20
MIN_FREE_BYTES = 500 * 2**20  # a disk with less room than this is left to what a run cannot do without

FILES = StepFiles("history", ".safetensors", MAX_STEPS, MAX_BYTES)


def schedule(steps: int) -> list[int]:
    """The steps to be kept of a run of so many, increasing, from 0 to `steps`: at most `MAX_STEPS`, dense at first."""
    return sorted({round(steps * (k / (MAX_STEPS - 1)) ** 2) for k in range(MAX_STEPS)})


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
    save_checkpoint(generator, FILES.path_of(folder, step), half=True)
    FILES.thin(folder)
    return True


def read(folder: Path, step: int) -> Checkpoint:
    """The generator of a step.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    return load_checkpoint_file(FILES.path_of(folder, step))
