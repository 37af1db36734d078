"""Several series in one stream, each with a network of its own in a fleet.

What each series predicts and how it is judged is that of `longlag.forecasting`: the networks learn
departures from origins, and are blended with naive predictions. All series take their rows of a
call together: a walk through what is known of each, the steps of the networks in lanes, and a walk
that blends and judges. With a horizon of 1, a network takes the step of a row when the next row of
its series comes, and looks one step ahead besides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from longlag.estimators.features import Features
from longlag.fleet.answers import ABSOLUTE, JUDGED, PREDICTED, Said, answer, said_of
from longlag.fleet.calendars import COLUMNS, Calendars
from longlag.fleet.fleet import Fleet
from longlag.fleet.keys import Slots
from longlag.fleet.members import Measures, Members, table_of
from longlag.fleet.past import FEEDBACK, Given, Seen, look_back, seen
from longlag.fleet.samples import for_lanes
from longlag.fleet.series_records import SeriesRecords
from longlag.fleet.steps import Visits
from longlag.fleet.visits import in_threads, visits_of
from longlag.forecasting.calendar import Calendar
from longlag.forecasting.course import Course
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Answered, Fared, Groups, Start, too_many
from longlag.forecasting.question import Question
from longlag.readers.sources import Rows

MOST = 1_000_000  #: groups
CELLS = 8  #: of a network, unless a person says so: more cells hardly predict a short series better

#: Parameters of a network that a fleet has, too.
SHARED = (
    *("cells", "cell", "block_size", "rule", "rate", "forget_gates", "peepholes", "scaling"),
    *("seed", "dtype"),
)


def has_fleet(question: Question) -> bool:
    """Whether the networks of a question can be a fleet: one number, no farther than the next row.

    Without categories, whose values would be features that appear later.
    """
    return (
        not question.classify
        and len(question.targets) == 1
        and question.horizons in ((0,), (1,))
        and not question.categories
    )


@dataclass(frozen=True)
class Pieces:
    """The answers at some rows of all groups, to be taken in pieces that belong to one group."""

    groups: "FleetGroups"
    rows: Rows
    names: list[str]  #: of the groups
    visits: Visits
    answers: np.ndarray

    def __iter__(self) -> Iterator[Answered]:
        for at in self.visits.each():
            name = self.names[int(at[0])]
            member, numbers = self.groups.members[name], self.rows.first + at
            yield Answered(name, self.rows.at(at), numbers, self.answers[at], member)


class FleetGroups(Groups):
    """The streams of all groups so far, and a fleet of their networks.

    However the rows are cut into calls, the answers and what is learned are the same to the bit.
    """

    def __init__(self, start: Start):
        """Before the first row."""
        super().__init__(start, shared=False)
        self._blank = start.evaluation()
        question, options = start.question, self._blank.model.get_params()
        self.fleet = Fleet(**{name: options[name] for name in SHARED})
        self.calendars = Calendars(
            start.times() if start.timed else None, question.horizon, dated=start.calendar
        )
        columns = len(question.features) + COLUMNS * start.calendar
        interval = question.interval is not None
        self.records = SeriesRecords(columns, question.horizon, interval=interval)
        self.slots, self.members = Slots(), Members(self)
        self.course = Course(PREDICTED)
        # The inputs of a network stand in the order that an estimator gives them.
        names = question.names(self.series, self.categories, self.calendars.whole)
        self._inputs = [1 + names.index(str(each)) for each in Features().new(names)]
        self._missing_features = self._missing_targets = 0

    def go_on(self, fleet: Fleet, slots: Slots, ring: int, records: np.ndarray) -> None:
        """Go on with a saved fleet, and with saved records (groups, bytes) of rings so long.

        Raises `InputError` for what no records may hold.
        """
        features, interval = len(self._inputs) - FEEDBACK, self.question.interval is not None
        self.fleet, self.slots = fleet, slots
        self.records = SeriesRecords(features, self.question.horizon, interval=interval, slots=ring)
        self.records.put(records)
        self.records.forget_scores()

    @property
    def inputs(self) -> int:
        """Of each network."""
        return len(self._inputs)

    def compile(self) -> None:
        """See `Groups.compile`: two rows are learned and forgotten."""
        features = np.zeros((2, len(self.question.features)))
        times = ["", ""] if self.start.timed else None
        FleetGroups(self.start).step(Rows(1, features, np.zeros(2), times))

    def step(self, rows: Rows, *, learning: bool = True) -> Iterable[Answered]:
        """See `Groups.step`; the answers are put into pieces when somebody asks for the pieces."""
        names = rows.groups or [""] * len(rows.features)
        self._begin(names)
        slots, targets = self.slots.find(names), for_lanes(rows.target)
        visits = visits_of(slots)
        dated, places = self.calendars.add(rows, names, visits)
        self.records.lengthen(slots, places.steps)
        features = for_lanes(np.hstack([rows.features, dated]))
        given, into = Given(features, targets, *places), seen(len(names), features.shape[1])
        look = partial(look_back, self.records.pasts, visits, given, into, self.question.horizon)
        in_threads(look, len(names))
        departures = targets - into.learned[:, 0]
        if not learning:
            departures[:] = np.nan
        network = self._networks(names, visits, into, departures)
        said = said_of(targets, departures, network, into, self.series.columns)
        answers = self._answers(visits, said)
        self._missing_features += int(np.isnan(rows.features).sum())
        self._missing_targets += int(np.isnan(targets).sum())
        return Pieces(self, rows, names, visits, answers)

    def _begin(self, names: list[str]) -> None:
        """Make room for the groups that are new; raises `InputError` for too many of them."""
        new = self.slots.new(names)
        if len(self.members) + len(new) > MOST:
            raise too_many(MOST, str(new[MOST - len(self.members)]))
        self.records.grow(self.slots.needed(len(new)))
        self.records.begin(self.slots.add(new))

    def _networks(
        self, names: list[str], visits: Visits, into: Seen, departures: np.ndarray
    ) -> np.ndarray:
        """What the networks answer (rows,) at each row, after they have learned the departures."""
        answers, keys = np.full(len(names), np.nan), np.array(names, object)
        if not self.question.horizon:
            return self.fleet.learn_many(keys, into.learned[:, self._inputs], departures)
        first, last = visits.places[visits.first], visits.places[visits.last]
        # The step of a row is taken with the next row of its series; a first row brings none.
        there = np.ones(len(names), bool)
        there[first] = self.records.outlooks.counts[visits.slot, 0] > 0
        learned = np.full(len(names), np.nan)
        if there.any():
            learned[there] = self.fleet.learn_many(
                keys[there], into.learned[there][:, self._inputs], departures[there]
            )
        if len(self.fleet):
            answers[last] = self.fleet.predict_many(keys[last], into.steps[last][:, self._inputs])
        inner = np.ones(len(names), bool)
        inner[visits.first] = False
        after = np.flatnonzero(inner)
        answers[visits.places[after - 1]] = learned[visits.places[after]]
        return answers

    def _answers(self, visits: Visits, said: Said) -> np.ndarray:
        """The answers, blended; those are judged whose targets have come."""
        outside = 0.5 * (1.0 - (self.question.interval or 0.0))
        outlooks = self.records.outlooks
        in_threads(partial(answer, outlooks, visits, said, outside), len(said.targets))
        self.course.add(said.errors[~np.isnan(said.errors[:, 0])])
        return said.answers

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
        return int(self.scores[:, JUDGED].sum())

    def fared(self) -> list[Fared]:
        """See `Groups.fared`."""
        scores, names = self.scores, list(self.members)
        judged = np.flatnonzero(scores[:, JUDGED])
        rows = scores[judged, JUDGED]
        ours, last = (scores[judged, ABSOLUTE + n] / rows for n in range(2))
        columns = rows.astype(int).tolist(), ours.tolist(), last.tolist()
        return [
            Fared(names[n], *each)
            for n, each in zip(judged.tolist(), zip(*columns, strict=True), strict=True)
        ]

    def tables(self) -> list[list[Measures]]:
        """The measures of each predictor over the rows of all groups."""
        return [table_of(self.scores, self.question.interval)]

    @property
    def scores(self) -> np.ndarray:
        """Of all groups (groups, SCORES), see `longlag.fleet.answers`."""
        return self.records.outlooks.scores[self.slots.all()]

    @property
    def _counts(self) -> np.ndarray:
        return self.records.outlooks.counts[self.slots.all()]
