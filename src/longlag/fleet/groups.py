"""Several series in one stream, each with a network of its own in a fleet.

What each series predicts and how it is judged is that of `longlag.forecasting`. All series take
their rows of a call together: a walk through what is known of each, the steps of the networks in
lanes, and a walk that judges. With a horizon of 1, a network takes the step of a row when the next
row of its series comes, and looks one step ahead besides.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from longlag.errors import InputError
from longlag.estimators.features import Features
from longlag.fleet.calendars import COLUMNS, Calendars
from longlag.fleet.keyed import KeyedNetworks
from longlag.fleet.keys import Slots
from longlag.fleet.members import Kept, Member, Members
from longlag.fleet.record_array import SeriesRecordArray
from longlag.fleet.samples import for_lanes
from longlag.fleet.visits import Visits, visits_of
from longlag.forecasting.calendar import Calendar
from longlag.forecasting.course import Course
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Answered, Fared, Groups, Start, too_many
from longlag.forecasting.seasons import Places
from longlag.forecasting.series import Measures, Series
from longlag.readers.sources import Rows

F = TypeVar("F", bound=KeyedNetworks)
R = TypeVar("R", bound=SeriesRecordArray)

MOST = 1_000_000  #: groups
CELLS = 8  #: of a network, unless a person says so: more cells hardly predict a short series better

#: Parameters of a network that a fleet has, too.
SHARED = (
    *("cells", "cell", "block_size", "rule", "rate", "forget_gates", "peepholes", "scaling"),
    *("seed", "dtype"),
)


@dataclass(frozen=True)
class Pieces:
    """The answers at some rows of all groups, to be taken in pieces that belong to one group."""

    groups: "FleetGroups[Any, Any]"
    rows: Rows
    names: list[str]  #: of the groups
    visits: Visits
    answers: np.ndarray

    def __iter__(self) -> Iterator[Answered]:
        for at in self.visits.each():
            name = self.names[int(at[0])]
            member, numbers = self.groups.members[name], self.rows.first + at
            yield Answered(name, self.rows.at(at), numbers, self.answers[at], member)


@dataclass(frozen=True)
class Arrived:
    """The rows of a call, in the groups that they belong to."""

    names: list[str]  #: of the groups, one a row
    slots: np.ndarray  #: (rows,)
    visits: Visits
    features: np.ndarray  #: (rows, features), those of the data and those of the calendars
    places: Places


class FleetGroups(Groups, Generic[F, R]):
    """The streams of all groups so far, and a fleet of their networks.

    However the rows are cut into calls, the answers and what is learned are the same to the bit.
    """

    fleet: F
    records: R  #: of the series, besides their networks
    member: type[Member]

    def __init__(self, start: Start):
        """Before the first row."""
        super().__init__(start, shared=False)
        self._blank = start.evaluation()
        question = start.question
        self.calendars = Calendars(
            start.times() if start.timed else None, question.horizon, dated=start.calendar
        )
        self._width = len(question.features) + COLUMNS * start.calendar  # features of a series
        self.slots, self.members = Slots(), Members(self)
        self.course = Course(len(question.kind.predictors))
        self._missing_features = self._missing_targets = 0
        # What a network begins with stands in the order that an estimator gives it. The parts of
        # times come later, with weights of zero, as to an estimator.
        names = question.names(self._first_series(), self.categories, None)
        first, parts = len(question.features), self._width - len(question.features)
        columns = [*range(first), *range(self._width, self._width + len(names) - first)]
        self._begun = [columns[names.index(str(each))] for each in Features().new(names)]
        self._inputs = [*self._begun, *range(first, first + parts)]  # columns of a step

    def series_of(self, slot: int) -> Series:
        """The series in a slot."""
        return self.series

    def _first_series(self) -> Series:
        """A series with the feedback that the networks begin with."""
        return self._blank.series

    @property
    def options(self) -> dict[str, Any]:
        """The parameters of the networks."""
        options = self._blank.model.get_params()
        return {name: options[name] for name in SHARED}

    @property
    def inputs(self) -> int:
        """That the networks begin with."""
        return len(self._begun)

    def _begin_fleet(self) -> None:
        """Let the networks have their inputs, before the first row."""
        if not self.fleet.features:
            self.fleet.begin(range(self.inputs))
            if more := range(self.inputs, len(self._inputs)):
                self.fleet.add_features(more)

    @property
    @abstractmethod
    def kept(self) -> Kept:
        """What is kept of the answers to each series: views of the records."""

    @abstractmethod
    def _compiled(self) -> Any:
        """Two targets, with which all that is usual is compiled."""

    def compile(self) -> None:
        """See `Groups.compile`: two rows are learned and forgotten."""
        features = np.zeros((2, len(self.question.features)))
        times = ["", ""] if self.start.timed else None
        type(self)(self.start).step(Rows(1, features, self._compiled(), times))

    @abstractmethod
    def step(self, rows: Rows, *, learning: bool = True) -> Iterable[Answered]:
        """See `Groups.step`; the answers are put into pieces when somebody asks for the pieces."""

    def _check_groups(self, names: list[str]) -> list[str]:
        """The groups that are new; raises `InputError` for too many of them."""
        new = [str(name) for name in self.slots.new(names)]
        if len(self.members) + len(new) > MOST:
            raise too_many(MOST, new[MOST - len(self.members)])
        return new

    def _arrived(self, rows: Rows, names: list[str], new: list[str]) -> Arrived:
        """The rows, once there is room for their groups.

        Raises `InputError` if there is no room for the rows; nothing has changed then.
        """
        begun = self.slots.add(list(new))
        self.records.begin(begun)
        self.calendars.begin(begun)
        slots = self.slots.find(names)
        visits = visits_of(slots)
        before = self.calendars.copied(visits.slot)
        try:
            dated, places = self.calendars.date(rows, visits)
            self._make_room(slots, places)
        except InputError:
            self.calendars.put_back(visits.slot, before)
            self.slots.remove(list(new))
            raise
        self.calendars.note(rows.times, names, visits)
        features = for_lanes(np.hstack([rows.features, dated]))
        self._missing_features += int(np.isnan(rows.features).sum())
        return Arrived(names, slots, visits, features, places)

    def _make_room(self, slots: np.ndarray, places: Places) -> None:
        """Make room for rows (n,) in slots; raises `InputError` if memory is too small."""

    def _networks(
        self,
        visits: Visits,
        known: np.ndarray,
        answers: np.ndarray,
        learn: Callable[[np.ndarray], np.ndarray],
        ahead: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """Fill in what the networks answer at each row, after they have learned.

        `learn` takes the steps of some rows (n,) and learns their targets; `ahead` answers at the
        latest rows. Rows that are not `known` (rows,) pass the networks by: there is no answer yet.
        """
        first, last = visits.places[visits.first], visits.places[visits.last]
        if not self.question.horizon:
            if known.any():
                answers[known] = learn(np.flatnonzero(known))
            return
        # The step of a row is taken with the next row of its series; a first row brings none.
        there = known.copy()
        there[first] &= self.kept.counts[visits.slot, 0] > 0
        learned = answers.copy()
        if there.any():
            learned[there] = learn(np.flatnonzero(there))
        if len(self.fleet):
            answers[last] = ahead(last)
        inner = np.ones(len(answers), bool)
        inner[visits.first] = False
        after = np.flatnonzero(inner)
        answers[visits.places[after - 1]] = learned[visits.places[after]]

    # What the groups say of themselves, see `Groups`.

    @property
    def _first(self) -> Evaluation:
        return self._blank

    @property
    def calendar(self) -> Calendar | None:
        """The calendar that tells most."""
        return self.calendars.first

    @property
    def learned_rows(self) -> int:
        """Rows of all runs."""
        return int(self._counts[:, 0].sum())

    @property
    def rows(self) -> int:
        """Rows in this run."""
        return int(self._counts[:, 2].sum())

    @property
    def taught(self) -> bool:
        """Whether any network has learned a target."""
        return bool(self._counts[:, 1].any())

    @property
    def missing_features(self) -> int:
        """Missing values among the features in this run."""
        return self._missing_features

    @property
    def missing_targets(self) -> int:
        """Missing targets in this run."""
        return self._missing_targets

    @property
    def judged(self) -> int:
        """Predictions that were scored."""
        return int(self.scores[:, 0].sum())

    def fared(self) -> list[Fared]:
        """See `Groups.fared`."""
        scores, names = self.scores, list(self.members)
        judged = np.flatnonzero(scores[:, 0])
        rows = scores[judged, 0]
        ours, last = (scores[judged, self.member.measured + n] / rows for n in range(2))
        columns = rows.astype(int).tolist(), ours.tolist(), last.tolist()
        return [
            Fared(names[n], *each)
            for n, each in zip(judged.tolist(), zip(*columns, strict=True), strict=True)
        ]

    def tables(self) -> list[list[Measures]]:
        """The measures of each predictor over the rows of all groups."""
        return [self.member.table(self.scores, self.question)]

    @property
    def scores(self) -> np.ndarray:
        """Of all groups (groups, scores); the first is the number of answers judged."""
        return self.kept.scores[self.slots.all()]

    @property
    def _counts(self) -> np.ndarray:
        return self.kept.counts[self.slots.all()]
