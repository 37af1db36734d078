"""Several series in one file, each with a state of its own, and their networks.

Each group, such as a store, is a stream of its own: last numbers, seasons, scales, naive
predictions, and the state of the network. The weights are those of all: a group begins its rows
with the weights that the group of the row before has left. Or each group has a network of its own.

Groups appear with their first row, in any order, and may end. Each keeps a whole network, also
where the weights are shared: some 50 kB at 32 cells and one horizon.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from longlag.errors import InputError
from longlag.estimators.categories import Categories
from longlag.estimators.estimator import StreamEstimator
from longlag.forecasting.calendar import Calendar
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.question import Question
from longlag.forecasting.series import Measures, Series
from longlag.forecasting.stream_view import StreamView
from longlag.forecasting.target_times import TargetTimes
from longlag.forecasting.turns import Turns, pieces, runs
from longlag.quoting import quoted
from longlag.readers.sources import Rows
from longlag.readers.times import Times

MOST = 10_000  #: groups


class Start(NamedTuple):
    """How a stream begins."""

    question: Question
    parameters: dict[str, str | int | float]  #: of its network, as far as they are given
    timed: bool = False  #: whether rows have times
    form: str | None = None  #: in which times are written
    given: bool = False  #: whether a person said so
    calendar: bool = False  #: whether the network sees parts of times

    def evaluation(self) -> Evaluation:
        """A stream before its first row."""
        question = self.question
        model = question.kind.model(question.horizon, **self.parameters)
        calendar = times = None
        if self.timed:
            times = TargetTimes(self.times())
        if self.calendar:
            calendar = Calendar(self.times(), question.horizon)
        return Evaluation(question, model, calendar=calendar, times=times)

    def times(self) -> Times:
        """How times are written."""
        return Times([], self.form, given=self.given)


def too_many(most: int, group: str) -> InputError:
    """There are more groups than there may be; this is the first one that is too many."""
    return InputError(
        f"there are more than {most:,} groups, the latest {quoted(group)}: is it a name or a "
        "number for each row? Choose another --group"
    )


class Fared(NamedTuple):
    """The first measure of one group, in its first head."""

    name: str
    rows: int  #: judged
    ours: float  #: of the network
    last: float  #: of the last value or class


class Answered(NamedTuple):
    """The answers of one stream at some of its rows."""

    group: str
    rows: Rows
    numbers: np.ndarray  #: of the rows in the data
    answers: np.ndarray
    evaluation: StreamView  #: the stream


class Groups:
    """The streams of all groups so far.

    However the rows are cut into calls, the answers and what is learned are the same to the bit.
    """

    def __init__(
        self,
        start: Start,
        *,
        shared: bool,
        members: dict[str, Evaluation] | None = None,
        latest: str | None = None,
    ):
        """With the members so far, and the one whose row came last."""
        self.start, self.shared = start, shared
        self.members = members or {}
        self.latest = latest
        if shared:
            for member in self.members.values():
                self._share(member)

    def compile(self) -> None:
        """Compile what learning and predicting need, or read it from the disk; nothing changes."""
        self.model.compile()

    def step(self, rows: Rows, *, learning: bool = True) -> Iterable[Answered]:
        """The answers at the next rows, in pieces of rows that belong to one group each.

        Raises `InputError` where there are too many groups, before any of the rows is learned.
        """
        groups = rows.groups or [""] * len(rows.features)
        self._check_number(groups)
        if self.shared and groups:
            return self._in_turn(rows, groups, learning)
        # The groups have nothing to do with each other.
        names, found = np.array(groups, object), []
        for group in dict.fromkeys(groups):
            places = np.flatnonzero(names == group)
            member, part = self._member(group), rows.at(places)
            answers = member.step(part, learning=learning)
            found.append(Answered(group, part, rows.first + places, answers, member))
        return found

    def _in_turn(self, rows: Rows, groups: list[str], learning: bool) -> list[Answered]:
        """The networks take the rows in their order; all else is done for a group at a time."""
        places: dict[str, list[int]] = {}
        for place, group in enumerate(groups):
            places.setdefault(group, []).append(place)
        series = {name: Turns(self._member(name), rows, at) for name, at in places.items()}
        found = []
        for first, stop, values in pieces(list(series.values()), self.categories, rows):
            there = [
                name for name, each in series.items() if each.prepare(first, stop, values, learning)
            ]
            for group, count in runs(groups[first:stop]):
                if self.latest is not None and group != self.latest:
                    self._take_weights(self.members[group], self.members[self.latest])
                if learning:
                    self.latest = group
                series[group].take(count)
            for name in there:
                part, at, answers = series[name].answers()
                found.append(Answered(name, part, rows.first + at, answers, self.members[name]))
        return found

    def _check_number(self, groups: list[str]) -> None:
        new = [group for group in dict.fromkeys(groups) if group not in self.members]
        if len(self.members) + len(new) > MOST:
            raise too_many(MOST, new[MOST - len(self.members)])

    def _member(self, group: str) -> Evaluation:
        """The stream of a group, which may begin here."""
        found = self.members.get(group)
        if found is None:
            found = self.members[group] = self.start.evaluation()
            if self.shared:
                self._share(found)
        return found

    def _share(self, member: Evaluation) -> None:
        """Let a member see the categories and the parts of times that another one brings."""
        first = next(iter(self.members.values()))
        member.categories = first.categories
        if member.calendar and first.calendar:
            member.calendar.parts = first.calendar.parts

    def _take_weights(self, member: Evaluation, other: Evaluation) -> None:
        if not other.model.begun:
            return
        if member.model.begun:
            member.model.stream.take_weights(other.model.stream)
        else:
            member.model.begin(other.model.stream.sibling())
        member.go_ahead_anew()

    def widen(self) -> None:
        """Let all members make room for what the others have brought, as their next rows would."""
        for member in self.members.values():
            member.widen()

    # What a single stream says of itself, too.

    @property
    def question(self) -> Question:
        """What is predicted in each group."""
        return self.start.question

    @property
    def series(self) -> Series:
        """The targets of one of the groups: their names, predictors and measures."""
        return self._first.series

    @property
    def model(self) -> StreamEstimator:
        """The network of one of the groups."""
        return self._first.model

    @property
    def categories(self) -> Categories:
        """The categories of one of the groups; all have the same if they share weights."""
        return self._first.categories

    @property
    def calendar(self) -> Calendar | None:
        """The calendar of one of the groups."""
        return self._first.calendar

    @property
    def _first(self) -> Evaluation:
        return next(iter(self.members.values()), None) or self.start.evaluation()

    @property
    def rows(self) -> int:
        """Rows in this run."""
        return sum(member.rows for member in self.members.values())

    @property
    def learned_rows(self) -> int:
        """Rows of all runs."""
        return sum(member.learned_rows for member in self.members.values())

    @property
    def taught(self) -> bool:
        """Whether any network has learned a target."""
        return any(member.taught for member in self.members.values())

    @property
    def missing_features(self) -> int:
        """Missing values among the features in this run."""
        return sum(member.missing_features for member in self.members.values())

    @property
    def missing_targets(self) -> int:
        """Missing targets in this run."""
        return sum(member.missing_targets for member in self.members.values())

    @property
    def judged(self) -> int:
        """Predictions of the first head that were scored."""
        return sum(member.judged for member in self.members.values())

    def fared(self) -> list[Fared]:
        """How each group fared in its first head, in the order of their first rows."""
        measure, found = self.series.measures[0], []
        for name, member in self.members.items():
            ours, last = (row[measure] for row in member.tables()[0][:2])
            if member.judged and ours is not None and last is not None:
                found.append(Fared(name, member.judged, ours, last))
        return found

    def tables(self) -> list[list[Measures]]:
        """The measures of each predictor over the rows of all groups, for each head."""
        # Of the sums: a mean of means would need the weight of each measure in each head.
        scores = [member.series.scores for member in self.members.values()]
        if not scores:
            return self._first.tables()
        return [self.series.measured(np.stack(of_head)) for of_head in zip(*scores, strict=True)]


def answered(
    stream: Evaluation | Groups, rows: Rows, *, learning: bool = True
) -> Iterable[Answered]:
    """The answers of one stream or of many at the next rows."""
    if isinstance(stream, Groups):
        return stream.step(rows, learning=learning)
    answers = stream.step(rows, learning=learning)
    return [Answered("", rows, rows.first + np.arange(len(answers)), answers, stream)]
