"""Stop rules, which decide when a trial is solved, and the statuses with which a trial ends."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from longlag.contract import MOST_LESSONS
from longlag.errors import InputError, check_fields, check_whole
from longlag.registry import added

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Limit = Annotated[float, Meta(gt=0)]  #: of a mean absolute error


class Status(StrEnum):
    """How a trial ended, as a value instead of an exception."""

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

    Two conditions hold for the last `window` sequences: fewer than `wrong_below` were answered
    incorrectly, and the mean absolute error is below `average_below`. The defaults are the rule of
    Experiment 4: the last 2000 sequences are all correct and the average training error is below
    0.01. The paper does not say over which window, and in which norm, the error is averaged; here
    the window and the absolute error of the first condition are used.

    Args:
        window: training sequences, from 1 to 1e6; 2000 by default
        wrong_below: limit of wrong sequences in the window, from 1 to `window`; 1 by default
        average_below: limit of the mean absolute error, a number above 0; 0.01 by default; infinity
            switches the condition off
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
    """Solved when the network, with frozen weights, passes an exam on separate sequences.

    After every `every` training sequences the network answers `sequences` exam sequences. It does
    not learn from exam sequences, and they are not counted. The network passes if fewer than
    `wrong_below` answers are wrong and the mean absolute error is below `average_below`. An exam
    ends early once it cannot be passed. Every exam draws new sequences, unless the task enumerates
    its test sequences.

    Args:
        every: training sequences between two exams, from 1 to 1e9; 1000 by default
        sequences: sequences of an exam, from 1 to 1e9; 256 by default
        wrong_below: limit of wrong sequences in an exam, from 1 to `sequences`; 1 by default
        average_below: limit of the mean absolute error, a number above 0; infinity by default,
            which switches the condition off
    """

    every: Count = 1000
    sequences: Count = 256
    wrong_below: Annotated[int, Meta(ge=1)] = 1
    average_below: Limit = float("inf")

    name: ClassVar[str] = "exam"
    window: ClassVar[int] = 100  #: training sequences over which the displayed error is averaged

    def implies(self, other: "StopRule") -> bool:
        """Whether a network that passes has passed the other rule's exam too, now or earlier."""
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
    """Solved when a network is correct on every sequence of a training set.

    For search learners, whose cap counts the networks tried, and for batch learners, whose cap
    counts the sequences presented. The set is drawn once for each trial.

    A batch learner can be taught in lessons, as in Fahlman (1991). A lesson is a part of the set:
    the first has the first sequences, the next lesson those after them. When a whole pass over a
    lesson was right, the lesson is set aside and the next begins; after the last lesson comes the
    whole set. The network keeps what it has learned, and its learner is told nothing. Lessons are
    for tasks that enumerate their training set, such as `Morse`: other tasks draw new sequences for
    each lesson.

    Args:
        sequences: sequences of the training set, from 1 to 1e9; 100 by default
        lessons: sequences of each lesson, at most 15 lessons within the set; () by default
    """

    sequences: Count = 100
    lessons: tuple[Count, ...] = added(())

    name: ClassVar[str] = "training-set"
    window: ClassVar[int] = 0  #: the displayed error is that of the last pass

    def __post_init__(self):
        check_fields(self)
        if len(self.lessons) > MOST_LESSONS or sum(self.lessons) > self.sequences:
            raise InputError(
                f"lessons of training-set must be at most {MOST_LESSONS}, with at most "
                f"{self.sequences} sequences in all, got {len(self.lessons)} with "
                f"{sum(self.lessons)}: give fewer, or a larger set"
            )


@dataclass(frozen=True)
class ExamWhenReady:
    """For batch learners: solved when the network passes an exam, once its learner is ready for it.

    The learner goes through a training set of `set` sequences in passes, and says after which of
    them its network may be examined. The exam itself is that of `Exam`.

    Args:
        set: sequences of the training set, from 1 to 1e9; 256 by default
        sequences: sequences of an exam, from 1 to 1e9; 256 by default
        wrong_below: limit of wrong sequences in an exam, from 1 to `sequences`; 1 by default
        average_below: limit of the mean absolute error, a number above 0; infinity by default,
            which switches the condition off
    """

    set: Count = 256
    sequences: Count = 256
    wrong_below: Annotated[int, Meta(ge=1)] = 1
    average_below: Limit = float("inf")

    name: ClassVar[str] = "exam-when-ready"
    window: ClassVar[int] = 0  #: the displayed error is that of the last pass

    def __post_init__(self):
        check_fields(self)
        check_whole("wrong_below of exam-when-ready", self.wrong_below, 1, self.sequences)


@dataclass(frozen=True)
class GrowingSet:
    """For online learners: solved when a network is right on a training set that it meets in parts.

    The network learns the first sequences of the set, in order, in passes. A cycle ends after
    `passes` passes, or with one without a wrong answer. Then the network answers the whole set with
    frozen weights, which is not counted. If some answers are wrong, the first of these sequences
    that were not shown before join the others, `more` at most, and the next cycle begins. The
    defaults are those of Giles et al. (1992).

    The set is the one of a batch learner. A task must enumerate it, unless all of it is shown from
    the beginning.

    Args:
        first: sequences shown in the first cycle, from 1 to `sequences`; 30 by default
        more: sequences that join after a cycle, from 0 to 1e9; 10 by default
        passes: most passes of a cycle, from 1 to 1e9; 10 by default
        cycles: most cycles, from 1 to 1e9; 20 by default
        sequences: sequences of the whole set, from 1 to 1e6; 1000 by default
    """

    first: Annotated[int, Meta(ge=1)] = 30
    more: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 10
    passes: Count = 10
    cycles: Count = 20
    sequences: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000

    name: ClassVar[str] = "growing-set"
    window: ClassVar[int] = 0  #: the displayed error is that of the last pass
    average_below: ClassVar[float] = float("inf")

    def __post_init__(self):
        check_fields(self)
        check_whole("first of growing-set", self.first, 1, self.sequences)


StopRule = Recent | Exam | TrainingSet | ExamWhenReady | GrowingSet
