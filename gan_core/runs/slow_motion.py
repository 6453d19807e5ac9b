"""The next iteration of a run in slow motion, done by a trainer of its own: the run is left as it is."""

from __future__ import annotations

from gan_core.data import ImageData
from gan_core.runs import resume_state
from gan_core.runs.active_run import make_trainer
from gan_core.runs.checkpoints import load_checkpoint
from gan_core.runs.store import RunStore
from gan_core.training import ProcessGroup
from gan_core.training.slow_motion import watch_step
from gan_core.training.sub_steps import Iteration


def next_iteration(store: RunStore, run_id: str, data: ImageData) -> Iteration:
    """The iteration that follows the saved state of a run, or its first one where nothing is saved yet.

    A run that has done all its steps is told as if it had been given one more.

    Args:
        store: Where the run is recorded.
        run_id: Its id.
        data: Its dataset, see `load_data`.

    Raises:
        RunError: There is no such run, or its saved state is damaged or does not fit the data.
    """
    config = store.get(run_id).config
    state = resume_state.read(store, run_id)
    if state is not None:
        resume_state.check_classes(store, run_id, data)
        config = config.replace(steps=max(config.steps, state["step"] + 1))
    config = config.replace(engine="eager")
    start = config.start_from
    trainer = make_trainer(
        run_id,
        config,
        data,
        lambda: state,
        ProcessGroup(),
        lambda: None if start is None else load_checkpoint(start, store=store),
    )
    return watch_step(trainer)
