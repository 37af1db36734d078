"""What those who write, draw or save predictions may ask of a stream."""

from typing import Protocol

import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.course import Course
from longlag.forecasting.question import Question
from longlag.forecasting.series import Measures, Series
from longlag.forecasting.target_times import TargetTimes


class StreamView(Protocol):
    """One stream: an `Evaluation`, or one of those that a fleet keeps in its records."""

    @property
    def question(self) -> Question:
        """What is predicted."""
        ...

    @property
    def series(self) -> Series:
        """What is predicted: its names, and how it is written."""
        ...

    @property
    def times(self) -> TargetTimes | None:
        """When the next rows come, if the rows have times."""
        ...

    @property
    def learned_rows(self) -> int:
        """Rows of all runs."""
        ...

    @property
    def rows(self) -> int:
        """Rows in this run."""
        ...

    @property
    def judged(self) -> int:
        """Predictions of the first head that were scored."""
        ...

    @property
    def said(self) -> np.ndarray:
        """The answers (horizon, columns) whose targets have not come."""
        ...

    @property
    def recent(self) -> np.ndarray:
        """Number, target and answer of the latest rows, maybe with the ends of intervals."""
        ...

    @property
    def latest_times(self) -> list[str]:
        """Of the rows in `recent`, as far as they are kept."""
        ...

    @property
    def model(self) -> StreamEstimator:
        """The network, which may have learned nothing."""
        ...

    @property
    def course(self) -> Course:
        """The errors along the stream."""
        ...

    @property
    def by_clock(self) -> ErrorsByClock | None:
        """The errors by the hour and the weekday, if they are to be shown."""
        ...

    def tables(self) -> list[list[Measures]]:
        """See `Series.tables`."""
        ...
