"""The series that is predicted: its targets so far, naive predictions of the next, and scores.

A series of numbers and a series of classes are two kinds of one object. No other part of
forecasting asks which kind it has. A series **codes** its targets as numbers: the code of a class
is its place among the classes, in the order in which they were first seen.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple, Self

import msgspec
import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.stream import Stream
from longlag.forecasting.seasons import Places


class Past(NamedTuple):
    """Some rows of a series, and what is known of the series when each row is answered."""

    targets: np.ndarray  #: (n,), coded
    given: np.ndarray  #: (n,), whether there is a target
    origins: np.ndarray  #: (n, 1), what the network predicts the departure from; or (n, 0)
    feedback: np.ndarray  #: (n, columns), what the network is told
    naive: np.ndarray  #: (n, `Series.naive`), naive predictions of the target, for `Series.judge`
    rivals: np.ndarray  #: (n, columns), forecasts for `Series.blended`


class Series(ABC):
    """The targets of one stream so far, and the scores of predictions of them."""

    kind: ClassVar[Literal["numbers", "classes"]]
    estimator: ClassVar[type[StreamEstimator]]  #: that learns such targets
    missing: ClassVar[float]  #: code of a target that is missing
    unanswered: ClassVar[float]  #: the numbers in an answer before the network has learned
    origins: ClassVar[int]  #: columns of origins
    predictors: ClassVar[tuple[str, ...]]  #: in the order of their scores
    measures: tuple[str, ...]  #: names of the scores
    written: tuple[str, ...]  #: names of the columns that `texts` fills

    def __init__(self, horizon: int, classes: list[str], width: int) -> None:
        self.horizon = horizon  #: rows ahead; with 0, a row is answered before its target has come
        self.classes = classes  #: in the order of their codes; none of numbers
        self.width = width  #: columns of an answer of the network
        self.interval: float | None = None  #: share of the targets in intervals, if there are any
        self.judged = 0  #: predictions that were scored

    @classmethod
    def model(cls, horizon: int, **parameters: Any) -> StreamEstimator:
        """A network that begins to learn such targets, `horizon` rows ahead."""
        return cls.estimator(**parameters)

    @property
    def columns(self) -> int:
        """Columns of an answer: those of the network, and two ends of an interval."""
        return self.width + (0 if self.interval is None else 2)

    @property
    @abstractmethod
    def naive(self) -> int:
        """Columns of naive predictions."""

    @abstractmethod
    def names(self, target: str) -> list[str]:
        """Names for the columns of feedback on a target of this name."""

    @abstractmethod
    def add(self, targets: Any, places: Places) -> Iterator[Past]:
        """The past at each row, when the row is answered.

        The rows come in pieces: a row with a new class begins a piece.
        """

    @abstractmethod
    def learnable(self, steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Whether the network learns from each of the coded targets (n,) of the first steps."""

    @abstractmethod
    def answer(
        self, stream: Stream, places: list[int], steps: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """Answers (n, width) at steps, by `Stream.step` with coded targets.

        A step is a row of origins, features and feedback; `places` says where the features of the
        stream stand in it.
        """

    def blended(self, answers: np.ndarray, past: Past) -> np.ndarray:
        """Answers (n, columns) at some rows, from those of the network (n, width)."""
        return answers

    @abstractmethod
    def judge(
        self, answers: np.ndarray, naive: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score answers (n, columns) and naive predictions, both given before, of targets (n,).

        All predictors are scored on the same rows: those with a target and an answer of each.
        Returns the errors (rows, predictors) there, and the answers (n,) as a target is coded.
        """

    @abstractmethod
    def table(self) -> list[dict[str, float | None]]:
        """The measures of each predictor; None where they are not defined."""

    @abstractmethod
    def texts(self, answers: np.ndarray) -> list[list[str]]:
        """Columns of answers (n, columns) as they are written; "" where there is no answer."""

    @abstractmethod
    def target_texts(self, targets: Any) -> list[str]:
        """Targets, as a reader gives them, as they are written."""

    @abstractmethod
    def state(self) -> msgspec.Struct:
        """The state that `from_state` goes on from; it has no scores, which begin anew."""

    @classmethod
    @abstractmethod
    def from_state(cls, state: Any, horizon: int, interval: float | None = None) -> Self:
        """The series of a state, None before its first row.

        Raises `ValueError` for a state that no series has.
        """
