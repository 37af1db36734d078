"""One trial: its conditions, its key and its record."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.errors import InputError, check_fields
from longlag.experiments.kinds import Kind, kind_of
from longlag.experiments.stop import GrowingSet, StopRule, TrainingSet
from longlag.experiments.stop import Status as Status
from longlag.experiments.tables import Cap
from longlag.learners.base import Learner
from longlag.tasks.base import Task


@dataclass(frozen=True)
class Conditions:
    """Everything that determines the bits of a trial, except the number of the trial.

    Args:
        task: the task to learn
        learner: the learner; inputs, outputs and coding must be those of the task
        stop: the stop rule: `Recent`, `Exam` or `GrowingSet`, for a search learner
            `TrainingSet`, for a batch learner `TrainingSet` or `ExamWhenReady`
        cap: most training sequences of a trial, or guesses of a search learner, from 1 to 1e12; a
            batch learner counts a sequence as often as it presents it
        test: fresh sequences in the test of a solved network, from 1 to 1e9
        dtype: type of the numbers in a network, "float32" or "float64"
        seed: seed of the study, from 0 to 9223372036854775807 (2**63 - 1)
    """

    task: Task
    learner: Learner
    stop: StopRule
    cap: Cap
    test: Annotated[int, Meta(ge=1, le=10**9)]
    dtype: Literal["float32", "float64"]
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)]

    def __post_init__(self):
        check_fields(self)
        rules = self.kind.stop_rules
        if not isinstance(self.stop, rules):
            wanted = " or ".join(rule.name for rule in rules)
            raise InputError(
                f"learner {self.learner.name} needs the stop rule {wanted}, got {self.stop.name}"
            )
        if isinstance(self.stop, TrainingSet) and self.stop.lessons and self.kind.name != "batch":
            raise InputError(
                "lessons of training-set are for batch learners, which "
                f"{self.learner.name} is not: leave them out"
            )
        if isinstance(self.stop, GrowingSet):
            whole = self.stop.first == self.stop.sequences
            if not whole and not self.task.enumerates:
                raise InputError(
                    f"growing-set needs a task that enumerates its training set, got "
                    f"{self.task.name}: show the whole set from the beginning, with first = "
                    f"{self.stop.sequences}"
                )

    @property
    def kind(self) -> Kind:
        """The kind of learning."""
        return kind_of(self.learner, self.stop)


@dataclass(frozen=True)
class TrialKey:
    """The key of a trial.

    Args:
        experiment: name of the experiment
        row: name of the row
        reading: name of the reading
        trial: number of the trial, counted from 0
    """

    experiment: str
    row: str
    reading: str
    trial: int


@dataclass(frozen=True)
class TrialRecord:
    """The record of a trial.

    Args:
        key: the key of the trial
        conditions: the conditions of the trial
        status: how the trial ended
        sequences: training sequences presented
        steps: time steps in the training sequences
        seconds: wall-clock time from the first step of the trial to the last, shared with the
            trials in other lanes
        wrong: test sequences answered incorrectly; None unless tested
        tested: test sequences presented
        test_error: mean absolute error over the test sequences; None unless tested
        curve: the learning curve, of shape (points, 3), float64: sequences so far, then mean
            absolute error and share wrong since the previous point
        column: the final network, of shape (rows,), in the order of the learner's layout, without
            scratch rows
        guesses: networks tried by a search learner; None (the default) for other learners
        memory: most bytes of the process that trained a module of PyTorch; None (the default) for
            learners of the library
    """

    key: TrialKey
    conditions: Conditions
    status: Status
    sequences: int
    steps: int
    seconds: float
    wrong: int | None
    tested: int
    test_error: float | None
    curve: np.ndarray
    column: np.ndarray
    guesses: int | None = None
    memory: int | None = None

    @property
    def to_success(self) -> int:
        """The sequences or guesses until the stop rule was met, see `Kind.counted`."""
        return getattr(self, self.conditions.kind.counted)
