"""The trials of a study that wait for a lane, and the order in which workers take them."""

from collections.abc import Collection, Iterable
from functools import cache

from longlag.experiments.population import Job
from longlag.experiments.trial import Conditions
from longlag.tasks.base import Task

#: Trials end at different times: on average the trials of a published table take some half of the
#: steps of the longest one, so half as many lanes keep up with it, and each of their steps is
#: faster.
MEAN_OF_LONGEST = 0.5


def most_steps(conditions: Conditions) -> int:
    """About the steps of a trial that runs to its cap: what is known before it has begun."""
    return conditions.cap * _first_length(conditions.task)


@cache
def _first_length(task: Task) -> int:
    return task.first_length(seed=1)


def lanes_for(jobs: Iterable[Job], workers: int) -> float:
    """The lanes in which each of `workers` trains these trials while the longest of them runs."""
    steps = [most_steps(job.conditions) for job in jobs]
    return max(1.0, MEAN_OF_LONGEST * sum(steps) / max(steps) / workers)


class Waiting:
    """Waiting trials by their groups, the longest first.

    A worker that needs a population takes the group with the longest trial, among those that no
    other worker has as long as there are such. Long trials then begin early, each group stays
    together in full lanes, and short groups fill the time to the end of the longest trial. Not safe
    for threads.
    """

    def __init__(self, jobs: Iterable[Job] = ()):
        self._jobs: dict[tuple, list[Job]] = {}
        self.add(jobs)

    def __bool__(self) -> bool:
        return any(self._jobs.values())

    @property
    def groups(self) -> list[tuple]:
        """The groups of the waiting trials."""
        return [group for group, jobs in self._jobs.items() if jobs]

    def of(self, group: tuple) -> list[Job]:
        """The waiting trials of a group, in the order in which they are taken."""
        return list(self._jobs.get(group, ()))

    def add(self, jobs: Iterable[Job]) -> None:
        """Let trials wait."""
        for job in jobs:
            self._jobs.setdefault(job.group, []).append(job)
        for group in self._jobs.values():
            group.sort(key=lambda job: -most_steps(job.conditions))

    def take(self, group: tuple) -> Job | None:
        """The next trial of a group, which waits no longer; None if none waits."""
        jobs = self._jobs.get(group)
        return jobs.pop(0) if jobs else None

    def next_group(self, taken: Collection[tuple]) -> tuple | None:
        """The group for a worker that has none, where other workers have the groups `taken`."""
        longest = {group: most_steps(self._jobs[group][0].conditions) for group in self.groups}
        untaken = [group for group in longest if group not in taken]
        return max(untaken or longest, key=longest.__getitem__, default=None)
