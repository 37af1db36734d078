"""The series that is predicted: its targets so far, naive predictions of the next, and scores.

A series of numbers and a series of classes are two kinds of one object. No other part of
forecasting asks which kind it has. A series **codes** its targets as numbers: the code of a class
is its place among the classes, in the order in which they were first seen.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec
import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.stream import Stream
from longlag.forecasting.seasons import Places
from longlag.quoting import counted

Measures = dict[str, float | None]  #: of one predictor, by name; None where one is not defined

DIGITS = 9  #: of a prediction that are written: as many as single precision can tell apart


class Head(NamedTuple):
    """One thing that is predicted."""

    target: str
    horizon: int


class Judged(NamedTuple):
    """How predictions of some targets fared, those of the first head."""

    errors: np.ndarray  #: (rows, predictors), where there are all of them
    rows: np.ndarray  #: (n,), whether there are all of them
    answers: np.ndarray  #: (n,), coded as targets are


class Past(NamedTuple):
    """Some rows of a series, and what is known of the series when each row is answered."""

    #: (n,) or (n, outputs), coded: those of the step that was taken `Series.horizon` rows before
    targets: np.ndarray
    came: np.ndarray  #: (n,) or (n, targets), coded: those of these rows
    given: np.ndarray  #: of the shape of `came`, whether there is a target
    origins: np.ndarray  #: (n, `Series.origins`), what the network predicts the departures from
    feedback: np.ndarray  #: (n, columns), what the network is told
    naive: np.ndarray  #: (n, `Series.naive`), naive predictions of the target, for `Series.judge`
    rivals: np.ndarray  #: (n, columns), forecasts for `Series.blended`


class Series(ABC):
    """The targets of one stream so far, and the scores of predictions of them."""

    kind: ClassVar[Literal["numbers", "classes"]]
    estimator: ClassVar[type[StreamEstimator]]  #: that learns such targets
    missing: ClassVar[float]  #: code of a target that is missing
    unanswered: ClassVar[float]  #: the numbers in an answer before the network has learned
    predictors: ClassVar[tuple[str, ...]]  #: in the order of their scores
    measures: tuple[str, ...]  #: names of the scores
    written: tuple[str, ...]  #: names of the columns that `texts` fills

    origins = 0  #: columns of origins
    #: columns of feedback that the first row brings; None for all, however many there are
    first_names: ClassVar[int | None] = None

    def __init__(
        self, horizons: tuple[int, ...], targets: tuple[str, ...], classes: list[str], width: int
    ) -> None:
        #: rows ahead, growing; with 0 alone, a row is answered before its target has come
        self.horizons = horizons
        self.targets = targets  #: their names
        self.classes = classes  #: in the order of their codes; none of numbers
        self.width = width  #: columns of an answer of the network
        self.interval: float | None = None  #: share of the targets in intervals, if there are any
        self.judged = 0  #: predictions that were scored, of the first head

    @property
    def horizon(self) -> int:
        """The farthest horizon: so many rows later a step is learned."""
        return self.horizons[-1]

    @property
    def heads(self) -> list[Head]:
        """What is predicted, in the order of targets, then of horizons."""
        return [Head(target, each) for target in self.targets for each in self.horizons]

    @classmethod
    def model(cls, horizon: int, **parameters: Any) -> StreamEstimator:
        """A network that begins to learn such targets, `horizon` rows ahead."""
        return cls.estimator(**parameters)

    @property
    def columns(self) -> int:
        """Columns of an answer: those of the network, each with two ends of its interval."""
        return self.width * (1 if self.interval is None else 3)

    @cached_property
    def outputs(self) -> list[str]:
        """The outputs of the network, by name, unless it finds them in the targets."""
        return []

    def none(self, rows: int) -> np.ndarray:
        """Targets of the network at some steps, all of them missing."""
        return np.full((rows, self.width) if self.outputs else rows, self.missing, np.float64)

    @property
    @abstractmethod
    def naive(self) -> int:
        """Columns of naive predictions."""

    @abstractmethod
    def names(self) -> list[str]:
        """Names for the columns of feedback."""

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

    def due(self, window: np.ndarray, rows: int) -> np.ndarray:
        """Of answers or naive predictions (horizon + rows, n), what was said of the last rows."""
        return window[:rows]

    @abstractmethod
    def judge(self, answers: np.ndarray, naive: np.ndarray, targets: np.ndarray) -> Judged:
        """Score answers (n, columns) and naive predictions, as `due` gives them, of targets.

        All predictors are scored on the same rows: those with a target and an answer of each.
        """

    @property
    @abstractmethod
    def scores(self) -> list[np.ndarray]:
        """For each head, the sums (n,) that its measures are made of."""

    @abstractmethod
    def measured(self, scores: np.ndarray) -> list[Measures]:
        """The measures of each predictor at a head, over all rows of some series.

        From scores (series, n); None where a measure is not defined.
        """

    def tables(self) -> list[list[Measures]]:
        """For each head, the measures of each predictor."""
        return [self.measured(each[None, :]) for each in self.scores]

    def table(self) -> list[Measures]:
        """`tables` of the first head."""
        return self.tables()[0]

    @abstractmethod
    def texts(self, answers: np.ndarray) -> list[list[list[str]]]:
        """For each head, columns of answers (n, columns) as they are written; "" for none."""

    @abstractmethod
    def target_texts(self, targets: Any) -> list[list[str]]:
        """A column for each target, as a reader gives them, as they are written."""

    @abstractmethod
    def state(self) -> Sequence[msgspec.Struct]:
        """What a series goes on from, given to its constructor; scores begin anew."""


def as_columns(rows: np.ndarray) -> np.ndarray:
    """Rows (n, columns), from those or from a single column (n,)."""
    return rows[:, None] if rows.ndim == 1 else rows


def ahead(horizon: int) -> str:
    """How far a prediction reaches, in words.

    >>> ahead(1), ahead(24)
    ('1 row ahead', '24 rows ahead')
    """
    return f"{counted(horizon, 'row')} ahead"
