import pytest
import torch

from gan_core.training.threads import MEASURE_EVERY, TRIAL_STEPS, TRIALS, ThreadTuner


class Machine:
    """A fake machine whose steps take as long as `seconds` says for a number of threads."""

    def __init__(self, seconds: dict[int, float]):
        self.seconds = seconds
        self.now = 0.0
        self.used: list[int] = []

    def clock(self) -> float:
        return self.now

    def advance(self, steps: int) -> int:
        threads = torch.get_num_threads()
        self.used += [threads] * steps
        self.now += steps * self.seconds[threads]
        return steps


@pytest.fixture(autouse=True)
def as_before():
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == before


def chooser(machine: Machine, threads: int = 0, cores: int = 4) -> ThreadTuner:
    return ThreadTuner(threads, cores=cores, clock=machine.clock)


@pytest.mark.parametrize(("seconds", "best"), [({1: 1.0, 4: 0.4}, 4), ({1: 1.0, 4: 3.0}, 1)])
def test_the_quicker_one_is_kept(seconds, best):
    machine = Machine(seconds)
    choice = chooser(machine)
    assert choice.run(100, machine.advance) == 100
    trials = ([1] * TRIAL_STEPS + [4] * TRIAL_STEPS) * TRIALS
    assert machine.used[: len(trials)] == trials
    assert set(machine.used[len(trials) :]) == {best}
    assert len(machine.used) == 100


def test_trials_go_on_over_short_slices():
    machine = Machine({1: 1.0, 4: 0.4})
    choice = chooser(machine)
    for _ in range(2 * TRIALS):
        choice.run(1, machine.advance)
    assert machine.used == [1, 4] * TRIALS
    assert choice.best == 4


def test_an_advance_that_ends_early_ends_the_slice():
    machine = Machine({1: 1.0, 4: 0.4})
    choice = chooser(machine)
    assert choice.run(100, lambda steps: machine.advance(2)) == 2
    assert choice.run(100, lambda steps: 0) == 0
    assert machine.used == [1, 1]


def test_a_slow_first_trial_decides_nothing():
    machine = Machine({1: 1.0, 4: 1.5})
    choice = chooser(machine)

    def warm_up(steps):
        machine.now += 100
        return machine.advance(steps)

    choice.run(1, warm_up)
    choice.run(100, machine.advance)
    assert choice.best == 1


def test_it_is_measured_again_when_the_machine_gets_busy():
    machine = Machine({1: 1.0, 4: 0.4})
    choice = chooser(machine)
    choice.run(50, machine.advance)
    assert choice.best == 4
    machine.seconds = {1: 1.0, 4: 5.0}
    choice.run(10, machine.advance)
    assert choice.best == 4  # not yet
    machine.now += MEASURE_EVERY
    choice.run(50, machine.advance)
    assert choice.best == 1


@pytest.mark.parametrize(("threads", "cores", "used"), [(3, 4, 3), (0, 1, 1)])
def test_nothing_is_tried_where_there_is_no_choice(threads, cores, used):
    machine = Machine({used: 1.0})
    chooser(machine, threads, cores).run(50, machine.advance)
    assert machine.used == [used] * 50


def test_the_number_of_threads_is_put_back_after_an_error():
    def fail(steps):
        raise KeyError

    with pytest.raises(KeyError):
        ThreadTuner(2, cores=2).run(5, fail)
