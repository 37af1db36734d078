"""Trials that train the same network and differ only in the limits of their exams."""

from collections.abc import Iterable

from longlag import contract
from longlag.engine.lane_state import UNDECIDED
from longlag.experiments.kinds.base import Fields, write_lane
from longlag.experiments.population import Job
from longlag.experiments.stop import Exam
from longlag.experiments.trial import TrialKey


def dependents(jobs: Iterable[Job]) -> dict[TrialKey, list[TrialKey]]:
    """For each trial, the trials that can continue from the point where it is solved.

    A trial that has not begun follows at most one trial: the strictest with laxer limits. This
    works only for exams, because they keep the stream position at which training continues.
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


def continued(job: Job, state: Fields) -> Job:
    """The job, continued from a solved trial with the same network and a laxer exam.

    `state` is the final state of that trial. The job repeats its last exam under its own stop rule.
    """
    stop = job.conditions.stop
    assert isinstance(stop, Exam)
    state = state.copy()
    write_lane(
        state,
        phase=contract.EXAM,
        outcome=UNDECIDED,
        wrong_below=stop.wrong_below,
        average_below=stop.average_below,
        begun=0,
        tested=0,
        test_wrong=0,
        test_error=0.0,
    )
    state["stream"] = state["exam_stream"]
    state["clock"] = 0.0
    return Job(job.key, job.conditions, state.tobytes())
