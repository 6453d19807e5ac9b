"""Training runs: their durable record, the service that trains them in the background, and their checkpoints."""

from gan_core.runs.checkpoint import Checkpoint, load_checkpoint_file, save_checkpoint
from gan_core.runs.job import Job
from gan_core.runs.library import (
    data_path_of,
    delete_imported,
    imported,
    imported_folder,
    load_checkpoint,
    shipped,
    shipped_recordings,
)
from gan_core.runs.metrics import Series
from gan_core.runs.recording import Recording, RunView, StoredRun, load_recording, save_recording
from gan_core.runs.run import Event, Level, Run, Status
from gan_core.runs.service import TrainingService, get_service, shutdown_service
from gan_core.runs.snapshots import Snapshot
from gan_core.runs.store import RunStore
from gan_core.runs.train import resume, train
from gan_core.runs.trouble import StorageError

__all__ = [
    "Checkpoint",
    "Event",
    "Job",
    "Level",
    "Recording",
    "Run",
    "RunStore",
    "RunView",
    "Series",
    "Snapshot",
    "Status",
    "StorageError",
    "StoredRun",
    "TrainingService",
    "data_path_of",
    "delete_imported",
    "get_service",
    "imported",
    "imported_folder",
    "load_checkpoint",
    "load_checkpoint_file",
    "load_recording",
    "resume",
    "save_checkpoint",
    "save_recording",
    "shipped",
    "shipped_recordings",
    "shutdown_service",
    "train",
]
