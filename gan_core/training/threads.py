"""`ThreadTuner`: the number of CPU threads with which the steps of a run are quickest, found by trying.

On a quiet machine all cores are quicker; where something else holds a core, threads that wait for each other can be
several times slower than a single one. That changes while a run lasts, so it is measured again now and then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median

import torch

TRIALS = 3
TRIAL_STEPS = 5
MEASURE_EVERY = 180.0  # seconds


class ThreadTuner:
    """Does steps with the number of threads that has proved quickest.

    Args:
        threads: A fixed number, or 0 to try a single one against all cores.
        cores: All cores; by default those that this process may use.
        clock: Returns seconds.
    """

    def __init__(self, threads: int = 0, *, cores: int | None = None, clock: Callable[[], float] = time.perf_counter):
        cores = usable_cores() if cores is None else cores
        self.candidates = (threads,) if threads else tuple(dict.fromkeys((1, cores)))
        self.best = self.candidates[0]
        self._clock = clock
        self._trials: list[int] = []
        self._seconds: dict[int, list[float]] = {}
        self._measured_at: float | None = None

    def run(self, steps: int, train_steps: Callable[[int], int]) -> int:
        """Do steps by calling `train_steps(n)`, which returns how many it did; fewer than asked for end it early.

        Real steps serve as trials, a few with each number of threads in turn. The thread that calls this has its
        number of threads back as it was afterwards.

        Returns:
            The number of steps done.
        """
        before = torch.get_num_threads()
        done = 0
        try:
            while done < steps:
                asked = min(TRIAL_STEPS, steps - done) if self._is_measuring() else steps - done
                did = self._run_block(asked, train_steps)
                done += did
                if did < asked:
                    break
        finally:
            torch.set_num_threads(before)
        return done

    def _is_measuring(self) -> bool:
        """Whether the next steps are a trial; starts a round of trials when one is due."""
        due = self._measured_at is None or self._clock() - self._measured_at > MEASURE_EVERY
        if due and not self._trials and len(self.candidates) > 1:
            self._trials = list(self.candidates) * TRIALS
            self._seconds = {threads: [] for threads in self.candidates}
        return bool(self._trials)

    def _run_block(self, steps: int, train_steps: Callable[[int], int]) -> int:
        threads = self._trials[0] if self._trials else self.best
        torch.set_num_threads(threads)
        began = self._clock()
        did = train_steps(steps)
        if self._trials and did:
            self._note((self._clock() - began) / did)
        return did

    def _note(self, seconds_per_step: float) -> None:
        self._seconds[self._trials.pop(0)].append(seconds_per_step)
        if not self._trials:
            # The median: the first trial of all is slow because memory is still being found.
            self.best = min(self.candidates, key=lambda threads: median(self._seconds[threads]))
            self._measured_at = self._clock()


def usable_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
