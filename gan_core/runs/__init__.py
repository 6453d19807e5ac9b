"""Training runs: their durable record, and the service that trains them in the background."""

from gan_core.runs.active_run import ActiveRun, QueuedRun
from gan_core.runs.checkpoints import checkpoint_file, data_path_of, load_checkpoint
from gan_core.runs.errors import StorageError
from gan_core.runs.recording import Recording, RunView, StoredRun, load_recording, save_recording
from gan_core.runs.run import Event, Level, Run, Status
from gan_core.runs.service import TrainingService, get_service, shutdown_service
from gan_core.runs.snapshots import Snapshot
from gan_core.runs.store import RunStore
from gan_core.runs.training_run import resume, train

__all__ = [
    "ActiveRun",
    "Event",
    "Level",
    "QueuedRun",
    "Recording",
    "Run",
    "RunStore",
    "RunView",
    "Snapshot",
    "Status",
    "StorageError",
    "StoredRun",
    "TrainingService",
    "checkpoint_file",
    "data_path_of",
    "get_service",
    "load_checkpoint",
    "load_recording",
    "resume",
    "save_recording",
    "shutdown_service",
    "train",
]
