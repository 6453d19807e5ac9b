"""Training in the foreground, for scripts and the command line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gan_core.config import RunConfig
from gan_core.errors import RunError
from gan_core.families import check, new_config
from gan_core.runs.job import Job
from gan_core.runs.run import Run, Status
from gan_core.runs.store import RunStore
from gan_core.runs.trouble import Interruption
from gan_core.training import resolve_device

SLICE_SECONDS = 1.0


def train(
    config: RunConfig | None = None,
    *,
    progress: Callable[[Run], None] | None = None,
    store: RunStore | None = None,
    **options: Any,
) -> Run:
    """Train a run to its end and return it.

        run = train(family="dcgan", dataset="mnist", steps=500)

    config:   or else `options` on top of the family's good settings; with a config, options change it
    progress: told the run as it stands, a few times a second

    Ctrl-C and SIGTERM save the run, mark it as interrupted and end in `KeyboardInterrupt`. Raises `ConfigError` before
    anything is recorded, and any other `WorkshopError` that ends the run.
    """
    if config is None:
        config = new_config(options.pop("family", "vanilla"), options.pop("dataset", "strokes"), **options)
    elif options:
        config = config.replace(**options)
    check(config)
    resolve_device(config.device)
    store = store or RunStore()
    return _work(store, store.create(config).id, progress)


def resume(
    run_id: str,
    *,
    steps: int | None = None,
    progress: Callable[[Run], None] | None = None,
    store: RunStore | None = None,
) -> Run:
    """Go on with a run from its last checkpoint, as if it had never stopped; otherwise like `train`.

    steps: a new total number of steps
    """
    store = store or RunStore()
    store.mark_interrupted()
    run = store.get(run_id)
    if run.is_active:
        raise RunError(f"run {run_id} is {run.status} already")
    if steps is not None:
        if steps <= run.step:
            raise RunError(f"run {run_id} has done {run.step} steps; ask for more than that")
        run = store.update(run_id, config=run.config.replace(steps=steps))
    if not run.can_resume:
        raise RunError(f"run {run_id} has done all its {run.config.steps} steps; ask for more of them")
    return _work(store, run_id, progress)


def _work(store: RunStore, run_id: str, progress: Callable[[Run], None] | None) -> Run:
    job = Job(store, run_id, progress)
    try:
        with _signals() as stop:
            job.prepare(stop.is_set)
            while not job.finished and not stop.is_set():
                job.work(SLICE_SECONDS, stop.is_set)
            if job.finished:
                job.finish()
            else:
                job.leave(Status.INTERRUPTED, "interrupted; resume it to go on")
    except BaseException as error:
        job.settle(error)
        if isinstance(error, Interruption):
            raise KeyboardInterrupt from None
        raise
    finally:
        job.close()
    run = store.get(run_id)
    if run.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return run


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C or SIGTERM sets, so that a step is never torn apart; a second one ends at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals go to the main thread
        return

    def ask(number, frame):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
