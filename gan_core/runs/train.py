"""Training in the foreground, for scripts and the command line."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from gan_core.arguments import as_whole
from gan_core.data import load_dataset
from gan_core.errors import ConfigError, RunError
from gan_core.families import DEFAULT_FAMILY, RunConfig, new_config, validate_config
from gan_core.paths import absolute
from gan_core.runs.job import Job
from gan_core.runs.progress import Report, following
from gan_core.runs.run import Run, Status
from gan_core.runs.store import RunStore
from gan_core.runs.trouble import Interruption
from gan_core.training import Trainer, resolve_device
from gan_core.training.distributed import Command, World

SLICE_SECONDS = 1.0
# SIGBREAK is Ctrl-Break on Windows, where no other process can send SIGTERM.
STOP_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]


def train(
    config: RunConfig | None = None,
    *,
    progress: bool | Report | None = None,
    store: RunStore | None = None,
    world: World | None = None,
    **options: Any,
) -> Run:
    """Train a run to its end and return it.

        run = train(family="dcgan", dataset="mnist", steps=500)

    config:   or else `options` on top of the family's good settings; with a config, options change it
    progress: True shows a bar, False none; None shows one in a notebook only. A function is told the run as it stands,
              a few times a second
    world:    the processes that train together, of which this is the first; the others call `follow`

    Ctrl-C and SIGTERM save the run, mark it as interrupted and end in `KeyboardInterrupt`. Raises `ConfigError` before
    anything is recorded, and any other `WorkshopError` that ends the run.
    """
    if config is None:
        config = new_config(options.pop("family", DEFAULT_FAMILY), options.pop("dataset", "strokes"), **options)
    elif options:
        config = config.replace(**options)
    validate_config(config)
    world = world or World()
    world.check_device(resolve_device(config.device))
    world.share(config.batch_size)
    store = store or RunStore()
    return _work(store, store.create(config).id, progress, world)


def resume(
    run_id: str | Run,
    *,
    steps: int | None = None,
    data_path: str | Path | None = None,
    progress: bool | Report | None = None,
    store: RunStore | None = None,
    world: World | None = None,
) -> Run:
    """Go on with a run from its last checkpoint, as if it had never stopped; otherwise like `train`.

    run_id:    of the run, or the run itself
    steps:     a new total number of steps
    data_path: where the images lie now, for a run on one's own images
    """
    store = store or RunStore()
    run_id = run_id.id if isinstance(run_id, Run) else run_id
    store.mark_interrupted()
    run = store.get(run_id)
    if run.is_active:
        raise RunError(f"run {run_id} is {run.status} already")
    if steps is not None:
        steps = as_whole(steps, "steps", RunError)
        if steps <= run.step:
            raise RunError(f"run {run_id} has done {run.step} steps; ask for more than that")
        run = store.update(run_id, config=run.config.replace(steps=steps))
    if data_path is not None:
        if run.config.dataset != "folder":
            raise ConfigError("data_path", f"only the dataset folder takes a path, {run.config.dataset} does not")
        run = store.update(run_id, config=run.config.replace(data_path=str(absolute(data_path))))
    if not run.can_resume:
        raise RunError(f"run {run_id} has done all its {run.config.steps} steps; ask for more of them")
    world = world or World()
    world.check_device(resolve_device(run.config.device))
    world.share(run.config.batch_size)
    return _work(store, run_id, progress, world)


def follow(world: World) -> None:
    """Train along with the first process of `world` until it says that the work is done.

    Keeps no record and prints nothing. A signal that only this process gets makes the first one save and stop.
    """
    trainer: Trainer | None = None
    with _signals(patient=True) as stop:
        while True:
            try:
                command, message = world.obey(stop.is_set())
            except RuntimeError:
                return  # the first process has gone, and has said why
            match command:
                case Command.START:
                    trainer = _start_following(world, *message)
                case Command.ITERATE:
                    trainer.advance(1)
                case Command.DRAIN:
                    with suppress(RunError):  # the first process says it
                        trainer.drain()
                case Command.STATE:
                    trainer.state_dict()
                case Command.END:
                    return


def _start_following(world: World, config_json: str, state: dict[str, Any] | None) -> Trainer:
    config = RunConfig.from_json(config_json)
    torch.set_num_threads(config.threads or 1)
    data = load_dataset(config.dataset, image_size=config.image_size, channels=config.channels, path=config.data_path)
    trainer = Trainer(config, data, world=world)
    if state is not None:
        trainer.load_state_dict(state)
    return trainer


def _work(store: RunStore, run_id: str, progress: bool | Report | None, world: World) -> Run:
    with following(progress) as report:
        return _train(Job(store, run_id, report, world), world)


def _train(job: Job, world: World) -> Run:
    try:
        with _signals(patient=world.size > 1) as stop:

            def is_over() -> bool:
                return stop.is_set() or world.stopping

            job.prepare(is_over)
            while not job.finished and not is_over():
                job.work(SLICE_SECONDS, is_over)
            if job.finished:
                job.finish()
            else:
                job.leave(Status.INTERRUPTED, "interrupted; resume it to go on")
            world.lead(Command.END)
    except BaseException as error:
        job.settle(error)
        if isinstance(error, Interruption):
            raise KeyboardInterrupt from None
        raise
    finally:
        job.close()
    run = job.store.get(job.run_id)
    if run.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return run


@contextmanager
def _signals(*, patient: bool = False) -> Iterator[threading.Event]:
    """An event that the first of `STOP_SIGNALS` sets, so that a step is never torn apart; a second one ends at once.

    patient: it does not. Under torchrun every process hears of one Ctrl-C twice: from the terminal and from torchrun.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals go to the main thread
        return

    def ask(number, frame):
        if stop.is_set() and not patient:
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
