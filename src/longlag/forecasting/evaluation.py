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

With several horizons, the network has an output for each. A step is learned when the last of its
targets has come, so that h is the farthest horizon; a prediction is judged as soon as its own has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from longlag.engine.mixed_network import AnyNetwork
from longlag.estimators.categories import Categories
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.features import Input
from longlag.estimators.stream import Stream
from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.calendar import Calendar, Dated
from longlag.forecasting.course import Course
from longlag.forecasting.question import Question
from longlag.forecasting.seasons import Places
from longlag.forecasting.series import Measures, Past, Series, as_columns
from longlag.forecasting.target_times import TargetTimes
from longlag.memory import check_memory
from longlag.readers.sources import Rows

RECENT = 400  #: of the latest rows are kept to be shown, judged or not


@dataclass
class Pending:
    """What waits for the targets of the latest rows."""

    rows: int  #: of the stream so far
    taught: bool  #: whether the network has learned any target
    waiting: np.ndarray  #: (n, columns), steps that are not learned yet
    targets: np.ndarray  #: targets that have come and are not learned yet; only if h > 1
    answers: np.ndarray  #: (h, columns), of the latest rows
    naive: np.ndarray  #: (h, `Series.naive`), naive predictions of the latest rows


class Prepared(NamedTuple):
    """Some rows before the network has seen them."""

    steps: np.ndarray  #: (n, columns), what the network is given
    past: Past


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
        times: TargetTimes | None = None,
    ):
        """A stream before its first row; or one that goes on with its series and pending rows.

        Without a calendar, the times of rows tell the network nothing. `times` tell when the rows
        come that have not come yet, if the rows have times.
        """
        self.question, self.model = question, model
        self.series = series or question.series()
        self.categories = categories or Categories(question.categories)
        self.calendar, self.times = calendar, times
        #: of what the network sees, by now
        self.names = question.names(self.series, self.categories, calendar)
        h, kind = question.horizon, question.kind
        self.pending = pending or Pending(
            rows=0,
            taught=False,
            waiting=np.zeros((0, 0)),
            targets=self.series.none(0),
            answers=np.full((h, self.series.columns), kind.unanswered),
            naive=np.full((h, self.series.naive), kind.missing, np.float64),
        )
        self.widen()
        self.course = Course(len(kind.predictors))
        self.rows = self.missing_features = self.missing_targets = 0  #: in this run
        #: number of the row, its target or its code, the answer to it and the ends of its interval,
        #: if there is one, of the latest rows
        self.recent = np.zeros((0, 3 if question.interval is None else 5))
        #: of the targets of the first head, if they are to be shown
        self.by_clock: ErrorsByClock | None = None
        self.latest_times: list[str] = []  #: of the rows in `recent`, if these have times
        self._behind: Predictor | None = None  # that learns
        self._ahead: Predictor | None = None  # its copy, if h > 1
        self._memory: AnyNetwork | None = None  # of the latest copy: a layout takes long

    @property
    def learned_rows(self) -> int:
        """Rows of all runs."""
        return self.pending.rows

    @property
    def taught(self) -> bool:
        """Whether the network has learned any target."""
        return self.pending.taught

    @property
    def judged(self) -> int:
        """Predictions of the first head that were scored."""
        return self.series.judged

    @property
    def said(self) -> np.ndarray:
        """The answers (horizon, `Series.columns`) whose targets have not come."""
        return self.pending.answers

    def tables(self) -> list[list[Measures]]:
        """See `Series.tables`."""
        return self.series.tables()

    def compile(self) -> None:
        """Compile what learning and predicting need, or read it from the disk; nothing changes."""
        self.model.compile()

    def step(self, rows: Rows, *, learning: bool = True) -> np.ndarray:
        """Answers (n, `Series.columns`) at each of the rows to the target `horizon` rows later.

        Numbers (n, 1), NaN where there is nothing to go by yet, with an interval also its lower and
        upper end (n, 3), and so on for each further head of the series; or the probabilities
        (n, classes) of the classes seen by the end of these rows. Without `learning` the network's
        state goes on, and its weights stay.
        """
        self.count(rows)
        found, done = [], 0
        for inputs, targets, places in self._pieces(rows):
            for steps, past in self.prepared(inputs, targets, places):
                answers = self.answers(steps, past.targets, learning)
                times = (rows.times or [])[done : done + len(steps)]
                found.append(self.judged_answers(answers, past, times))
                done += len(steps)
        if len(found) == 1:
            return found[0]
        return np.vstack([widened(each, self.series.columns, 0.0) for each in found])

    # What `step` does, for those who have a reason to do each part for many rows at once: counting
    # and preparing ask nothing of the network, and judging nothing but its answers.

    def count(self, rows: Rows) -> None:
        """Count the next rows, and note their times."""
        self.rows += len(rows.features)
        self.missing_features += int(np.isnan(rows.features).sum())
        self.missing_features += sum(column.count("") for column in rows.categories)
        if self.times:
            self.times.add(rows.times)

    def prepared(self, inputs: np.ndarray, targets: Any, places: Places) -> Iterator[Prepared]:
        """The next rows, which come in pieces: a row with a new class begins a piece."""
        first = 0
        for past in self.series.add(targets, places):
            stop = first + len(past.targets)
            yield Prepared(self._steps(inputs[first:stop], past), past)
            first = stop

    def _steps(self, features: np.ndarray, past: Past) -> np.ndarray:
        """What the network is given at some rows: origins, features and feedback."""
        if past.feedback.shape[1] + features.shape[1] != len(self.names):
            self.widen()
        return np.hstack([past.origins, features, past.feedback])

    def answers(self, steps: np.ndarray, targets: np.ndarray, learning: bool) -> np.ndarray:
        """Answers of the network (n, `Series.width`) at steps, and what targets teach it."""
        pending, h, count = self.pending, self.question.horizon, len(steps)
        if h > 1:
            return self._later(steps, targets, learning)
        # All steps but the last h are learned.
        steps = np.vstack([pending.waiting, steps])
        ready = len(steps) - h
        pending.waiting, pending.rows = steps[ready:].copy(), pending.rows + count
        return self._learn(steps, targets[count - ready :], learning)[-count:]

    def judged_answers(self, answers: np.ndarray, past: Past, times: list[str]) -> np.ndarray:
        """The network's answers at the latest rows, blended; those of earlier rows are judged."""
        series, pending, count = self.series, self.pending, len(answers)
        answers = series.blended(answers, past)
        said, naive = np.vstack([pending.answers, answers]), np.vstack([pending.naive, past.naive])
        pending.answers, pending.naive = said[count:].copy(), naive[count:].copy()
        due = series.due(said, count)
        judged = series.judge(due, series.due(naive, count), past.came)
        self.course.add(judged.errors)
        if self.by_clock and times:
            there = np.flatnonzero(judged.rows).tolist()
            self.by_clock.add([times[n] for n in there], judged.errors)
        self.missing_targets += past.given.size - int(past.given.sum())
        numbers = np.arange(pending.rows - count, pending.rows) + 1
        came, ends = as_columns(past.came)[:, 0], due[:, 1 : self.recent.shape[1] - 2]
        latest = np.column_stack([numbers, came, judged.answers, ends])[-RECENT:]
        self.recent = np.vstack([self.recent, latest])[-RECENT:]
        self.latest_times = [*self.latest_times, *times[-RECENT:]][-RECENT:]
        return answers

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
            pending.targets = np.concatenate([pending.targets, came])
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
            targets = series.none(len(targets))
        nothing = not self.names or not series.width  # to see, or to answer
        if nothing or not (pending.taught or len(targets)):
            return np.full((len(steps), series.width), series.unanswered)
        if not self.model.begun:
            self.model.stream_of(self._first_names())
        if self._behind is None or self._behind.names is not self.names:
            self._behind = Predictor.of(self.model.stream_of(self.names), self.names)
        answers = series.answer(self._behind.stream, self._behind.places, steps, targets)
        if not pending.taught:
            learned = np.flatnonzero(series.learnable(steps, targets))
            pending.taught = len(learned) > 0
            untaught = learned[0] + 1 if pending.taught else len(steps)
            answers[:untaught] = series.unanswered
        return answers

    def _first_names(self) -> list[str]:
        """What the network sees from its first step on; what comes later begins with zeros.

        With a horizon of 0 or 1 that is what the first row tells, whatever the second row brings:
        so the networks of all series begin alike, and may stand in a fleet.
        """
        if self.question.horizon > 1:
            return self.names
        feedback = len(self.names) - len(self.series.names())
        parts = 2 * len(self.calendar.parts) if self.calendar else 0
        first = self.names[feedback:][: self.series.first_names]
        return [*self.names[: feedback - parts], *first]

    def _look_ahead(self, steps: np.ndarray) -> np.ndarray:
        """Answers at steps of a copy of the network, which takes the steps without targets."""
        pending, series = self.pending, self.series
        if not pending.taught:
            return np.full((len(steps), series.width), series.unanswered)
        ahead, behind = self._ahead, 0
        if ahead is None:
            behind, steps = len(pending.waiting), np.vstack([pending.waiting, steps])
        if ahead is None or ahead.names is not self.names:
            stream = ahead.stream if ahead else self.model.stream.copy(self._memory)
            stream.make_room(self.names)
            self._memory = stream.network
            ahead = self._ahead = Predictor.of(stream, self.names)
        targets = series.none(len(steps))
        answers = series.answer(ahead.stream, ahead.places, steps, targets)
        return answers[behind:]

    def settled(self) -> Predictor | None:
        """The network that learns, if it has an input for all that it is given, and has learned.

        None where a feature has only been missing so far, too.
        """
        behind, pending, series = self._behind, self.pending, self.series
        if behind is None or behind.names is not self.names or not pending.taught:
            return None
        stream, h = behind.stream, self.question.horizon
        waiting = h + (pending.rows % h or h) if h > 1 else h
        if stream.features.blank or stream.target.labels != series.outputs:
            return None
        known = stream.network.learner.outputs == series.width
        return behind if known and len(pending.waiting) == waiting else None

    def copy_of(self, network: AnyNetwork) -> AnyNetwork:
        """A copy to go ahead, in the memory of the copy before."""
        self._memory = network.copy(self._memory)
        return self._memory

    def go_ahead_anew(self) -> None:
        """The network has other weights from now on: no copy of it goes ahead any more.

        So the answers are those of a stream that was saved and goes on: the copy is not saved.
        """
        self._ahead = None

    def widen(self) -> None:
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
