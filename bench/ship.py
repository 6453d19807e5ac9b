"""Make a checkpoint that ships with the workshop out of a finished run, or measure one again.

    python -m gan_core train --family dcgan --dataset mnist --steps 11000 --seed 0 --set threads=1
    python -m bench ship RUN mnist-dcgan --recording

Weights are stored in half precision, and quality is measured on the weights as they are stored: ten thousand samples
against ten thousand real images, by the judge of the dataset. With `--recording` the run's curves and pictures
are kept too, for the train page to open on.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from gan_core.data import load_dataset
from gan_core.evaluation import evaluate_generator, judge_for
from gan_core.models import load_checkpoint_file, save_checkpoint
from gan_core.runs import RunStore, StoredRun, load_checkpoint, save_recording

CHECKPOINTS = Path(__file__).parents[1] / "checkpoints"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("source", help="run id, or path of a checkpoint")
    parser.add_argument("name", help="name to ship it under")
    parser.add_argument("--title", help="for people; the card's own when not given")
    parser.add_argument("--data-path", type=Path, help="where its images lie, of a model trained on a folder")
    parser.add_argument("--dataset", help="what these images are; the card's own when not given")
    parser.add_argument("--recording", action="store_true", help="keep curves and pictures, of a run")


def run(options: argparse.Namespace) -> None:
    """Run the command and print its results."""
    torch.set_num_threads(1)
    path = CHECKPOINTS / f"{options.name}.safetensors"
    full = load_checkpoint(options.source)
    save_checkpoint(replace(full, name=options.name), path, half=True)
    stored = load_checkpoint_file(path)
    latent = stored.latent_spec.sample(256, generator=torch.Generator().manual_seed(0))
    difference = (full.draw(latent).int() - stored.draw(latent).int()).abs()
    print(f"half precision changes a pixel by {difference.float().mean():.4f} grey levels, at most {difference.max()}")

    data = load_dataset(
        stored.card["dataset"], path=options.data_path, image_size=stored.image_size, channels=stored.channels
    )
    quality = evaluate_generator(stored, data, judge_for(data))
    card = stored.card | {"quality": quality.to_dict()}
    if options.dataset:
        card["dataset"] = options.dataset
    if options.title:
        card["title"] = options.title
    save_checkpoint(replace(stored, card=card), path, half=True)
    print(path, f"{path.stat().st_size / 1e6:.1f} MB")
    print(quality)
    if options.recording:
        save_recording(StoredRun(RunStore(), options.source), path.with_suffix(".recording.npz"))
