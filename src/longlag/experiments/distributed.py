"""Trials on the workers of an executor: a batch goes out, and comes back a slice of time later."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any, NamedTuple

from longlag.executors import Versions, check_versions, result_of, submitted, versions
from longlag.experiments.population import (
    Ended,
    Job,
    Population,
    Running,
    group_of,
    restore,
    standing,
)
from longlag.experiments.trial import Conditions

SLICE = 2.0  #: seconds of work on a batch; sending it and its results takes some milliseconds
TRIALS_PER_LANE = 4  #: most trials of a batch: of short ones, many end in a slice


@dataclass(frozen=True)
class Batch:
    """Work for one worker."""

    jobs: tuple[Job, ...]  #: of one group, at least one
    lanes: int
    seconds: float  #: after which the trials come back
    versions: Versions  #: of the process that gets the results


class Outcome(NamedTuple):
    """What became of the trials of a batch."""

    ended: list[Ended]
    unfinished: list[Job]


_own = threading.local()  # compiling takes longer than a slice: each thread keeps a population


def run_batch(batch: Batch) -> Outcome:
    """Advance the trials of a batch. The bits of a trial do not depend on who does, nor how often.

    Raises `WorkersError` in a process of other versions.
    """
    check_versions(batch.versions)
    until = time.monotonic() + batch.seconds
    population, ended, waiting = _population(batch), [], list(batch.jobs)
    while True:
        while waiting and population.room:
            population.load(waiting.pop(0))
        left = until - time.monotonic()
        if not population.live or left <= 0:
            break
        ended += population.advance(left)
    unfinished = population.unload(population.live) + waiting
    _own.population = population
    return Outcome(ended, unfinished)


def _population(batch: Batch) -> Population:
    """An empty population for a batch; that of the last batch of this thread, if it fits."""
    job = batch.jobs[0]
    last = vars(_own).pop("population", None)  # an error may leave trials in it: then it is lost
    if last and (last.group, last.lanes) == (job.group, batch.lanes):
        return last
    return Population(job.conditions, batch.lanes)


class RemotePopulation:
    """Trials of one group with a worker of an executor; in a study it stands for a `Population`."""

    def __init__(
        self,
        conditions: Conditions,
        lanes: int,
        executor: Executor,
        stop: Future[None],
        trials: int,
    ):
        """Lanes for about so many trials; `stop` is over when the study is."""
        self.group, self.lanes = group_of(conditions), lanes
        self.jobs: Sequence[Job] = ()  #: as they came back last
        self._places = max(lanes, min(trials, TRIALS_PER_LANE * lanes))
        self._executor, self._stop = executor, stop

    @property
    def live(self) -> int:
        """Trials that are not over."""
        return len(self.jobs)

    @property
    def room(self) -> int:
        """Places for further trials."""
        return self._places - self.live

    def load(self, job: Job) -> None:
        """Add a trial to the next batch."""
        self.jobs = [*self.jobs, job]

    def unload(self, count: int) -> list[Job]:
        """Take `count` trials out, those that have not begun first."""
        kept = self.live - count
        taken, self.jobs = list(self.jobs[kept:]), self.jobs[:kept]
        return taken

    def checkpoints(self) -> list[Job]:
        """The trials that have begun."""
        return [job for job in self.jobs if job.checkpoint is not None]

    def advance(self, seconds: float) -> list[Ended]:
        """Send the trials out for about that time; returns the finished trials.

        If the study stops first, nothing has changed. Raises `WorkersError` if the executor lost
        its workers for good.
        """
        batch = Batch(tuple(self.jobs), self.lanes, seconds, versions())
        future = submitted(self._executor, run_batch, batch)
        awaited: list[Future[Any]] = [future, self._stop]
        wait(awaited, return_when=FIRST_COMPLETED)
        if not future.done():
            future.cancel()
            return []
        ended, self.jobs = result_of(future)
        return ended

    def running(self) -> list[Running]:
        """The progress of all trials, as they came back last."""
        return [standing(job, restore(job)["lane"]) for job in self.checkpoints()]
