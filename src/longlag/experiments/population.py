"""Trials in lockstep: the lanes of one driver, loaded, advanced, saved and unloaded."""

import math
import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from longlag.errors import StoreError
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.kernels import online, sequences
from longlag.kernels.random import Purpose, numpy_stream, stream_state

_STATUS = {
    online.UNDECIDED: Status.INTERRUPTED,
    online.SOLVED: Status.SOLVED,
    online.CAP: Status.CAP,
    online.DIVERGED: Status.DIVERGED,
}


#: What is kept of the streams; that of the test is made anew.
_STREAMS = ("stream", "held_stream", "exam_stream")


@dataclass(frozen=True)
class Job:
    """A trial to run, from its beginning or from a checkpoint."""

    key: TrialKey
    conditions: Conditions
    checkpoint: bytes | None = None

    @property
    def group(self) -> tuple:
        """Trials of one group run in one population: they share a compiled driver."""
        return group_of(self.conditions)


def group_of(conditions: Conditions) -> tuple:
    """What trials must have in common to run in one population."""
    c = conditions
    return type(c.task), _sizes(c), type(c.learner), c.learner.structure, c.stop.window, c.dtype


def _sizes(conditions: Conditions) -> tuple[int, ...]:
    task, learner = conditions.task, conditions.learner
    return task.width, task.outputs, task.extras, learner.layout.start("outputs")


@dataclass(frozen=True)
class Running:
    """Where an unfinished trial stands."""

    key: TrialKey
    conditions: Conditions
    sequences: int
    steps: int
    error: float  #: mean absolute error of the last sequences; NaN before the first is over
    testing: bool  #: whether it is solved, and now tested


_compiling = threading.Lock()  # two threads must not compile the same driver twice


class Population:
    """`lanes` places for the trials of one group."""

    def __init__(self, conditions: Conditions, lanes: int):
        """Compile the driver for trials of the same group as these conditions."""
        self.group = group_of(conditions)
        self.lanes = lanes
        self.arrays = online.allocate(
            conditions.task, conditions.learner, lanes, conditions.stop.window, conditions.dtype
        )
        self.jobs: list[Job | None] = [None] * lanes
        self._state = state_dtype(conditions)
        self._chunk_seconds = 1e-3  # a cautious guess: the first slice corrects it
        with _compiling:
            self._advance = online.compile_online(
                type(conditions.task).kernel(),
                conditions.learner.kernel(lanes),
                lanes,
                _sizes(conditions),
                conditions.task.targets == "end",
            )
            self._advance(self.arrays, 0)

    @property
    def live(self) -> int:
        """Lanes that hold a trial."""
        return sum(job is not None for job in self.jobs)

    def load(self, job: Job) -> None:
        """Put a trial into a free lane."""
        k = self.jobs.index(None)
        state = restore(job)
        a, c = self.arrays, job.conditions
        a.S[: len(state["column"]), k] = state["column"]
        a.lanes[k] = state["lane"]
        for name in ("m", "clock", *_STREAMS):
            getattr(a, name)[:, k] = state[name]
        for name in ("recent", "recent_bad", "curve"):
            getattr(a, name)[k] = state[name]
        a.p[:, k] = c.task.trial_parameters(c.seed, job.key.trial)
        a.test_stream[:, k] = stream_state(c.seed, job.key.trial, Purpose.TESTING)
        self.jobs[k] = job

    def _save(self, k: int) -> np.ndarray:
        state = np.zeros((), self._state)
        state["column"] = self.arrays.S[: len(state["column"]), k]
        state["lane"] = self.arrays.lanes[k]
        for name in ("m", "clock", *_STREAMS):
            state[name] = getattr(self.arrays, name)[:, k]
        for name in ("recent", "recent_bad", "curve"):
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
        self.arrays.lanes[k] = np.zeros((), online.LANE)
        self.arrays.clock[:, k] = 0, np.inf

    def advance(self, seconds: float) -> list[TrialRecord]:
        """Run for about so many seconds, or until a trial is over; returns the trials that are."""
        start = time.perf_counter()
        chunks = self._advance(self.arrays, max(1, int(seconds / self._chunk_seconds)))
        elapsed = time.perf_counter() - start
        self._chunk_seconds = elapsed / chunks
        self.arrays.lanes["seconds"] += elapsed
        records = []
        for k in np.flatnonzero(self.arrays.lanes["phase"] == sequences.OVER).tolist():
            job = self.jobs[k]
            if job:
                records.append(to_record(job, self._save(k)))
                self._empty(k)
        return records

    def running(self) -> list[Running]:
        """Where the trials stand; may be called while another thread advances them."""
        standings = []
        for job, lane in zip(list(self.jobs), self.arrays.lanes.copy(), strict=True):
            if job and lane["phase"] != sequences.IDLE:
                seen = min(int(lane["sequences"]), job.conditions.stop.window)
                standings.append(
                    Running(
                        key=job.key,
                        conditions=job.conditions,
                        sequences=int(lane["sequences"]),
                        steps=int(lane["steps"]),
                        error=float(lane["recent_error"]) / seen if seen else math.nan,
                        testing=lane["phase"] == sequences.TESTING,
                    )
                )
        return standings


def state_dtype(conditions: Conditions) -> np.dtype:
    """Everything that a trial knows between two chunks, as one record."""
    window = conditions.stop.window
    return np.dtype(
        [
            ("column", conditions.dtype, (conditions.learner.layout.kept,)),
            ("lane", online.LANE),
            ("m", np.float64, (conditions.task.memory,)),
            ("clock", np.float64, (2,)),
            *((name, np.uint64, (4,)) for name in _STREAMS),
            ("recent", np.float32, (window,)),
            ("recent_bad", np.bool_, (window,)),
            ("curve", np.float64, (online.CURVE, 2)),
        ]
    )


def begin(job: Job) -> np.ndarray:
    """A trial before its first step."""
    c, trial = job.conditions, job.key.trial
    state = np.zeros((), state_dtype(c))
    column = c.learner.start(numpy_stream(c.seed, trial, Purpose.WEIGHTS))
    state["column"] = column[: len(state["column"])]
    state["stream"] = stream_state(c.seed, trial, Purpose.TRAINING)
    state["exam_stream"] = stream_state(c.seed, trial, Purpose.EXAM)
    for name, value in {
        "phase": sequences.TRAINING,
        "cap": c.cap,
        "wrong_below": c.stop.wrong_below,
        "average_below": c.stop.average_below,
        "every": c.stop.every,
        "exam": c.stop.sequences,
        "due": c.stop.every or -1,
        "tolerance": c.task.tolerance,
        "stretch": 1,
        "to_test": c.test,
    }.items():
        state["lane"][name] = value
    return state


def restore(job: Job) -> np.ndarray:
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


def to_record(job: Job, state: Any) -> TrialRecord:
    """What became of a trial, or where it stands."""
    lane = state["lane"]
    tested = int(lane["tested"]) if lane["outcome"] == online.SOLVED else 0  # else of an exam
    over = lane["phase"] == sequences.OVER
    status = _STATUS[int(lane["outcome"])] if over else Status.INTERRUPTED
    weights = job.conditions.learner.layout.view(state["column"], "weights")
    if status is Status.CAP and not np.isfinite(weights).all():
        status = Status.DIVERGED  # its answers stayed finite: a gate can hide an infinite weight
    return TrialRecord(
        key=job.key,
        conditions=job.conditions,
        status=status,
        sequences=int(lane["sequences"]),
        steps=int(lane["steps"]),
        seconds=float(lane["seconds"]),
        wrong=int(lane["test_wrong"]) if tested else None,
        tested=tested,
        test_error=float(lane["test_error"]) / tested if tested else None,
        curve=_curve(state),
        column=np.array(state["column"]),
    )


def _curve(state: Any) -> np.ndarray:
    """Points (sequences so far, mean error, share wrong); the last may be of a shorter stretch."""
    lane = state["lane"]
    counts = np.full(int(lane["points"]), int(lane["stretch"]))
    if lane["filled"]:
        counts = np.append(counts, int(lane["filled"]))
    sums = state["curve"][: len(counts)]
    return np.column_stack([np.cumsum(counts), sums / counts[:, None]])
