"""When a trial ends: stop rules, by which it counts as solved, and the ways to end."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from longlag.errors import check_fields, check_whole

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Limit = Annotated[float, Meta(gt=0)]  #: of a mean absolute error


class Status(StrEnum):
    """How a trial ended. Outcomes are values, not exceptions."""

    SOLVED = "solved"
    CAP = "cap"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"

    @property
    def message(self) -> str:
        """What happened, and what to do about it."""
        return {
            "solved": "met its stop rule",
            "cap": "reached its cap before it met its stop rule: raise the cap to go on",
            "diverged": "has weights that are not finite any more: lower the learning rate",
            "interrupted": "is not over: run the same command again to resume it",
        }[self]


@dataclass(frozen=True)
class Recent:
    """Solved when the most recent training sequences went well.

    Of the last `window` sequences fewer than `wrong_below` were answered incorrectly, and their
    mean absolute error is below `average_below`. With the defaults this is the rule of Experiment
    4: the last 2000 sequences all correct and an average training error below 0.01. The paper
    leaves open the window and the norm of that average; here both are those of the first condition.

    Args:
        window: training sequences, from 1 to 1e6; 2000 by default
        wrong_below: sequences of the window, from 1 to `window`; 1 by default
        average_below: a mean absolute error, a number above 0; 0.01 by default; infinity switches
            the condition off
    """

    window: Annotated[int, Meta(ge=1, le=1_000_000)] = 2000
    wrong_below: Annotated[int, Meta(ge=1)] = 1
    average_below: Limit = 0.01

    name: ClassVar[str] = "recent"
    every: ClassVar[int] = 0  #: training sequences between exams: there are none
    sequences: ClassVar[int] = 0

    def __post_init__(self):
        check_fields(self)
        check_whole("wrong_below of recent", self.wrong_below, 1, self.window)


@dataclass(frozen=True)
class Exam:
    """Solved when the network, its weights frozen, passes an exam on sequences of its own.

    After each `every` training sequences it answers `sequences` others, which are not learned from
    and not counted. It passes where fewer than `wrong_below` were answered incorrectly and their
    mean absolute error is below `average_below`; the exam is broken off once it cannot be passed.
    Every exam draws new sequences, unless the task enumerates what it is tested on.

    Args:
        every: training sequences between two exams, from 1 to 1e9; 1000 by default
        sequences: of an exam, from 1 to 1e9; 256 by default
        wrong_below: sequences of an exam, from 1 to `sequences`; 1 by default
        average_below: a mean absolute error, a number above 0; infinity by default, which switches
            the condition off
    """

    every: Count = 1000
    sequences: Count = 256
    wrong_below: Annotated[int, Meta(ge=1)] = 1
    average_below: Limit = float("inf")

    name: ClassVar[str] = "exam"
    window: ClassVar[int] = 100  #: training sequences that the error on display is the mean of

    def implies(self, other: "StopRule") -> bool:
        """Whether who passes has passed the other rule's exam too, this one or one before."""
        return (
            isinstance(other, Exam)
            and (self.every, self.sequences) == (other.every, other.sequences)
            and self.wrong_below <= other.wrong_below
            and self.average_below <= other.average_below
        )

    def __post_init__(self):
        check_fields(self)
        check_whole("wrong_below of exam", self.wrong_below, 1, self.sequences)


@dataclass(frozen=True)
class TrainingSet:
    """Solved when a network is right on every sequence of a training set: for search learners.

    The set is drawn once for each trial. The cap of a trial then counts networks tried.

    Args:
        sequences: of the set, from 1 to 1e9; 100 by default
    """

    sequences: Count = 100

    name: ClassVar[str] = "training-set"
    window: ClassVar[int] = 0  #: nothing is learned, so there is no recent error

    def __post_init__(self):
        check_fields(self)


StopRule = Recent | Exam | TrainingSet
