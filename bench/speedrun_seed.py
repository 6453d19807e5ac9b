"""One seed of the speedrun, in a process of its own: `python -m bench.speedrun_seed JSON`.

When the weights lie on disk it prints one line, the seconds of processor time so far; progress goes to the terminal.
"""

import gan_core.env  # noqa: F401  (before torch)

# isort: split
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch

from gan_core.data import load_dataset
from gan_core.families import new_config
from gan_core.models import Checkpoint, save_checkpoint
from gan_core.training import Trainer

SHOW_EVERY = 50  # steps


def main(recipe: dict[str, Any], seed: int, threads: int, path: str) -> None:
    """Train a recipe, see `bench.speedrun.Recipe`, and write its averaged generator."""
    torch.set_num_threads(threads)
    data = load_dataset(recipe["dataset"])
    settings = recipe["settings"] | {"steps": recipe["steps"], "seed": seed, "threads": threads}
    trainer = Trainer(new_config(recipe["family"], recipe["dataset"], **settings), data)
    while not trainer.finished:
        trainer.train_steps(SHOW_EVERY)
        trainer.flush()  # as a run does; raises when a loss is no number
        show(f"seed {seed}: step {trainer.step:,} of {recipe['steps']:,}")
    generator = Checkpoint("speedrun", recipe["family"], trainer.averaged_generator(), None, trainer.gan.latent_spec)
    save_checkpoint(generator, Path(path))
    print(time.process_time(), flush=True)
    show("")


def show(text: str) -> None:
    """Write over the line of the terminal; a file gets nothing."""
    if os.isatty(2):
        sys.stderr.write(f"\r{text}\033[K")
        sys.stderr.flush()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
