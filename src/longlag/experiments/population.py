"""Trials in lockstep: the lanes of one driver, loaded, advanced, saved and unloaded."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from longlag.errors import StoreError
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.kernels import online
from longlag.kernels.random import Purpose, numpy_stream, stream_state

_STATUS = {
    online.UNDECIDED: Status.INTERRUPTED,
    online.SOLVED: Status.SOLVED,
    online.CAP: Status.CAP,
    online.DIVERGED: Status.DIVERGED,
}


@dataclass(frozen=True)
class Job:
    """A trial to run, from its beginning or from a checkpoint."""

    key: TrialKey
    conditions: Conditions
    checkpoint: bytes | None = None

    @property
    def group(self) -> tuple:
        """Trials of one group run in one population: they share a compiled driver."""
        c = self.conditions
        return type(c.task), _sizes(c), c.learner.topology, c.stop.window, c.dtype


def _sizes(conditions: Conditions) -> tuple[int, ...]:
    task, learner = conditions.task, conditions.learner
    return task.width, task.outputs, task.extras, learner.layout.start("outputs")


class Population:
    """`lanes` places for the trials of one group."""

    def __init__(self, group: Conditions, lanes: int):
        """Compile the driver for trials of the same group as the conditions given."""
        self._state = state_dtype(group)
        self._advance = online.compile_online(
            type(group.task).kernel(), group.learner.kernel(lanes), lanes, _sizes(group)
        )
        self.arrays = online.allocate(
            group.task, group.learner, lanes, group.stop.window, group.dtype
        )
        self.jobs: list[Job | None] = [None] * lanes

    @property
    def live(self) -> int:
        """Lanes that hold a trial."""
        return sum(job is not None for job in self.jobs)

    def load(self, job: Job) -> None:
        """Put a trial into a free lane."""
        k = self.jobs.index(None)
        state = restore(job) if job.checkpoint else begin(job)
        a, c = self.arrays, job.conditions
        a.S[:, k] = state["column"]
        a.lanes[k] = state["lane"]
        for name in ("m", "stream", "recent", "recent_bad", "curve"):
            getattr(a, name)[k] = state[name]
        a.p[k] = c.task.parameters
        a.test_stream[k] = stream_state(c.seed, job.key.trial, Purpose.TESTING)
        self.jobs[k] = job

    def _save(self, k: int) -> np.ndarray:
        state = np.zeros((), self._state)
        state["column"] = self.arrays.S[:, k]
        state["lane"] = self.arrays.lanes[k]
        for name in ("m", "stream", "recent", "recent_bad", "curve"):
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

    def advance(self, chunks: int) -> tuple[list[TrialRecord], float]:
        """Run at most that many chunks of steps; returns the trials that are over, and the seconds taken."""
        start = time.perf_counter()
        over = self._advance(self.arrays, chunks)
        seconds = time.perf_counter() - start
        self.arrays.lanes["seconds"] += seconds
        records = []
        if over:
            for k, job in enumerate(self.jobs):
                if job and self.arrays.lanes[k]["phase"] == online.OVER:
                    records.append(to_record(job, self._save(k)))
                    self._empty(k)
        return records, seconds


def state_dtype(conditions: Conditions) -> np.dtype:
    """Everything that a trial knows between two chunks, as one record."""
    window = conditions.stop.window
    return np.dtype(
        [
            ("column", conditions.dtype, (conditions.learner.layout.rows,)),
            ("lane", online.LANE),
            ("m", np.float64, (conditions.task.memory,)),
            ("stream", np.uint64, (4,)),
            ("recent", np.float32, (window,)),
            ("recent_bad", np.bool_, (window,)),
            ("curve", np.float64, (online.CURVE, 2)),
        ]
    )


def begin(job: Job) -> np.ndarray:
    """A trial before its first step."""
    c, trial = job.conditions, job.key.trial
    state = np.zeros((), state_dtype(c))
    state["column"] = c.learner.start(numpy_stream(c.seed, trial, Purpose.WEIGHTS))
    state["stream"] = stream_state(c.seed, trial, Purpose.TRAINING)
    for name, value in {
        "phase": online.TRAINING,
        "cap": c.cap,
        "wrong_below": c.stop.wrong_below,
        "average_below": c.stop.average_below,
        "tolerance": c.task.tolerance,
        "stretch": 1,
        "to_test": c.test,
    }.items():
        state["lane"][name] = value
    return state


def restore(job: Job) -> np.ndarray:
    """The state of a trial from its checkpoint."""
    dtype = state_dtype(job.conditions)
    if job.checkpoint is None or len(job.checkpoint) != dtype.itemsize:
        raise StoreError(
            f"the checkpoint of trial {job.key.trial} of {job.key.experiment} has "
            f"{len(job.checkpoint or b'')} bytes instead of {dtype.itemsize}: it belongs to other "
            "conditions; use another --store"
        )
    return np.frombuffer(job.checkpoint, dtype)[0]


def to_record(job: Job, state: Any) -> TrialRecord:
    """What became of a trial, or where it stands."""
    lane = state["lane"]
    tested = int(lane["tested"])
    return TrialRecord(
        key=job.key,
        conditions=job.conditions,
        status=_STATUS[int(lane["outcome"])] if lane["phase"] == online.OVER else Status.INTERRUPTED,
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
    """Points (sequences so far, mean error, share wrong), the last of them over what there is of it."""
    lane = state["lane"]
    counts = np.full(int(lane["points"]), int(lane["stretch"]))
    if lane["filled"]:
        counts = np.append(counts, int(lane["filled"]))
    sums = state["curve"][: len(counts)]
    return np.column_stack([np.cumsum(counts), sums / counts[:, None]])
