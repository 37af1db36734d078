"""Trials in lockstep: loads, advances, saves and unloads the lanes of one driver."""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from longlag import contract
from longlag.errors import StoreError
from longlag.experiments import selfcheck
from longlag.experiments.kinds import Fields, sizes
from longlag.experiments.trial import Conditions, TrialKey, TrialRecord
from longlag.simd.random import stream_state


@dataclass(frozen=True)
class Job:
    """A trial to run, from its beginning or from a checkpoint."""

    key: TrialKey
    conditions: Conditions
    checkpoint: bytes | None = None

    @property
    def group(self) -> tuple:
        """The group of the trial: one population can run all trials of a group."""
        return group_of(self.conditions)


def group_of(conditions: Conditions) -> tuple:
    """The properties that all trials of a population share, because they share a driver."""
    c, kind = conditions, conditions.kind
    driver = type(kind), type(c.task), sizes(c), type(c.learner), c.learner.structure, c.dtype
    return *driver, kind.window(c), len(c.task.parameters)  # which are as many in every lane


class Ended(NamedTuple):
    """A finished trial."""

    record: TrialRecord
    state: Fields  #: the final state, of `state_dtype`


@dataclass(frozen=True)
class Running:
    """The progress of an unfinished trial."""

    key: TrialKey
    conditions: Conditions
    sequences: int
    steps: int
    error: float  #: mean absolute error of the last sequences; NaN before the first is over
    testing: bool  #: whether the trial is solved and in its test
    to_success: int  #: sequences or guesses so far, until the stop rule is met


class Population:
    """`lanes` places for the trials of one group."""

    def __init__(self, conditions: Conditions, lanes: int):
        """Compile the driver for trials of the same group as these conditions."""
        self.group = group_of(conditions)
        self.lanes = lanes
        self._kind = conditions.kind
        self.arrays = self._kind.allocate(conditions, lanes)
        self.jobs: list[Job | None] = [None] * lanes
        self._state = state_dtype(conditions)
        self._chunk_seconds = 1e-3  # a cautious guess: the first slice corrects it
        self._advance = self._kind.compile(conditions, lanes)
        self._check(conditions)

    def _check(self, conditions: Conditions) -> None:
        """Compare the first and the last lane with the reference over a chunk of steps."""
        references = {}
        for k in range(self.lanes):
            job = Job(TrialKey("self-check", "", "", k), conditions)
            self.load(job)
            if k in (0, self.lanes - 1):
                reference = selfcheck.reference_of(conditions, begin(job)["column"])
                if reference is not None:
                    references[k] = reference
        self._advance(self.arrays, 1 if references else 0)
        for k, reference in references.items():
            if self.arrays.lanes[k]["phase"] == contract.TRAINING:
                selfcheck.follow(reference, conditions, self.arrays, k)
                selfcheck.compare(reference, conditions, self.arrays.S[:, k])
        for k in range(self.lanes):
            self._empty(k)

    @property
    def live(self) -> int:
        """Lanes that hold a trial."""
        return sum(job is not None for job in self.jobs)

    @property
    def room(self) -> int:
        """Lanes without a trial."""
        return self.lanes - self.live

    def load(self, job: Job) -> None:
        """Put a trial into a free lane."""
        k = self.jobs.index(None)
        state = restore(job)
        a, c = self.arrays, job.conditions
        a.S[: len(state["column"]), k] = state["column"]
        a.lanes[k] = state["lane"]
        for name in self._kind.columns:
            getattr(a, name)[:, k] = state[name]
        for name in self._kind.rows:
            getattr(a, name)[k] = state[name]
        for name, purpose in self._kind.fresh.items():
            getattr(a, name)[:, k] = stream_state(c.seed, job.key.trial, purpose)
        a.p[:, k] = c.task.trial_parameters(c.seed, job.key.trial)
        self.jobs[k] = job

    def _save(self, k: int) -> np.ndarray:
        state = np.zeros((), self._state)
        state["column"] = self.arrays.S[: len(state["column"]), k]
        state["lane"] = self.arrays.lanes[k]
        for name in self._kind.columns:
            state[name] = getattr(self.arrays, name)[:, k]
        for name in self._kind.rows:
            state[name] = getattr(self.arrays, name)[k]
        return state

    def checkpoints(self) -> list[Job]:
        """Every trial as it stands now."""
        return [
            Job(job.key, job.conditions, self._save(k).tobytes())
            for k, job in enumerate(self.jobs)
            if job
        ]

    def unload(self, count: int) -> list[Job]:
        """Take `count` trials out."""
        taken = self.checkpoints()[:count]
        keys = {job.key for job in taken}
        for k, job in enumerate(self.jobs):
            if job and job.key in keys:
                self._empty(k)
        return taken

    def _empty(self, k: int) -> None:
        self.jobs[k] = None
        self.arrays.S[:, k] = 0
        self.arrays.lanes[k] = np.zeros((), self._kind.lane)
        self.arrays.clock[:, k] = 0, np.inf

    def advance(self, seconds: float) -> list[Ended]:
        """Run for about that time, or until a trial is over; returns the finished trials."""
        start, worked = time.perf_counter(), time.thread_time()
        chunks = self._advance(self.arrays, max(1, int(seconds / self._chunk_seconds)))
        self.arrays.lanes["seconds"] += time.perf_counter() - start
        # The time of this thread alone. In wall-clock time, a wait for the interpreter's lock would
        # count as work and shorten the next slice. Clocks may tick coarsely.
        worked = (time.thread_time() - worked) / chunks
        self._chunk_seconds = max(worked, self._chunk_seconds / 10)
        ended = []
        for k in np.flatnonzero(self.arrays.lanes["phase"] == contract.OVER).tolist():
            job = self.jobs[k]
            if job:
                state = self._save(k)
                ended.append(Ended(to_record(job, state), state))
                self._empty(k)
        return ended

    def running(self) -> list[Running]:
        """The progress of all trials; may be called while another thread advances them."""
        lanes = self.arrays.lanes.copy()
        return [
            standing(job, lane)
            for job, lane in zip(list(self.jobs), lanes, strict=True)
            if job and lane["phase"] != contract.IDLE
        ]


def state_dtype(conditions: Conditions) -> np.dtype:
    """The type of the whole state of a trial between two chunks, as one record."""
    kind = conditions.kind
    return np.dtype(
        [
            ("column", conditions.dtype, (conditions.learner.layout.kept,)),
            ("lane", kind.lane),
            *kind.parts(conditions),
        ]
    )


def begin(job: Job) -> np.ndarray:
    """The state of a trial before its first step."""
    state = np.zeros((), state_dtype(job.conditions))
    job.conditions.kind.begin(job.conditions, job.key.trial, state)
    return state


def restore(job: Job) -> Fields:
    """The state of a trial: from its checkpoint, or before its first step."""
    if job.checkpoint is None:
        return begin(job)
    dtype = state_dtype(job.conditions)
    if len(job.checkpoint) != dtype.itemsize:
        raise StoreError(
            f"the checkpoint of trial {job.key.trial} of {job.key.experiment} has "
            f"{len(job.checkpoint)} bytes instead of {dtype.itemsize}: it belongs to other "
            "conditions or another version; use another --store"
        )
    return np.frombuffer(job.checkpoint, dtype)[0]


def standing(job: Job, lane: Fields) -> Running:
    """The progress of a trial with this part of its state."""
    kind = job.conditions.kind
    return Running(
        key=job.key,
        conditions=job.conditions,
        sequences=int(lane["sequences"]),
        steps=int(lane["steps"]),
        error=kind.error(job.conditions, lane),
        testing=lane["phase"] == contract.TESTING,
        to_success=int(lane[kind.counted]),
    )


def to_record(job: Job, state: Fields) -> TrialRecord:
    """The record of a trial, finished or not."""
    return TrialRecord(
        key=job.key,
        conditions=job.conditions,
        column=np.array(state["column"]),
        **job.conditions.kind.outcome(job.conditions, state),
    )
