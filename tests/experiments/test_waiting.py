"""The order in which trials are taken, shown with populations that only count."""

import struct
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import studies

from longlag.experiments import study as study_module
from longlag.experiments.population import Ended, Job, group_of, standing, state_dtype
from longlag.experiments.stop import Recent
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey, TrialRecord
from longlag.experiments.waiting import Waiting, lanes_for, most_steps
from longlag.tasks.adding import Adding


def conditions(group, cap, T=24):
    """Of trials that share a population with the same `group` alone."""
    return replace(studies.endless(cap, T), stop=Recent(window=200 + group))


def job(group, cap, trial=0, T=24):
    return Job(TrialKey(f"group {group}", "", "", trial), conditions(group, cap, T))


class Counting:
    """Stands for a `Population`: a trial counts up to its cap, some sequences in each slice."""

    def __init__(self, conditions, lanes):
        self.group, self.lanes = group_of(conditions), lanes
        self.counts = {}

    @property
    def jobs(self):
        return [self._job(each) for each in self.counts]

    @property
    def live(self):
        return len(self.counts)

    @property
    def room(self):
        return self.lanes - self.live

    def load(self, job):
        assert self.room
        assert job.group == self.group
        assert job not in self.counts
        self.counts[replace(job, checkpoint=None)] = (
            struct.unpack("q", job.checkpoint)[0] if job.checkpoint else 0
        )

    def _job(self, job):
        return replace(job, checkpoint=struct.pack("q", self.counts[job]))

    def checkpoints(self):
        return self.jobs

    def unload(self, count):
        taken = self.jobs[:count]
        for each in taken:
            del self.counts[replace(each, checkpoint=None)]
        return taken

    def advance(self, seconds):
        ended = []
        for each in list(self.counts):
            self.counts[each] += 7
            if self.counts[each] >= each.conditions.cap:
                del self.counts[each]
                ended.append(Ended(self.record(each), np.zeros(())))
        return ended

    def record(self, job):
        count = job.conditions.cap
        none = np.zeros((0, 3))
        return TrialRecord(
            job.key, job.conditions, Status.CAP, count, count, 0.0, None, 0, None, none, none
        )

    def running(self):
        lane = np.zeros((), state_dtype(next(iter(self.counts)).conditions)["lane"])
        return [standing(each, lane) for each in self.counts]


class Watched(Counting):
    """Notes every trial as it is loaded for the first time."""

    begun: list[TrialKey] = []  # noqa: RUF012

    def load(self, job):
        super().load(job)
        if job.checkpoint is None:
            Watched.begun.append(job.key)


def run(trials, population=Counting, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study_module, "Population", population)
        Watched.begun.clear()
        return Study(trials, **options).run(every=0.0005)


lengths = st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=12), min_size=1, max_size=4)


@settings(max_examples=60)
@given(lengths, st.integers(1, 4), st.sampled_from([None, 1, 4]))
def test_every_trial_runs_once_in_whatever_order(groups, workers, lanes):
    trials = [
        (TrialKey(f"group {g}", "", "", i), conditions(g, cap))
        for g, caps in enumerate(groups)
        for i, cap in enumerate(caps)
    ]
    records = run(trials, Watched, workers=workers, lanes=lanes)
    assert [record.key for record in records] == [key for key, _ in trials]
    assert [record.sequences for record in records] == [each.cap for _, each in trials]
    assert sorted(Watched.begun, key=repr) == sorted((key for key, _ in trials), key=repr)


@settings(max_examples=60)
@given(lengths)
def test_one_worker_takes_the_longest_trial_first_and_its_group_with_it(groups):
    trials = [
        (TrialKey(f"group {g}", "", "", i), conditions(g, cap))
        for g, caps in enumerate(groups)
        for i, cap in enumerate(caps)
    ]
    run(trials, Watched, workers=1)
    caps = {key: each.cap for key, each in trials}
    begun = [key.experiment for key in Watched.begun]
    order = list(dict.fromkeys(begun))
    assert begun == sorted(begun, key=order.index), "a group is taken as a whole"
    longest = {f"group {g}": max(caps) for g, caps in enumerate(groups)}
    assert [longest[name] for name in order] == sorted(longest.values(), reverse=True)
    for name in order:
        mine = [caps[key] for key in Watched.begun if key.experiment == name]
        assert mine == sorted(mine, reverse=True)


def test_workers_begin_with_groups_of_their_own():
    trials = [
        (TrialKey(f"group {g}", "", "", i), conditions(g, cap))
        for g, cap in enumerate((100, 300, 200))
        for i in range(3)
    ]
    both = threading.Barrier(2, timeout=30)
    first = []

    class Met(Counting):
        def __init__(self, conditions, lanes):
            super().__init__(conditions, lanes)
            if len(first) < 2:
                first.append(conditions.cap)
                both.wait()

    run(trials, Met, workers=2, lanes=1)
    assert sorted(first) == [200, 300]


def test_a_waiting_trial_is_taken_once_and_equals_keep_their_order():
    jobs = [job(0, 50, 0), job(1, 10, 1), job(0, 50, 2), job(0, 90, 3), job(1, 60, 4)]
    waiting = Waiting(jobs)
    first, second = jobs[0].group, jobs[1].group
    assert set(waiting.groups) == {first, second}
    assert waiting.next_group([]) == first
    assert waiting.next_group([first]) == second
    assert waiting.next_group([first, second]) == first
    assert [each.key.trial for each in waiting.of(first)] == [3, 0, 2]
    taken = [waiting.take(first) for _ in range(3)]
    assert [each.key.trial for each in taken] == [3, 0, 2]
    assert waiting.take(first) is None
    assert waiting.next_group([]) == second
    assert [waiting.take(second).key.trial for _ in range(2)] == [4, 1]
    assert not waiting
    assert waiting.next_group([]) is None


def test_most_steps_are_those_of_the_cap():
    assert most_steps(conditions(0, 10, T=100)) == 10 * Adding(100).first_length(1)
    assert 100 <= Adding(100).first_length(1) <= 110


def test_few_trials_as_long_as_the_longest_need_few_lanes():
    equal = [job(0, 100, i) for i in range(12)]
    assert lanes_for(equal, 1) == pytest.approx(6)
    assert lanes_for(equal, 2) == pytest.approx(3)
    assert lanes_for([*equal, job(0, 1200)], 1) == pytest.approx(1)
    assert lanes_for(equal[:1], 4) == 1
