"""What the times of the rows of many series tell: distances between rows, and parts of times.

`longlag.forecasting.calendar` keeps one series in an object. Here each series has a record, and a
compiled walk takes the rows of all series in one call, with the same equations.
"""

from typing import NamedTuple

import numpy as np

from longlag.compiled.compiling import inlined, uncounted
from longlag.compiled.driver import Driver
from longlag.fleet.record_array import RecordArray
from longlag.fleet.series_records import REMEDY
from longlag.fleet.steps import Visits
from longlag.forecasting.calendar import PARTS, CalendarSoFar
from longlag.forecasting.seasons import SLOTS

PERIODS = np.array(list(PARTS.values()))
WHOLE = 2.0**52  #: a float beyond it is whole


class DatePasts(NamedTuple):
    """What is kept of the times of each series: views of the records, see `CalendarSoFar`."""

    last: np.ndarray  #: (series, 1), NaN before the first time
    spacing: np.ndarray  #: (series, 1)
    votes: np.ndarray  #: (series, 1)
    rows: np.ndarray  #: (series, 1)
    undated: np.ndarray  #: (series, 1)
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
        names = DatePasts._fields
        widths = [len(PARTS) if name == "parts" else 1 for name in names]
        super().__init__(
            [(name, np.float64, (width,)) for name, width in zip(names, widths, strict=True)],
            REMEDY,
        )
        self._array["last"] = np.nan

    @property
    def pasts(self) -> DatePasts:
        """Views of the records, until they grow."""
        return DatePasts(*(self._array[name] for name in DatePasts._fields))

    def state(self, slot: int, form: str | None, given: bool) -> CalendarSoFar:
        """The calendar in a slot, whose times are written in this form."""
        record = self._array[slot]
        last, spacing = float(record["last"][0]), float(record["spacing"][0])
        counts = [int(record[name][0]) for name in ("votes", "rows", "undated")]
        parts = [part for part, told in zip(PARTS, record["parts"], strict=True) if told]
        known = None if last != last else last
        return CalendarSoFar(form, given, known, spacing, counts[0], counts[1], counts[2], parts)

    def copied(self, slots: np.ndarray) -> np.ndarray:
        """The calendars in slots (n,), to be put back."""
        return self._array[slots]

    def put_back(self, slots: np.ndarray, copied: np.ndarray) -> None:
        """Let the calendars in slots be as they were."""
        self._array[slots] = copied

    def restore(self, slot: int, state: CalendarSoFar) -> None:
        """Let the calendar in a slot go on from its state."""
        record = self._array[slot]
        record["last"] = np.nan if state.last is None else state.last
        for name in ("spacing", "votes", "rows", "undated"):
            record[name] = getattr(state, name)
        record["parts"] = [part in state.parts for part in PARTS]


@inlined
def floored(number):
    """The greatest whole number that is not above a number; compiled code calls no library."""
    if abs(number) >= WHOLE:
        return number
    whole = np.float64(np.int64(number))
    return whole - 1.0 if whole > number else whole


@inlined
def rounded(number):
    """The nearest whole number, of two the even one."""
    below = floored(number)
    rest = number - below
    if rest > 0.5 or (rest == 0.5 and below - 2.0 * floored(0.5 * below) == 1.0):
        below += 1.0
    return below


@uncounted
def step_of(pasts, k, clock):
    """Vote for the distance of series k from the last row with a time: how many slots it is."""
    last, votes = pasts.last[k, 0], pasts.votes[k]
    if last != last:
        return 1.0
    distance = floored((clock - last) * 1e5 + 0.5) / 1e5
    if distance <= 0.0:
        return 1.0 if distance < 0.0 else 0.0
    if votes[0] == 0.0:
        pasts.spacing[k, 0] = distance
    spacing = pasts.spacing[k, 0]
    votes[0] += 1.0 if distance == spacing else -1.0
    slots = rounded(distance / spacing) - pasts.undated[k, 0]
    return min(max(0.0, slots), SLOTS)


@uncounted
def date_next(pasts, k, dates, place, periods):
    """Take the time of a row of series k."""
    clock, dates.steps[place] = dates.clocks[place], 1
    if clock == clock:  # not NaN
        dates.steps[place] = np.int64(step_of(pasts, k, clock))
        pasts.last[k, 0], pasts.undated[k, 0] = clock, 0.0
        pasts.rows[k, 0] += 1.0
    else:
        pasts.undated[k, 0] += 1.0
    spacing, rows = pasts.spacing[k, 0], pasts.rows[k, 0]
    dates.spacings[place] = spacing
    for n in range(len(periods)):
        if clock == clock and 2.0 * spacing <= periods[n] <= spacing * rows:
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
    clocks = dates.clocks
    if horizon:
        clocks = clocks + horizon * np.where(dates.spacings, dates.spacings, np.nan)
    columns = np.full((len(clocks), 2 * len(PARTS)), np.nan)
    for n, period in enumerate(PERIODS.tolist()):
        at = dates.told[:, n] > 0
        # Whole turns are taken off first: all angles are then computed by the same code.
        angles = 2 * np.pi * (clocks[at] / period % 1.0)
        columns[at, 2 * n], columns[at, 2 * n + 1] = np.sin(angles), np.cos(angles)
    return columns
