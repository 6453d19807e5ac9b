"""The saved state of a run in training: a checkpoint to draw from, and the state of its trainer to go on from."""

from __future__ import annotations

import copy
import io
from collections.abc import Sequence
from typing import Any

import torch

from gan_core.data import DATASETS, ImageData
from gan_core.errors import Message, RunError
from gan_core.families import get_family
from gan_core.files import atomic_path
from gan_core.models.card import Card, read_card
from gan_core.models.checkpoint import Checkpoint, save_checkpoint
from gan_core.runs.errors import storage_errors
from gan_core.runs.store import RunStore
from gan_core.training import Trainer

MAX_CLASSES_NAMED = 12  # in a message


def check_finite(trainer: Trainer) -> None:
    """Check a trainer before its weights replace the last good ones.

    Raises:
        RunError: Some weights are not finite.
    """
    if not trainer.is_finite():
        raise RunError(
            "the weights are no longer finite numbers at step {step}; try a lower lr_g and lr_d", step=trainer.step
        )


def save(store: RunStore, run_id: str, trainer: Trainer, state: dict[str, Any], seconds: float) -> None:
    """Write the checkpoint of a run and the state of its trainer, each whole or not at all.

    Args:
        store: Where the run is recorded.
        run_id: Its id.
        trainer: Its trainer.
        state: The `state_dict()` of the trainer.
        seconds: Of training so far, for the model card.

    Raises:
        StorageError: They cannot be written. The earlier files are still whole.
    """
    with storage_errors():
        save_checkpoint(_checkpoint(run_id, trainer, seconds), store.checkpoint_path(run_id))
        # torch reports a full disk as an internal error of its own, so the bytes are written here.
        buffer = io.BytesIO()
        torch.save(state, buffer)
        # Last, because it decides: training goes on from the step in this file.
        with atomic_path(store.resume_path(run_id)) as temporary:
            temporary.write_bytes(buffer.getbuffer())


def read(store: RunStore, run_id: str) -> dict[str, Any] | None:
    """The state that `save` wrote last, or None if there is none.

    Raises:
        RunError: It is damaged.
    """
    path = store.resume_path(run_id)
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has many ways to say that a file is not what it wrote
        raise _damaged(run_id) from error
    return state


def check_classes(store: RunStore, run_id: str, data: ImageData) -> None:
    """Check that a dataset has the classes, in that order, that the run has learned.

    Raises:
        RunError: It has others.
    """
    before = read_card(store.checkpoint_path(run_id).with_suffix(".json")).get("class_names")
    if isinstance(before, list) and before != list(data.class_names):
        raise RunError(
            "cannot go on: the classes of the dataset were {was}, now they are {now}; start a new run",
            was=_names(before),
            now=_names(data.class_names),
        )


def restore(trainer: Trainer, state: dict[str, Any], run_id: str) -> None:
    """Restore a trainer from a saved state.

    Raises:
        RunError: The state is not one of such a trainer.
    """
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
    card: Card = {
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
        generator=copy.deepcopy(trainer.averaged_generator()),
        discriminator=copy.deepcopy(trainer.gan.discriminator),
        latent_spec=trainer.gan.latent_spec,
        card=card,
    )


def _names(classes: Sequence[object]) -> list[str] | Message:
    return list(map(str, classes[:MAX_CLASSES_NAMED])) or Message("none")


def _damaged(run_id: str) -> RunError:
    return RunError(
        "the saved state of run {run_id} is damaged; it cannot go on, but you can start a new run", run_id=run_id
    )
