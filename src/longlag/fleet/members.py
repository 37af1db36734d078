"""One series of a fleet, as the terminal, the pages and the files of predictions see it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.forecasting import class_scores, number_scores
from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.course import Course
from longlag.forecasting.question import Question
from longlag.forecasting.series import Measures, Series
from longlag.forecasting.stream_view import StreamView
from longlag.forecasting.target_times import TargetTimes

if TYPE_CHECKING:
    from longlag.fleet.groups import FleetGroups


class Kept(Protocol):
    """What is kept of the answers to each series."""

    @property
    def said(self) -> np.ndarray:
        """The answers (series, horizon, columns) whose targets have not come."""
        ...

    @property
    def counts(self) -> np.ndarray:
        """Rows, whether the network has learned, and rows of this run (series, 3)."""
        ...

    @property
    def scores(self) -> np.ndarray:
        """The scores (series, n), of which the first is the number of answers judged."""
        ...

    @property
    def recent(self) -> np.ndarray:
        """Targets and answers (series, rows, 2) of the latest rows, of row n at n % rows."""
        ...


class Member(StreamView, ABC):
    """One series of a fleet."""

    measured: ClassVar[int]  #: the first score of the first measure, one for each predictor

    def __init__(self, groups: "FleetGroups[Any, Any]", name: str, slot: int):
        self._groups, self._name, self._slot = groups, name, slot

    @property
    def question(self) -> Question:
        """See `StreamView`."""
        return self._groups.question

    @property
    def series(self) -> Series:
        """See `StreamView`."""
        return self._groups.series

    @property
    def times(self) -> TargetTimes | None:
        """See `StreamView`."""
        return self._groups.calendars.times.get(self._name)

    @property
    def learned_rows(self) -> int:
        """See `StreamView`."""
        return int(self._groups.kept.counts[self._slot, 0])

    @property
    def rows(self) -> int:
        """See `StreamView`."""
        return int(self._groups.kept.counts[self._slot, 2])

    @property
    def judged(self) -> int:
        """See `StreamView`."""
        return int(self._scores[0, 0])

    @property
    def said(self) -> np.ndarray:
        """See `StreamView`."""
        return self._groups.kept.said[self._slot]

    @property
    def recent(self) -> np.ndarray:
        """Number, target and answer (n, 3) of the latest rows."""
        rows, recent = self.learned_rows, self._groups.kept.recent[self._slot]
        numbers = np.arange(max(0, rows - len(recent)), rows)
        found = recent[numbers % len(recent)]
        return np.column_stack([numbers + 1, found])

    @property
    def latest_times(self) -> list[str]:
        """None: the times of the rows in `recent` are not kept."""
        return []

    @property
    def model(self) -> StreamEstimator:
        """A network of the same parameters, which has learned nothing."""
        return self._groups.model

    @property
    def course(self) -> Course:
        """The errors of all groups along the stream."""
        return self._groups.course

    @property
    def by_clock(self) -> ErrorsByClock | None:
        """None: errors are not kept by the hour."""
        return None

    def tables(self) -> list[list[Measures]]:
        """See `StreamView`."""
        return [self.table(self._scores, self.question)]

    @staticmethod
    @abstractmethod
    def table(scores: np.ndarray, question: Question) -> list[Measures]:
        """The measures of each predictor over all rows of some series, from scores (series, n).

        None is not defined.
        """

    @property
    def _scores(self) -> np.ndarray:
        return self._groups.kept.scores[self._slot : self._slot + 1]


class NumberMember(Member):
    """One series of numbers."""

    measured = number_scores.ABSOLUTE

    @staticmethod
    def table(scores: np.ndarray, question: Question) -> list[Measures]:
        """See `Member.table`."""
        return number_scores.measures(scores, bounded=question.interval is not None)


class ClassMember(Member):
    """One series of classes."""

    measured = class_scores.RIGHT

    @property
    def series(self) -> Series:
        """See `Member.series`: with the classes of this series."""
        return self._groups.series_of(self._slot)

    @staticmethod
    def table(scores: np.ndarray, question: Question) -> list[Measures]:
        """See `Member.table`."""
        return class_scores.measures(scores)


class Members(Mapping[str, Member]):
    """All series by their names, in the order of their first rows."""

    def __init__(self, groups: "FleetGroups[Any, Any]"):
        self._groups = groups

    def __getitem__(self, name: str) -> Member:
        return self._groups.member(self._groups, name, self._groups.slots.of[name])

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self._groups.slots.of))

    def __len__(self) -> int:
        return len(self._groups.slots.of)
