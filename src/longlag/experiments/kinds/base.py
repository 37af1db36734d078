"""The base class of kinds of learning."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from longlag.compiled.driver import Driver
from longlag.contract import OVER
from longlag.engine.lane_state import CAP, DIVERGED, SOLVED, UNDECIDED, Sizes
from longlag.experiments.stop import Status, StopRule
from longlag.learners.base import Learner
from longlag.simd.random import Purpose

if TYPE_CHECKING:  # conditions name their kind, and a kind is asked about conditions
    from longlag.experiments.trial import Conditions


Fields = np.ndarray | np.void  #: one record with named fields: the state of a trial or a lane


class Kind(ABC):
    """A kind of learning: its driver, its stop rules, its counts, and the outcome of a trial.

    The driver runs trials in lanes. Between two chunks a lane consists of its network, its record
    in `lane`, and its part of the arrays that `columns` and `rows` name: arrays of shape (n, lanes)
    and arrays of shape (lanes, ...).
    """

    name: ClassVar[str]  #: `kind` of its learners
    stop_rules: ClassVar[tuple[type[StopRule], ...]]  #: the possible stop rules of a trial
    counted: ClassVar[str]  #: the field of a lane that counts until a trial is solved
    counts: ClassVar[str]  #: the same, in the words of a caption
    curves: ClassVar[bool]  #: whether a trial has a learning curve
    #: Whether each attempt succeeds with the same probability, whatever came before.
    geometric: ClassVar[bool]
    of_trial: ClassVar[str]  #: how trials differ from each other, in the words of a caption

    lane: ClassVar[np.dtype]
    columns: ClassVar[tuple[str, ...]]
    rows: ClassVar[tuple[str, ...]]
    fresh: ClassVar[Mapping[str, Purpose]]  #: streams that are seeded again instead of stored

    @abstractmethod
    def allocate(self, conditions: "Conditions", lanes: int) -> Any:
        """Empty arrays of the driver."""

    @abstractmethod
    def compile(self, conditions: "Conditions", lanes: int) -> Driver:
        """advance(arrays, chunks) -> chunks run."""

    def parts(self, conditions: "Conditions") -> list[tuple]:
        """Name, type and shape of a lane's part of `columns`, then of `rows`.

        The columns are the memory of the task, the clock, and streams.
        """
        memory, clock, *streams = self.columns
        return [
            (memory, np.float64, (conditions.task.memory,)),
            (clock, np.float64, (2,)),
            *((stream, np.uint64, (4,)) for stream in streams),
        ]

    def window(self, conditions: "Conditions") -> int:
        """Sequences of which a lane keeps something, the same number in all lanes."""
        return conditions.stop.window

    @abstractmethod
    def begin(self, conditions: "Conditions", trial: int, state: Fields) -> None:
        """Write a trial before its first step to the empty `state`."""

    def outcome(self, conditions: "Conditions", state: Fields) -> dict[str, Any]:
        """The outcome of a trial, final or so far, as fields of a `TrialRecord`.

        Without a learning curve; what was answered in an exam is no test.
        """
        lane = state["lane"]
        tested = int(lane["tested"]) if lane["outcome"] == SOLVED else 0
        return {
            "status": status_of(lane),
            "sequences": int(lane["sequences"]),
            "steps": int(lane["steps"]),
            "seconds": float(lane["seconds"]),
            "wrong": int(lane["test_wrong"]) if tested else None,
            "tested": tested,
            "test_error": float(lane["test_error"]) / tested if tested else None,
            "curve": np.zeros((0, 3)),
        }

    def error(self, conditions: "Conditions", lane: Fields) -> float:
        """The mean absolute error of the last sequences or the last pass, NaN if unknown."""
        return float(lane["last_error"])


def sizes(conditions: "Conditions") -> Sizes:
    """The sizes for which a driver is compiled."""
    task, row = conditions.task, conditions.learner.layout.start("outputs")
    return Sizes(task.width, task.outputs, task.extras, row, task.targets == "end")


def made_of(conditions: "Conditions", lanes: int) -> tuple:
    """The key of a compiled driver; see `longlag.compiled.key`."""
    task, learner = type(conditions.task), conditions.learner
    return "driver", task, type(learner), learner.structure, lanes, sizes(conditions)


_STATUS = {
    UNDECIDED: Status.INTERRUPTED,
    SOLVED: Status.SOLVED,
    CAP: Status.CAP,
    DIVERGED: Status.DIVERGED,
}


def status_of(lane: Fields) -> Status:
    """The status of the trial in a lane, interrupted unless the trial is over."""
    return _STATUS[int(lane["outcome"])] if lane["phase"] == OVER else Status.INTERRUPTED


def write_network(state: Fields, learner: Learner, generator: np.random.Generator) -> None:
    """Write a new network, which `generator` draws."""
    state["column"] = learner.start(generator)[: len(state["column"])]


def write_lane(state: Fields, **values: object) -> None:
    """Write fields of the record in `lane`; the others stay."""
    for name, value in values.items():
        state["lane"][name] = value
