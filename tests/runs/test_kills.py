"""A run whose process is killed again and again ends as one that was left alone."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gan_core.models import load_checkpoint_file
from gan_core.runs import RunStore, Status, resume, train
from tests.helpers.runs import tiny

KILLS = 20
ROOT = Path(__file__).parents[2]
GO_ON = """
import sys
from pathlib import Path
from gan_core.runs import RunStore, job, resume
from tests.helpers.data import make_data
job.load_dataset = lambda name, **options: make_data(200)
resume(sys.argv[2], steps=1_000_000, store=RunStore(Path(sys.argv[1])))
"""


def go_on_until_killed(store: RunStore, run_id: str, seconds: float) -> None:
    """Resume a run in a process of its own, and kill that some time after its first steps."""
    before = store.get(run_id).step
    command = [sys.executable, "-c", GO_ON, str(store.root), run_id]
    with subprocess.Popen(command, cwd=ROOT) as child:
        while child.poll() is None and store.get(run_id).step <= before:
            time.sleep(0.01)
        time.sleep(seconds)
        assert child.poll() is None, "it ended by itself"
        child.kill()
    assert next(run.status for run in store.list() if run.id == run_id) is Status.INTERRUPTED


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_kills_leave_no_trace_in_a_run(store):
    config = tiny(steps=50, checkpoint_every=100, snapshot_every=1000)
    run = train(config, store=store)
    moments = random.Random(0)
    for _kill in range(KILLS):
        go_on_until_killed(store, run.id, moments.uniform(0, 0.5))
    killed = resume(run.id, steps=store.get(run.id).step + 50, store=store)
    alone = train(config, steps=killed.config.steps, store=store)

    assert killed.step == alone.step > 50 + KILLS
    curves = [store.metrics(each.id, max_points=10**7)["d_loss"] for each in (killed, alone)]
    assert curves[0].steps.tolist() == list(range(1, killed.step + 1))
    assert curves[0].values.tobytes() == curves[1].values.tobytes()
    weights = [load_checkpoint_file(store.checkpoint_path(each.id)).generator.state_dict() for each in (killed, alone)]
    assert all(weights[0][name].equal(weight) for name, weight in weights[1].items())
