"""Runs that are over at once, and how to begin them."""

from collections.abc import Callable

from gan_core.families import RunConfig, new_config
from gan_core.runs import ActiveRun, QueuedRun, Run, RunStore


def tiny(family: str = "vanilla", **overrides) -> RunConfig:
    """A run whose steps take about a millisecond. One thread: sums are then the same at every run."""
    options = {
        "latent_size": 6,
        "batch_size": 16,
        "steps": 40,
        "threads": 1,
        "device": "cpu",
        "snapshot_every": 10,
        "checkpoint_every": 20,
    }
    if family == "vanilla":
        options["size"] = "small"
    return new_config(family, **options | overrides)


def begin(store: RunStore, run_id: str, progress: Callable[[Run], None] | None = None) -> ActiveRun:
    """Load the data of a run and make its trainer."""
    queued = QueuedRun(store, run_id, progress)
    try:
        return queued.start(queued.load())
    except BaseException:
        queued.close()
        raise
