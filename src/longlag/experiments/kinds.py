"""How trials begin in the lanes of a driver, and what they leave: one class per kind of learner."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from longlag import contract
from longlag.compiled.driver import Driver, driver
from longlag.engine import online, search
from longlag.experiments.stop import TrainingSet
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners.base import Learner, SearchLearner
from longlag.simd.random import Purpose, numpy_stream, stream_state


class Lanes(ABC):
    """What a population must know of the driver of its learners.

    A lane between two chunks is its column, its record of `lane`, and its part of the arrays that
    `columns` and `rows` name: those of shape (n, lanes), and those of shape (lanes, ...).
    """

    lane: ClassVar[np.dtype]
    columns: ClassVar[tuple[str, ...]]
    rows: ClassVar[tuple[str, ...]]
    fresh: ClassVar[Mapping[str, Purpose]]  #: streams that are not kept but made anew

    @abstractmethod
    def allocate(self, conditions: Conditions, lanes: int) -> Any:
        """Empty arrays of the driver."""

    @abstractmethod
    def compile(self, conditions: Conditions, lanes: int) -> Driver:
        """advance(arrays, chunks) -> chunks run."""

    @abstractmethod
    def parts(self, conditions: Conditions) -> list[tuple]:
        """Name, type and shape of what a lane keeps of `columns`, then of `rows`."""

    @abstractmethod
    def begin(self, conditions: Conditions, trial: int, state: Any) -> None:
        """Write a trial before its first step to the empty `state`."""

    @abstractmethod
    def record(self, key: TrialKey, conditions: Conditions, state: Any) -> TrialRecord:
        """What became of a trial, or where it stands."""

    @abstractmethod
    def guesses(self, lane: Any) -> int | None:
        """Networks tried so far; None where a trial has one network."""

    @abstractmethod
    def error(self, conditions: Conditions, lane: Any) -> float:
        """The mean absolute error of the last sequences, NaN if unknown."""


def sizes(conditions: Conditions) -> tuple[int, ...]:
    """Numbers written per step, outputs, extras, and the first of the learner's rows "outputs"."""
    task, learner = conditions.task, conditions.learner
    return task.width, task.outputs, task.extras, learner.layout.start("outputs")


def _made_of(conditions: Conditions, lanes: int) -> tuple:
    """What decides about a compiled driver; see `longlag.compiled.key`."""
    task, learner = type(conditions.task), conditions.learner
    return "driver", task, type(learner), learner.structure, lanes, sizes(conditions)


class OnlineLanes(Lanes):
    """Of learners that take a step at a time."""

    lane = online.LANE
    columns = ("m", "clock", "stream", "held_stream", "exam_stream")
    rows = ("recent", "recent_bad", "curve")
    fresh: ClassVar = {"test_stream": Purpose.TESTING}

    _STATUS: ClassVar = {
        online.UNDECIDED: Status.INTERRUPTED,
        online.SOLVED: Status.SOLVED,
        online.CAP: Status.CAP,
        online.DIVERGED: Status.DIVERGED,
    }

    def allocate(self, conditions: Conditions, lanes: int) -> online.Arrays:
        """See `Lanes`."""
        c = conditions
        return online.allocate(c.task, c.learner, lanes, c.stop.window, c.dtype)

    def compile(self, conditions: Conditions, lanes: int) -> Driver:
        """See `Lanes`."""
        advance = online.compile_online(
            type(conditions.task).kernel(),
            conditions.learner.kernel(lanes),
            lanes,
            sizes(conditions),
            conditions.task.targets == "end",
        )
        return driver(advance, _made_of(conditions, lanes))

    def parts(self, conditions: Conditions) -> list[tuple]:
        """See `Lanes`."""
        window = conditions.stop.window
        return [
            ("m", np.float64, (conditions.task.memory,)),
            ("clock", np.float64, (2,)),
            *((name, np.uint64, (4,)) for name in self.columns[2:]),
            ("recent", np.float32, (window,)),
            ("recent_bad", np.bool_, (window,)),
            ("curve", np.float64, (online.CURVE, 2)),
        ]

    def begin(self, conditions: Conditions, trial: int, state: Any) -> None:
        """See `Lanes`."""
        c = conditions
        assert not isinstance(c.stop, TrainingSet)
        column = c.learner.start(numpy_stream(c.seed, trial, Purpose.WEIGHTS))
        state["column"] = column[: len(state["column"])]
        state["stream"] = stream_state(c.seed, trial, Purpose.TRAINING)
        state["exam_stream"] = stream_state(c.seed, trial, Purpose.EXAM)
        for name, value in {
            "phase": contract.TRAINING,
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

    def record(self, key: TrialKey, conditions: Conditions, state: Any) -> TrialRecord:
        """See `Lanes`."""
        lane = state["lane"]
        tested = int(lane["tested"]) if lane["outcome"] == online.SOLVED else 0  # else of an exam
        over = lane["phase"] == contract.OVER
        status = self._STATUS[int(lane["outcome"])] if over else Status.INTERRUPTED
        weights = conditions.learner.layout.view(state["column"], "weights")
        if status is Status.CAP and not np.isfinite(weights).all():
            # Its answers stayed finite: a gate can hide an infinite weight.
            status = Status.DIVERGED
        return TrialRecord(
            key=key,
            conditions=conditions,
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

    def guesses(self, lane: Any) -> None:
        """See `Lanes`."""

    def error(self, conditions: Conditions, lane: Any) -> float:
        """See `Lanes`."""
        seen = min(int(lane["sequences"]), conditions.stop.window)
        return float(lane["recent_error"]) / seen if seen else math.nan


class SearchLanes(Lanes):
    """Of learners that propose one network after another."""

    lane = search.LANE
    columns = ("m", "clock", "stream", "guess_stream")
    rows = ()
    fresh: ClassVar = {"test_stream": Purpose.TESTING, "set_stream": Purpose.EXAM}

    _STATUS: ClassVar = {
        search.UNDECIDED: Status.INTERRUPTED,
        search.SOLVED: Status.SOLVED,
        search.CAP: Status.CAP,
    }

    def allocate(self, conditions: Conditions, lanes: int) -> search.Arrays:
        """See `Lanes`."""
        return search.allocate(conditions.task, conditions.learner, lanes, conditions.dtype)

    def compile(self, conditions: Conditions, lanes: int) -> Driver:
        """See `Lanes`."""
        assert isinstance(conditions.learner, SearchLearner)
        advance = search.compile_search(
            type(conditions.task).kernel(),
            conditions.learner.kernel(lanes),
            conditions.learner.proposal,
            lanes,
            sizes(conditions),
            conditions.task.targets == "end",
        )
        return driver(advance, _made_of(conditions, lanes))

    def parts(self, conditions: Conditions) -> list[tuple]:
        """See `Lanes`."""
        return [
            ("m", np.float64, (conditions.task.memory,)),
            ("clock", np.float64, (2,)),
            *((name, np.uint64, (4,)) for name in self.columns[2:]),
        ]

    def begin(self, conditions: Conditions, trial: int, state: Any) -> None:
        """See `Lanes`; the proposals go on from where the first one left their stream."""
        c = conditions
        generator = numpy_stream(c.seed, trial, Purpose.WEIGHTS)
        column = c.learner.start(generator)
        state["column"] = column[: len(state["column"])]
        state["guess_stream"] = generator.bit_generator.state["state"]["state"]
        state["stream"] = stream_state(c.seed, trial, Purpose.EXAM)
        for name, value in {
            "phase": contract.TRAINING,
            "cap": c.cap,
            "set": c.stop.sequences,
            "tolerance": c.task.tolerance,
            "guesses": 1,
            "to_test": c.test,
        }.items():
            state["lane"][name] = value

    def record(self, key: TrialKey, conditions: Conditions, state: Any) -> TrialRecord:
        """See `Lanes`; there is no learning curve."""
        lane = state["lane"]
        tested = int(lane["tested"])
        over = lane["phase"] == contract.OVER
        return TrialRecord(
            key=key,
            conditions=conditions,
            status=self._STATUS[int(lane["outcome"])] if over else Status.INTERRUPTED,
            sequences=int(lane["sequences"]),
            steps=int(lane["steps"]),
            seconds=float(lane["seconds"]),
            wrong=int(lane["test_wrong"]) if tested else None,
            tested=tested,
            test_error=float(lane["test_error"]) / tested if tested else None,
            curve=np.zeros((0, 3)),
            column=np.array(state["column"]),
            guesses=int(lane["guesses"]),
        )

    def guesses(self, lane: Any) -> int:
        """See `Lanes`."""
        return int(lane["guesses"])

    def error(self, conditions: Conditions, lane: Any) -> float:
        """See `Lanes`."""
        return math.nan


_KINDS: dict[str, Lanes] = {"online": OnlineLanes(), "search": SearchLanes()}


def lanes_of(learner: Learner) -> Lanes:
    """The lanes of the driver for learners of this kind."""
    return _KINDS[learner.kind]


def _curve(state: Any) -> np.ndarray:
    """Points (sequences so far, mean error, share wrong); the last may be of a shorter stretch."""
    lane = state["lane"]
    counts = np.full(int(lane["points"]), int(lane["stretch"]))
    if lane["filled"]:
        counts = np.append(counts, int(lane["filled"]))
    sums = state["curve"][: len(counts)]
    return np.column_stack([np.cumsum(counts), sums / counts[:, None]])
