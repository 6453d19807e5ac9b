from dataclasses import replace

import pytest

from gan_core.runs import Run, Status
from tests.helpers.runs import tiny


def run(status: Status, step: int = 10, steps: int = 40) -> Run:
    return Run("vanilla-strokes-000000", "a run", tiny(steps=steps), status, step, 0.0, 0.0)


@pytest.mark.parametrize("status", Status)
def test_what_can_be_done_in_each_status(status):
    active = status in (Status.QUEUED, Status.PREPARING, Status.RUNNING)
    assert run(status).is_active == run(status).can_pause == active
    assert run(status).can_resume == run(status).can_delete == run(status).can_extend == (not active)
    assert run(status).can_stop == (active or status is Status.PAUSED)


def test_a_finished_run_resumes_only_when_steps_are_left():
    assert not run(Status.FINISHED, step=40).can_resume
    assert run(Status.FINISHED, step=40, steps=50).can_resume


def test_progress_is_a_fraction():
    assert run(Status.RUNNING).progress == 0.25
    assert run(Status.FINISHED, step=50).progress == 1.0


def test_the_time_left_counts_every_image_that_the_critic_sees():
    """30 steps of 5 updates of the critic with 8 images each, 100 a second."""
    config = tiny("wgan_gp", steps=40, n_critic=5, batch_size=8)
    left = replace(run(Status.RUNNING, step=10), config=config, images_per_second=100.0)
    assert left.seconds_left == 12.0
    assert replace(left, step=50).seconds_left == 0.0
    assert run(Status.RUNNING).seconds_left is None
