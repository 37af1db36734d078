"""A stream from its rows to its scores: predict, learn when the target has come, and judge.

The target of row t + h is predicted at row t, from what rows up to t tell: their features, and what
has come of the targets by then. It is learned once row t + h has come, as the target of the
network's step at row t. So a prediction never rests on a target that had not come when it was made,
through the network's weights or otherwise: the evaluation is prequential (Dawid 1984).

- h = 0: a step is learned at its own row, right after its answer.
- h = 1: the step of row t is learned when row t + 1 comes, and then row t + 1 is answered.
- h > 1: the network that learns stands behind. Every h rows it learns the h steps whose targets
  have come, and a copy of it goes ahead, through the rows without targets, to answer the next h
  rows. This costs two steps without learning for each one with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from longlag.errors import InputError, check_whole
from longlag.estimators.categories import Categories
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.features import Input
from longlag.estimators.stream import Stream
from longlag.forecasting.calendar import Calendar, Dated
from longlag.forecasting.classes import ClassSeries
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.seasons import Places
from longlag.forecasting.series import Series
from longlag.memory import check_memory
from longlag.readers.sources import Rows

RECENT = 400  #: of the latest rows are kept to be shown, judged or not


@dataclass(frozen=True)
class Question:
    """What is to be predicted from what."""

    target: str
    features: tuple[str, ...]  #: numbers, besides what has come of the targets
    horizon: int = 1  #: rows ahead, from 0
    classify: bool = False  #: the target is a class, not a number
    categories: tuple[str, ...] = ()  #: features that are texts
    interval: float | None = None  #: share of the targets that intervals are to hold

    def __post_init__(self):
        check_whole("horizon", self.horizon, 0, 100_000)
        if self.interval is not None:
            if self.classify:
                raise InputError("a class has no interval: leave out --interval")
            if not 0.01 <= self.interval <= 0.999:
                raise InputError(f"--interval must be from 0.01 to 0.999, got {self.interval}")

    @property
    def kind(self) -> type[Series]:
        """The kind of series that the target is."""
        return ClassSeries if self.classify else NumberSeries

    def names(self, series: Series, categories: Categories, calendar: Calendar | None) -> list[str]:
        """What the network sees: features, values of categories, parts of times, and feedback."""
        names = [*self.features, *categories.names(self.features)]
        names += calendar.names(names) if calendar else []
        taken = set(names)
        for name in series.names(self.target):
            while name in taken:
                name += " before"  # a feature may be called anything
            names.append(name)
        return names


@dataclass
class Pending:
    """What waits for the targets of the latest rows."""

    rows: int  #: of the stream so far
    taught: bool  #: whether the network has learned any target
    waiting: np.ndarray  #: (n, columns), steps that are not learned yet
    targets: np.ndarray  #: targets that have come and are not learned yet; only if h > 1
    answers: np.ndarray  #: (h, columns), of the latest rows
    naive: np.ndarray  #: (h, `Series.naive`), naive predictions of the latest rows


class Predictor(NamedTuple):
    """A network, and the places of its features in a step."""

    stream: Stream
    names: list[str]  #: of the columns of a step
    places: list[int]

    @classmethod
    def of(cls, stream: Stream, names: list[str]) -> "Predictor":
        """The last columns of a step are those of `names`."""
        at: dict[Input, int] = {name: place - len(names) for place, name in enumerate(names)}
        return cls(stream, names, [at[name] for name in stream.features.inputs])


class Course:
    """Mean errors along a stream, in bins that grow so that there are never more than `MOST`."""

    MOST = 256

    def __init__(self, predictors: int):
        self.width = 1  #: judged rows in a bin
        self._sums = np.zeros((0, predictors))
        self._bin, self._filled = np.zeros(predictors), 0

    def add(self, errors: np.ndarray) -> None:
        """Errors (n, predictors) of the next judged rows."""
        while len(errors):
            part, errors = np.split(errors, [min(self.width - self._filled, len(errors))])
            self._bin = self._bin + part.sum(axis=0)
            self._filled += len(part)
            if self._filled == self.width:
                self._sums = np.vstack([self._sums, self._bin])
                self._bin, self._filled = np.zeros_like(self._bin), 0
                if len(self._sums) == self.MOST:
                    self._sums = self._sums[::2] + self._sums[1::2]
                    self.width *= 2

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Judged rows at the end of each bin (bins,), and the mean errors (bins, predictors)."""
        ends = self.width * np.arange(1, len(self._sums) + 1)
        if self._filled >= self.width / 2:  # what is left, unless it is too few to mean much
            sums = np.vstack([self._sums / self.width, self._bin / self._filled])
            return np.append(ends, ends.size * self.width + self._filled), sums
        return ends, self._sums / self.width


class Evaluation:
    """A model that learns from a stream, and the judgement of its predictions so far.

    However a stream is cut into calls, the answers and what is learned are the same to the bit.
    """

    def __init__(
        self,
        question: Question,
        model: StreamEstimator,
        series: Series | None = None,
        pending: Pending | None = None,
        categories: Categories | None = None,
        calendar: Calendar | None = None,
    ):
        """A stream before its first row; or one that goes on with its series and pending rows.

        Without a calendar, the times of rows tell the network nothing.
        """
        self.question, self.model = question, model
        self.series = series or question.kind.from_state(None, question.horizon, question.interval)
        self.categories = categories or Categories(question.categories)
        self.calendar = calendar
        #: of what the network sees, by now
        self.names = question.names(self.series, self.categories, calendar)
        h, kind = question.horizon, question.kind
        self.pending = pending or Pending(
            rows=0,
            taught=False,
            waiting=np.zeros((0, 0)),
            targets=np.zeros(0),
            answers=np.full((h, self.series.columns), kind.unanswered),
            naive=np.full((h, self.series.naive), kind.missing, np.float64),
        )
        self._widen()
        self.course = Course(len(kind.predictors))
        self.rows = self.missing_features = self.missing_targets = 0  #: in this run
        #: number of the row, its target or its code, the answer to it and the ends of its interval,
        #: if there is one, of the latest rows
        self.recent = np.zeros((0, 3 if question.interval is None else 5))
        self._behind: Predictor | None = None  # that learns
        self._ahead: Predictor | None = None  # its copy, if h > 1

    def step(self, rows: Rows, *, learning: bool = True) -> np.ndarray:
        """Answers (n, width) at each of the rows to the target `horizon` rows later.

        Numbers (n, 1), NaN where there is nothing to go by yet, with an interval also its lower and
        upper end (n, 3); or the probabilities (n, classes) of the classes seen by the end of these
        rows. Without `learning` the network's state goes on, and its weights stay.
        """
        self.rows += len(rows.features)
        self.missing_features += int(np.isnan(rows.features).sum())
        self.missing_features += sum(column.count("") for column in rows.categories)
        series, pending, h, found = self.series, self.pending, self.question.horizon, []
        for inputs, targets, places in self._pieces(rows):
            first = 0
            for past in series.add(targets, places):
                count = len(past.targets)
                features, first = inputs[first : first + count], first + count
                if past.feedback.shape[1] + features.shape[1] != len(self.names):
                    self._widen()
                steps = np.hstack([past.origins, features, past.feedback])
                if h > 1:
                    answers = self._later(steps, past.targets, learning)
                else:  # all steps but the last h are learned
                    steps = np.vstack([pending.waiting, steps])
                    ready = len(steps) - h
                    pending.waiting, pending.rows = steps[ready:].copy(), pending.rows + count
                    answers = self._learn(steps, past.targets[count - ready :], learning)[-count:]
                answers = series.blended(answers, past)
                found.append(answers)
                # The predictions of these targets were made h rows before, and are due.
                due, pending.answers = np.split(np.vstack([pending.answers, answers]), [count])
                naive, pending.naive = np.split(np.vstack([pending.naive, past.naive]), [count])
                errors, answered = series.judge(due, naive, past.targets)
                self.course.add(errors)
                self.missing_targets += count - int(past.given.sum())
                numbers = np.arange(pending.rows - count, pending.rows) + 1
                ends = due[:, series.width : series.columns]
                latest = np.column_stack([numbers, past.targets, answered, ends])[-RECENT:]
                self.recent = np.vstack([self.recent, latest])[-RECENT:]
        if len(found) == 1:
            return found[0]
        return np.vstack([widened(each, series.columns, 0.0) for each in found])

    def _pieces(self, rows: Rows) -> Iterator[tuple[np.ndarray, Any, Places]]:
        """Inputs, targets and places in pieces: what brings a value or a part begins a new one."""
        count = len(rows.features)
        if self.calendar is None:
            undated = Dated(count, np.zeros((count, 0)), Places.undated(count))
            yield from self._with_categories(rows, undated)
            return
        first = 0
        for dated in self.calendar.pieces(rows.times, count):
            yield from self._with_categories(rows.part(first, dated.stop), dated)
            first = dated.stop

    def _with_categories(
        self, rows: Rows, dated: Dated
    ) -> Iterator[tuple[np.ndarray, Any, Places]]:
        """Features, values and parts of times as inputs, targets and places."""
        if not self.categories.columns:
            yield np.hstack([rows.features, dated.columns]), rows.target, dated.places
            return
        first = 0
        for stop, values in self.categories.pieces(rows.categories, len(rows.features)):
            at = slice(first, stop)
            inputs = np.hstack([rows.features[at], values, dated.columns[at]])
            yield inputs, rows.target[at], dated.places.part(first, stop)
            first = stop

    def _later(self, steps: np.ndarray, targets: np.ndarray, learning: bool) -> np.ndarray:
        """Answers at steps, with h > 1: a copy of the network goes ahead."""
        pending, h, answers = self.pending, self.question.horizon, []
        while len(steps):
            place = pending.rows % h
            if place == 0:
                self._catch_up(learning)
            part, steps = np.split(steps, [h - place])
            came, targets = np.split(targets, [h - place])
            answers.append(self._look_ahead(part))
            pending.waiting = np.vstack([pending.waiting, part])
            pending.targets = np.append(pending.targets, came)
            pending.rows += len(part)
        return np.vstack(answers)

    def _catch_up(self, learning: bool) -> None:
        """Learn the steps whose targets have come."""
        pending = self.pending
        ready = len(pending.waiting) - self.question.horizon
        if ready > 0:
            self._learn(pending.waiting[:ready], pending.targets[-ready:], learning)
            pending.waiting = pending.waiting[ready:]
        pending.targets, self._ahead = pending.targets[:0], None

    def _learn(self, steps: np.ndarray, targets: np.ndarray, learning: bool) -> np.ndarray:
        """Answers at steps of the network that learns; there may be fewer targets than steps."""
        pending, series = self.pending, self.series
        if not learning:
            targets = np.full(len(targets), series.missing)
        if not self.names or not (pending.taught or len(targets)):  # nothing to see, or to learn
            return np.full((len(steps), series.width), series.unanswered)
        if self._behind is None or self._behind.names is not self.names:
            self._behind = Predictor.of(self.model.stream_of(self.names), self.names)
        answers = series.answer(self._behind.stream, self._behind.places, steps, targets)
        if not pending.taught:
            learned = np.flatnonzero(series.learnable(steps, targets))
            pending.taught = len(learned) > 0
            untaught = learned[0] + 1 if pending.taught else len(steps)
            answers[:untaught] = series.unanswered
        return answers

    def _look_ahead(self, steps: np.ndarray) -> np.ndarray:
        """Answers at steps of a copy of the network, which takes the steps without targets."""
        pending, series = self.pending, self.series
        if not pending.taught:
            return np.full((len(steps), series.width), series.unanswered)
        ahead, behind = self._ahead, 0
        if ahead is None:
            behind, steps = len(pending.waiting), np.vstack([pending.waiting, steps])
        if ahead is None or ahead.names is not self.names:
            stream = ahead.stream if ahead else self.model.stream.copy()
            stream.make_room(self.names)
            ahead = self._ahead = Predictor.of(stream, self.names)
        targets = np.full(len(steps), series.missing)
        answers = series.answer(ahead.stream, ahead.places, steps, targets)
        return answers[behind:]

    def _widen(self) -> None:
        """Make room for the columns of a new class, value or part; they were empty before."""
        pending, series = self.pending, self.series
        size = 8 * 4 * self.question.horizon * series.width  # answers and naive ones, while copied
        check_memory("what waits for its targets", size, "take a shorter horizon, or fewer classes")
        before = self.names
        self.names = self.question.names(series, self.categories, self.calendar)
        columns = series.origins + len(self.names)
        if before != self.names and len(pending.waiting):
            place = {name: series.origins + n for n, name in enumerate(self.names)}
            steps = np.full((len(pending.waiting), columns), np.nan)
            steps[:, : series.origins] = pending.waiting[:, : series.origins]
            steps[:, [place[name] for name in before]] = pending.waiting[:, series.origins :]
            pending.waiting = steps
        pending.waiting = widened(pending.waiting, columns, np.nan)
        pending.answers = widened(pending.answers, series.columns, 0.0)
        pending.naive = widened(pending.naive, series.naive, series.unanswered)


def widened(rows: np.ndarray, columns: int, fill: float) -> np.ndarray:
    """Rows with more columns at the end."""
    return np.pad(rows, ((0, 0), (0, columns - rows.shape[1])), constant_values=fill)
