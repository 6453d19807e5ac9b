"""Training in the foreground, for scripts and the command line.

Several processes that torchrun has started all call the same function. Rank 0 checks what is asked for, writes the
record and reports progress. All train in slices of equally many steps; after each slice the metrics are averaged, and
whether anybody was asked to stop is agreed. Between two slices only the gradients are exchanged.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from gan_core.arguments import as_whole
from gan_core.errors import ConfigError, Message, RunError
from gan_core.families import DEFAULT_FAMILY, RunConfig, new_config, validate_config
from gan_core.paths import absolute
from gan_core.runs import moves
from gan_core.runs.active_run import ActiveRun, QueuedRun, load_data, make_trainer
from gan_core.runs.errors import Cancelled
from gan_core.runs.progress import Report, following
from gan_core.runs.recorder import Recorder
from gan_core.runs.run import Run, Status
from gan_core.runs.store import RunStore
from gan_core.training import ProcessGroup, resolve_device

SLICE_SECONDS = 1.0
# SIGBREAK is Ctrl-Break on Windows, where no other process can send SIGTERM.
STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def train(
    config: RunConfig | None = None,
    *,
    progress: bool | Report | None = None,
    store: RunStore | None = None,
    group: ProcessGroup | None = None,
    **options: Any,
) -> Run:
    """Train a run to its end and return it.

        run = train(family="dcgan", dataset="mnist", steps=500)

    Ctrl-C and SIGTERM save the run and mark it as interrupted.

    Args:
        config: Or else `options` on top of the family's good settings; with a config, options change it.
        progress: True shows a bar, False none; None shows one in a notebook only. A function is called with the run a
            few times a second.
        store: Where the run is recorded, by default in `gan_home()`.
        group: The processes that train together; each of them calls this.
        **options: Fields of the config.

    Raises:
        ConfigError: The config cannot be trained here; nothing is recorded.
        WorkshopError: The run has ended with an error.
        KeyboardInterrupt: It was interrupted.
    """
    group, store = group or ProcessGroup(), store or RunStore()

    def create() -> Run:
        if config is None:
            chosen = new_config(options.pop("family", DEFAULT_FAMILY), options.pop("dataset", "strokes"), **options)
        else:
            chosen = config.replace(**options) if options else config
        validate_config(chosen)
        _check_group(chosen, group)
        return store.create(chosen)

    return _train(group.on_leader(create), store, progress, group)


def resume(
    run_id: str | Run,
    *,
    steps: int | None = None,
    data_path: str | Path | None = None,
    progress: bool | Report | None = None,
    store: RunStore | None = None,
    group: ProcessGroup | None = None,
) -> Run:
    """Go on with a run from its last checkpoint, as if it had never stopped; otherwise like `train`.

    Args:
        run_id: Of the run, or the run itself.
        steps: A new total number of steps.
        data_path: Where the images lie now, for a run on one's own images.
        progress: See `train`.
        store: See `train`.
        group: See `train`.
    """
    group, store = group or ProcessGroup(), store or RunStore()
    run_id = run_id.id if isinstance(run_id, Run) else run_id

    def prepare() -> Run:
        run = _resumable(store, run_id, steps, data_path)
        _check_group(run.config, group)
        return run

    return _train(group.on_leader(prepare), store, progress, group)


def _check_group(config: RunConfig, group: ProcessGroup) -> None:
    group.check_device(resolve_device(config.device))
    group.local_batch_size(config.batch_size)


def _resumable(store: RunStore, run_id: str, steps: int | None, data_path: str | Path | None) -> Run:
    """The run with what is to be changed, if steps are left to do."""
    store.mark_interrupted()
    run = store.get(run_id)
    if run.is_active:
        raise RunError("run {run_id} is {status} already", run_id=run_id, status=run.status)
    if steps is not None:
        steps = as_whole(steps, "steps", RunError)
        if steps <= run.step:
            raise RunError("run {run_id} has done {step} steps; ask for more than that", run_id=run_id, step=run.step)
        run = store.update(run_id, config=run.config.replace(steps=steps))
    if data_path is not None:
        if run.config.dataset != "folder":
            raise ConfigError(
                "data_path", "only the dataset folder takes a path, {dataset} does not", dataset=run.config.dataset
            )
        run = store.update(run_id, config=run.config.replace(data_path=str(absolute(data_path))))
    if not run.can_resume:
        raise RunError(
            "run {run_id} has done all its {steps} steps; ask for more of them", run_id=run_id, steps=run.config.steps
        )
    moves.forget(store, run_id)
    return run


def _train(run: Run, store: RunStore, progress: bool | Report | None, group: ProcessGroup) -> Run:
    """Train a recorded run to its end; every process of the group does this."""
    with following(progress) as report, _stop_signals(patient=group.size > 1) as stop:
        if group.is_leader:
            _train_recorded(QueuedRun(store, run.id, report), stop, group)
        else:
            torch.set_num_threads(run.config.threads or 1)
            data = group.leader_first(lambda: load_data(run.config))
            trainer = make_trainer(run.id, run.config, data, lambda: None, group)
            _train_slices(ActiveRun(trainer, Recorder(trainer)), stop, group)
    run = group.on_leader(lambda: store.get(run.id))
    if run.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return run


def _train_recorded(queued: QueuedRun, stop: threading.Event, group: ProcessGroup) -> None:
    """Train a run and record how it ends."""
    run: QueuedRun | ActiveRun = queued
    try:
        data = group.leader_first(lambda: queued.load(stop.is_set))
        run = queued.start(data, group)
        del data
        _train_slices(run, stop, group)
    except BaseException as error:
        run.fail(error)
        if isinstance(error, Cancelled):
            raise KeyboardInterrupt from None
        raise
    finally:
        queued.close()


def _train_slices(run: ActiveRun, stop: threading.Event, group: ProcessGroup) -> None:
    """Train until the end, or until any process is to stop; then save."""
    steps = 1
    while not run.finished and not any(group.gather(stop.is_set())):
        if group.size == 1:
            run.train(SLICE_SECONDS, stop.is_set)
        else:
            began = time.perf_counter()
            run.train(steps=steps)
            steps = group.gather(max(1, round(steps * SLICE_SECONDS / (time.perf_counter() - began))))[0]
    if run.finished:
        run.complete()
    else:
        run.suspend(Status.INTERRUPTED, Message("interrupted; resume it to go on"))


@contextmanager
def _stop_signals(*, patient: bool = False) -> Iterator[threading.Event]:
    """An event that the first of `STOP_SIGNALS` sets, so that a step is never torn apart; a second one ends at once.

    Args:
        patient: A second one does not. Under torchrun every process gets each Ctrl-C twice: from the terminal and from
            torchrun.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals go to the main thread
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and not patient:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
