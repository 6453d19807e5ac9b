"""Trained models as files: checkpoints with their cards, and the library of those that are shipped or imported."""

from gan_core.models.card import Card
from gan_core.models.checkpoint import Checkpoint, load_checkpoint_file, save_checkpoint
from gan_core.models.library import (
    delete_imported,
    find_model,
    imported,
    imported_folder,
    recorded_name,
    shipped,
    shipped_recordings,
)

__all__ = [
    "Card",
    "Checkpoint",
    "delete_imported",
    "find_model",
    "imported",
    "imported_folder",
    "load_checkpoint_file",
    "recorded_name",
    "save_checkpoint",
    "shipped",
    "shipped_recordings",
]
