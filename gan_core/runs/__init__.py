"""Training runs: their durable record, and the service that trains them in the background."""

from gan_core.runs.checkpoints import checkpoint_file, data_path_of, load_checkpoint
from gan_core.runs.job import Job
from gan_core.runs.metrics import Series
from gan_core.runs.recording import Recording, RunView, StoredRun, load_recording, save_recording
from gan_core.runs.run import Event, Level, Run, Status
from gan_core.runs.service import TrainingService, get_service, shutdown_service
from gan_core.runs.snapshots import Snapshot
from gan_core.runs.store import RunStore
from gan_core.runs.train import resume, train
from gan_core.runs.trouble import StorageError

__all__ = [
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
