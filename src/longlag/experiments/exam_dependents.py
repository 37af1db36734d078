"""Trials that train the same network, and differ only in when they count as solved."""

from collections.abc import Iterable
from typing import Any

from longlag import contract
from longlag.engine import online
from longlag.experiments.population import Job
from longlag.experiments.stop import Exam
from longlag.experiments.trial import TrialKey


def dependents(jobs: Iterable[Job]) -> dict[TrialKey, list[TrialKey]]:
    """Per trial, those that can go on from where it is solved, since they have not begun yet.

    Each follows one trial at most: the strictest of those laxer than itself. Only exams leave the
    sequence that training goes on with at hand.
    """
    alike: dict[tuple, list[tuple[Exam, Job]]] = {}
    for job in jobs:
        c = job.conditions
        if isinstance(c.stop, Exam):
            network = job.key.trial, c.seed, c.task, c.learner, c.cap, c.test, c.dtype
            alike.setdefault(network, []).append((c.stop, job))
    follow: dict[TrialKey, list[TrialKey]] = {}
    for trials in alike.values():
        trials.sort(key=lambda each: (-each[0].wrong_below, -each[0].average_below))
        for i, (stop, job) in enumerate(trials):
            laxer = [other.key for rule, other in trials[:i] if stop.implies(rule)]
            if laxer and job.checkpoint is None:
                follow.setdefault(laxer[-1], []).append(job.key)
    return follow


def continued(job: Job, state: Any) -> Job:
    """The job, from where a trial with the same network and a laxer exam was solved.

    `state` is that trial's at its end; its last exam is taken again, by the job's stop rule.
    """
    stop = job.conditions.stop
    assert isinstance(stop, Exam)
    state = state.copy()
    for name, value in {
        "phase": contract.EXAM,
        "outcome": online.UNDECIDED,
        "wrong_below": stop.wrong_below,
        "average_below": stop.average_below,
        "begun": 0,
        "tested": 0,
        "test_wrong": 0,
        "test_error": 0.0,
    }.items():
        state["lane"][name] = value
    state["stream"] = state["exam_stream"]
    state["clock"] = 0.0
    return Job(job.key, job.conditions, state.tobytes())
