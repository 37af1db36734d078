"""What the times of the rows of many series tell: distances between rows, and parts of times.

`longlag.forecasting.calendar` keeps one series in an object. Here each series has a record, and a
compiled walk takes the rows of all series in one call, by the same functions for a row.
"""

from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import uncounted
from longlag.compiled.driver import Driver
from longlag.fleet.record_array import REMEDY, RecordArray
from longlag.fleet.visits import Visits
from longlag.forecasting.calendar import (
    LAST,
    NUMBERS,
    PARTS,
    PERIODS,
    SPACING,
    CalendarSoFar,
    count_clock,
    numbers_of,
    state_of,
    target_clocks,
    tells,
    waves,
)


class DatePasts(NamedTuple):
    """What is kept of the times of each series: views of the records."""

    numbers: np.ndarray  #: (series, NUMBERS), see `longlag.forecasting.calendar`
    parts: np.ndarray  #: (series, parts), 1 where the part can be told


class Dates(NamedTuple):
    """The times of the rows of a call; all but the clocks is written."""

    clocks: np.ndarray  #: (rows,), seconds since 1970, NaN for no date
    steps: np.ndarray  #: (rows,), slots from the row before
    spacings: np.ndarray  #: (rows,), usual distance after each row, 0 for none yet
    told: np.ndarray  #: (rows, parts), 1 where the part can be told


class DateRecords(RecordArray):
    """The calendars of all slots."""

    def __init__(self):
        """With record 0 alone."""
        fields = [("numbers", np.float64, (NUMBERS,)), ("parts", np.float64, (len(PARTS),))]
        super().__init__(fields, REMEDY)
        self._array["numbers"][:, LAST] = np.nan

    @property
    def pasts(self) -> DatePasts:
        """Views of the records, until they grow."""
        return DatePasts(*(self._array[name] for name in DatePasts._fields))

    def state(self, slot: int, form: str | None, given: bool) -> CalendarSoFar:
        """The calendar in a slot, whose times are written in this form."""
        record = self._array[slot]
        parts = [part for part, told in zip(PARTS, record["parts"], strict=True) if told]
        return state_of(record["numbers"], form, given, parts)

    def copied(self, slots: np.ndarray) -> np.ndarray:
        """The calendars in slots (n,), to be put back."""
        return self._array[slots]

    def put_back(self, slots: np.ndarray, copied: np.ndarray) -> None:
        """Let the calendars in slots be as they were."""
        self._array[slots] = copied

    def restore(self, slot: int, state: CalendarSoFar) -> None:
        """Let the calendar in a slot go on from its state."""
        record = self._array[slot]
        record["numbers"] = numbers_of(state)
        record["parts"] = [part in state.parts for part in PARTS]


@uncounted
def date_next(pasts, k, dates, place, periods):
    """Take the time of a row of series k."""
    numbers, clock = pasts.numbers[k], dates.clocks[place]
    dates.steps[place] = count_clock(numbers, clock)
    dates.spacings[place] = numbers[SPACING]
    for n in range(len(periods)):
        if tells(numbers, clock, periods[n]):
            pasts.parts[k, n] = 1.0
        dates.told[place, n] = pasts.parts[k, n]


def _date(pasts, visits, dates, periods, start, stride):
    """Take the times of every `stride`-th visit, from visit `start` on."""
    for v in range(start, len(visits.slot), stride):
        for t in range(visits.first[v], visits.first[v] + visits.length[v]):
            date_next(pasts, visits.slot[v], dates, visits.places[t], periods)
    return len(visits.slot)


_walk = Driver(_date, "dates")


def dates_of(pasts: DatePasts, visits: Visits, clocks: np.ndarray) -> Dates:
    """What the next times (rows,) of some series tell."""
    rows = len(clocks)
    told = np.zeros((rows, len(PARTS)))
    dates = Dates(clocks, np.ones(rows, np.int64), np.zeros(rows), told)
    if rows:
        _walk(pasts, visits, dates, PERIODS, 0, 1)
    return dates


def columns_of(dates: Dates, horizon: int) -> np.ndarray:
    """Sine and cosine (rows, 2 parts) of each part at the times of targets, NaN without."""
    clocks = target_clocks(dates.clocks, dates.spacings, horizon)
    columns = np.full((len(clocks), 2 * len(PARTS)), np.nan)
    for n, period in enumerate(PERIODS.tolist()):
        at = dates.told[:, n] > 0
        columns[at, 2 * n : 2 * n + 2] = waves(clocks[at], period)
    return columns
