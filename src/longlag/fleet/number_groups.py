"""Several series of numbers in one stream, whose networks are a fleet.

The networks learn departures from origins, and are blended with naive predictions, as those of
`longlag.forecasting`.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np

from longlag.fleet.answers import Outlooks, Said, answer, said_of
from longlag.fleet.fleet import Fleet
from longlag.fleet.groups import FleetGroups, Pieces
from longlag.fleet.keys import Slots
from longlag.fleet.members import NumberMember
from longlag.fleet.past import Given, Seen, look_back, nothing_seen
from longlag.fleet.samples import for_lanes
from longlag.fleet.series_records import SeriesRecords
from longlag.fleet.visits import Visits, in_threads
from longlag.forecasting.groups import Answered, Start
from longlag.forecasting.seasons import Places
from longlag.readers.sources import Rows


class NumberGroups(FleetGroups[Fleet, SeriesRecords]):
    """The streams of all groups of numbers so far, and a fleet of their networks."""

    member = NumberMember

    def __init__(self, start: Start):
        """Before the first row."""
        super().__init__(start)
        self._steps = [1 + n for n in self._inputs]  # an origin comes first
        self.fleet = Fleet(**self.options)
        self.records = self._records()

    def _records(self, **ring: int) -> SeriesRecords:
        interval = self.question.interval is not None
        return SeriesRecords(self._width, self.question.horizon, interval=interval, **ring)

    def go_on(self, fleet: Fleet, slots: Slots, ring: int, records: np.ndarray) -> None:
        """Go on with a saved fleet, and with saved records (groups, bytes) of rings so long.

        Raises `InputError` for what no records may hold.
        """
        self.fleet, self.slots, self.records = fleet, slots, self._records(slots=ring)
        self.records.put(records)
        self.records.forget_scores()

    @property
    def kept(self) -> Outlooks:
        """See `FleetGroups.kept`."""
        return self.records.outlooks

    def _compiled(self) -> np.ndarray:
        return np.zeros(2)

    def step(self, rows: Rows, *, learning: bool = True) -> Iterable[Answered]:
        """See `FleetGroups.step`."""
        names = rows.groups or [""] * len(rows.features)
        new = self._check_groups(names)
        self._begin_fleet()
        self.fleet.reserve(names)  # whatever is refused, nothing has been learned
        self.records.grow(self.slots.needed(len(new)))
        self.calendars.grow(self.slots.needed(len(new)))
        targets, came = for_lanes(rows.target), self._arrived(rows, names, new)
        given = Given(came.features, targets, *came.places)
        seen = nothing_seen(len(names), self._width)
        look = partial(
            look_back, self.records.pasts, came.visits, given, seen, self.question.horizon
        )
        in_threads(look, len(names))
        departures = targets - seen.learned[:, 0]
        if not learning:
            departures[:] = np.nan
        network = self._answered(names, came.visits, seen, departures)
        said = said_of(targets, departures, network, seen, self.series.columns)
        answers = self._answers(came.visits, said)
        self._missing_targets += int(np.isnan(targets).sum())
        return Pieces(self, rows, names, came.visits, answers)

    def _make_room(self, slots: np.ndarray, places: Places) -> None:
        self.records.lengthen(slots, places.steps)

    def _answered(
        self, names: list[str], visits: Visits, seen: Seen, departures: np.ndarray
    ) -> np.ndarray:
        """What the networks answer (rows,) at each row, after they have learned the departures."""
        answers, keys = np.full(len(names), np.nan), np.array(names, object)

        def learn(at: np.ndarray) -> np.ndarray:
            return self.fleet.learn_many(keys[at], seen.learned[at][:, self._steps], departures[at])

        def ahead(at: np.ndarray) -> np.ndarray:
            return self.fleet.predict_many(keys[at], seen.steps[at][:, self._steps])

        self._networks(visits, np.ones(len(names), bool), answers, learn, ahead)
        return answers

    def _answers(self, visits: Visits, said: Said) -> np.ndarray:
        """The answers, blended; those are judged whose targets have come."""
        outside = 0.5 * (1.0 - (self.question.interval or 0.0))
        in_threads(partial(answer, self.kept, visits, said, outside), len(said.targets))
        self.course.add(said.errors[~np.isnan(said.errors[:, 0])])
        return said.answers
