"""One trial: a network, a seed, a stop rule, a cap; and what became of it."""

from dataclasses import dataclass

import numpy as np

from longlag.errors import InputError
from longlag.experiments.kinds import Kind, kind_of
from longlag.experiments.stop import Status as Status
from longlag.experiments.stop import StopRule
from longlag.learners.base import Learner
from longlag.tasks.base import Task


@dataclass(frozen=True)
class Conditions:
    """Everything that determines the bits of a trial, but for its number."""

    task: Task
    learner: Learner
    stop: StopRule
    cap: int  #: most training sequences, or guesses of a search learner
    test: int  #: fresh sequences that a solved network is tested on
    dtype: str  #: "float32" or "float64"
    seed: int  #: of the study

    def __post_init__(self):
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
    """Which trial of which study."""

    experiment: str
    row: str
    reading: str
    trial: int  #: counted from 0


@dataclass(frozen=True)
class TrialRecord:
    """What became of a trial."""

    key: TrialKey
    conditions: Conditions
    status: Status
    sequences: int  #: training sequences presented
    steps: int  #: time steps in them
    seconds: float  #: wall-clock time from its first to its last step, shared with other lanes
    wrong: int | None  #: test sequences answered incorrectly; None unless tested
    tested: int  #: test sequences presented
    test_error: float | None  #: mean absolute error over them
    curve: (
        np.ndarray
    )  #: (points, 3) float64: sequences so far, mean absolute error and share wrong of the stretch
    column: np.ndarray  #: the network at the end: the rows that the learner's layout keeps
    guesses: int | None = None  #: networks tried, by a search learner

    @property
    def to_success(self) -> int:
        """What is counted until the stop rule is met: see `Kind.counted`."""
        return getattr(self, self.conditions.kind.counted)
