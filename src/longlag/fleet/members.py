"""One series of a fleet, as the terminal, the pages and the files of predictions see it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.fleet import class_past
from longlag.fleet.answers import (
    ABSOLUTE,
    BOUNDED,
    DEVIATION,
    DEVIATIONS,
    HELD,
    JUDGED,
    PREDICTED,
    SQUARED,
)
from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.course import Course
from longlag.forecasting.question import Question
from longlag.forecasting.series import Series
from longlag.forecasting.target_times import TargetTimes

if TYPE_CHECKING:
    from longlag.fleet.groups import FleetGroups

Measures = dict[str, float | None]  #: of one predictor, by name


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


class Member(ABC):
    """A view of one series: `longlag.forecasting.evaluation.Evaluation` says the same of itself."""

    measured: ClassVar[int]  #: the first score of the first measure, one for each predictor

    def __init__(self, groups: "FleetGroups", name: str, slot: int):
        self._groups, self._name, self._slot = groups, name, slot

    @property
    def question(self) -> Question:
        """What is predicted."""
        return self._groups.question

    @property
    def series(self) -> Series:
        """What is predicted: its names, and how it is written."""
        return self._groups.series

    @property
    def times(self) -> TargetTimes | None:
        """When the next rows come, if the rows have times."""
        return self._groups.calendars.times.get(self._name)

    @property
    def learned_rows(self) -> int:
        """Rows of all runs."""
        return int(self._groups.kept.counts[self._slot, 0])

    @property
    def rows(self) -> int:
        """Rows in this run."""
        return int(self._groups.kept.counts[self._slot, 2])

    @property
    def judged(self) -> int:
        """Answers that were scored."""
        return int(self._scores[0, 0])

    @property
    def said(self) -> np.ndarray:
        """The answers (horizon, columns) whose targets have not come."""
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
        """See `Series.tables`."""
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
    """A view of one series of numbers."""

    measured = ABSOLUTE

    @staticmethod
    def table(scores: np.ndarray, question: Question) -> list[Measures]:
        """See `Member.table`: errors are compared with deviations from the mean of each series."""
        judged = scores[:, JUDGED]
        total = float(judged.sum())
        absolute, squares = (scores[:, first : first + PREDICTED] for first in (ABSOLUTE, SQUARED))
        spread = scores[:, DEVIATIONS] - scores[:, DEVIATION] ** 2 / np.maximum(1.0, judged)
        varied = spread > 0
        found: list[Measures] = [
            {
                "MAE": float(absolute[:, n].sum() / total) if total else None,
                "RMSE": float(np.sqrt(squares[:, n].sum() / total)) if total else None,
                "R2": float(1.0 - squares[varied, n].sum() / spread[varied].sum())
                if varied.any()
                else None,
            }
            for n in range(PREDICTED)
        ]
        if question.interval:
            for each in found:
                each["coverage"] = None  # naive predictions have no intervals
            bounded = float(scores[:, BOUNDED].sum())
            found[0]["coverage"] = float(scores[:, HELD].sum()) / bounded if bounded else None
        return found


class ClassMember(Member):
    """A view of one series of classes."""

    measured = class_past.RIGHT

    @property
    def series(self) -> Series:
        """See `Member.series`: with the classes of this series."""
        return self._groups.series_of(self._slot)

    @staticmethod
    def table(scores: np.ndarray, question: Question) -> list[Measures]:
        """See `Member.table`: accuracy, and the log loss where there is one."""
        judged, lost = scores[:, class_past.JUDGED].sum(), scores[:, class_past.LOST].sum()
        if not judged:
            return [dict.fromkeys(("accuracy", "log loss")) for _ in range(class_past.PREDICTED)]
        right = scores[:, class_past.RIGHT :][:, : class_past.PREDICTED].sum(axis=0) / judged
        losses = scores[:, class_past.LOSSES :][:, :2].sum(axis=0)
        ours, naive = (losses / lost).tolist() if lost else (None, None)
        return [
            {"accuracy": share, "log loss": loss}
            for share, loss in zip(right.tolist(), (ours, None, naive), strict=True)
        ]


class Members(Mapping[str, Member]):
    """All series by their names, in the order of their first rows."""

    def __init__(self, groups: "FleetGroups"):
        self._groups = groups

    def __getitem__(self, name: str) -> Member:
        return self._groups.member(self._groups, name, self._groups.slots.of[name])

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self._groups.slots.of))

    def __len__(self) -> int:
        return len(self._groups.slots.of)
