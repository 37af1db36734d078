"""One trial: a network, a seed, a stop rule, a cap; and what became of it."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.errors import InputError, check_fields
from longlag.experiments.kinds import Kind, kind_of
from longlag.experiments.stop import Status as Status
from longlag.experiments.stop import StopRule
from longlag.learners.base import Learner
from longlag.tasks.base import Task


@dataclass(frozen=True)
class Conditions:
    """Everything that determines the bits of a trial, but for its number.

    Args:
        task: what is to be learned
        learner: who learns; inputs, outputs and coding are those of the task
        stop: when a trial counts as solved; `Recent` or `Exam`, of a search learner `TrainingSet`
        cap: most training sequences of a trial, or guesses of a search learner, from 1 to 1e12
        test: fresh sequences that a solved network is tested on, from 1 to 1e9
        dtype: of the numbers of a network, "float32" or "float64"
        seed: of the study, from 0 to 9223372036854775807 (2**63 - 1)
    """

    task: Task
    learner: Learner
    stop: StopRule
    cap: Annotated[int, Meta(ge=1, le=10**12)]
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

    @property
    def kind(self) -> Kind:
        """The kind of learning."""
        return kind_of(self.learner)


@dataclass(frozen=True)
class TrialKey:
    """Which trial of which study.

    Args:
        experiment: its name
        row: the name of the row of the experiment
        reading: the name of the reading
        trial: its number, counted from 0
    """

    experiment: str
    row: str
    reading: str
    trial: int


@dataclass(frozen=True)
class TrialRecord:
    """What became of a trial.

    Args:
        key: which trial it is
        conditions: what it ran under
        status: how it ended
        sequences: training sequences presented
        steps: time steps in these sequences
        seconds: wall-clock time from the first step of the trial to the last, shared with the
            trials in other lanes
        wrong: test sequences answered incorrectly; None unless tested
        tested: test sequences presented
        test_error: mean absolute error over the test sequences; None unless tested
        curve: the learning curve, of shape (points, 3), float64: sequences so far, then mean
            absolute error and share wrong since the point before
        column: the network at the end, of shape (rows,): the rows that the learner's layout keeps
        guesses: networks tried by a search learner; None (the default) of others
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

    @property
    def to_success(self) -> int:
        """What is counted until the stop rule is met: see `Kind.counted`."""
        return getattr(self, self.conditions.kind.counted)
