"""Saving a run in training: a checkpoint to draw from, and the state of its trainer to go on from."""

from __future__ import annotations

import copy
import io
from typing import Any

import torch

from gan_core.data import DATASETS, ImageData
from gan_core.errors import RunError
from gan_core.families import get_family
from gan_core.files import atomic_path
from gan_core.models.card import read_card
from gan_core.models.checkpoint import Checkpoint, save_checkpoint
from gan_core.runs.store import RunStore
from gan_core.runs.trouble import storing
from gan_core.training import Trainer

NAMED = 12  # classes in a message


def save(store: RunStore, run_id: str, trainer: Trainer, seconds: float) -> None:
    """Write the checkpoint of a run and the state of its trainer, each whole or not at all.

    seconds: of training so far, for the model card

    Raises `RunError` rather than replace a good checkpoint by weights that are not finite, and `StorageError` if the
    disk is full. Then the earlier files are still whole.
    """
    if not trainer.is_finite():
        raise RunError(f"the weights are no longer finite numbers at step {trainer.step}; try a lower lr_g and lr_d")
    with storing():
        save_checkpoint(_checkpoint(run_id, trainer, seconds), store.checkpoint_path(run_id))
        # torch reports a full disk as an internal error of its own, so the bytes are written here.
        buffer = io.BytesIO()
        torch.save(trainer.state_dict(), buffer)
        # Last, because it decides: training goes on from the step in this file.
        with atomic_path(store.resume_path(run_id)) as temporary:
            temporary.write_bytes(buffer.getbuffer())


def read_state(store: RunStore, run_id: str) -> dict[str, Any] | None:
    """The state that `save` wrote last, or None if there is none. Raises `RunError` if it is damaged."""
    path = store.resume_path(run_id)
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has many ways to say that a file is not what it wrote
        raise _damaged(run_id) from error


def check_classes(store: RunStore, run_id: str, data: ImageData) -> None:
    """Raises `RunError` where the classes are no longer those, in that order, that the run has learned."""
    before = read_card(store.checkpoint_path(run_id).with_suffix(".json")).get("class_names")
    if isinstance(before, list) and before != list(data.class_names):
        was, now = (", ".join(map(str, names[:NAMED])) or "none" for names in (before, data.class_names))
        raise RunError(f"cannot go on: the classes of the dataset were {was}, now they are {now}; start a new run")


def restore(trainer: Trainer, state: dict[str, Any], run_id: str) -> None:
    """Put a trainer where the saved one was. Raises `RunError` if the state is not one of such a trainer."""
    try:
        trainer.load_state_dict(state)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise _damaged(run_id) from error


def remove_leftovers(store: RunStore, run_id: str) -> None:
    """Remove the half-written files of a process that was killed while it saved."""
    for leftover in store.folder(run_id).glob(".*.tmp"):
        leftover.unlink(missing_ok=True)


def _checkpoint(run_id: str, trainer: Trainer, seconds: float) -> Checkpoint:
    config = trainer.config
    card = {
        "title": f"{get_family(config.family).title}, {DATASETS[config.dataset].title}",
        "family": config.family,
        "dataset": config.dataset,
        "class_names": list(trainer.data.class_names),
        "image_size": config.image_size,
        "channels": config.channels,
        "steps": trainer.step,
        "seed": config.seed,
        "device": trainer.device.type,
        "seconds": round(seconds, 1),
        "config": config.model_dump(),
    }
    # A copy, because a checkpoint puts its networks into evaluation mode and these must go on learning.
    return Checkpoint(
        name=run_id,
        family=config.family,
        generator=copy.deepcopy(trainer.ema.model if config.ema_decay else trainer.gan.generator),
        discriminator=copy.deepcopy(trainer.gan.discriminator),
        latent=trainer.gan.latent,
        card=card,
    )


def _damaged(run_id: str) -> RunError:
    return RunError(f"the saved state of run {run_id} is damaged; it cannot go on, but you can start a new run")
