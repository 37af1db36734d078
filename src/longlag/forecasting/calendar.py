"""What the time of a target says of it: the hour of the day, the weekday, the day of the year.

Each of these parts is two columns, sine and cosine of the place in the day, in the week or in the
year, so that midnight is near to one minute before midnight. A part is there as soon as the rows
can tell its values apart: they have covered a whole period, and stand at most half a period apart.

The time is that of the target, `horizon` rows ahead: the time of the row and as many times the
usual distance between rows. The usual distance is the one that a majority of rows keep, which the
vote of Boyer and Moore (1991, doi:10.1007/978-94-011-3488-0_5) finds without a list of distances.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.forecasting.seasons import SLOTS, Places
from longlag.readers.times import Times

DAY = 86_400.0  #: seconds
LEAST, MOST = 1e-6, 1e15  #: seconds between rows, from 1970, and rows, that a state may hold
#: The parts, and their periods in seconds.
PARTS = {"hour of the day": DAY, "weekday": 7 * DAY, "day of the year": 365.2425 * DAY}
PERIODS = np.array(list(PARTS.values()))
WHOLE = 2.0**52  #: a float beyond it is whole

#: Numbers of a record: time of the last row that has one, NaN before the first; the rest as in
#: `CalendarSoFar`.
LAST, SPACING, VOTES, ROWS, UNDATED = np.arange(5)
NUMBERS = 5


class CalendarSoFar(msgspec.Struct, forbid_unknown_fields=True):
    """The state of a calendar."""

    form: str | None  #: in which times are written, as in `datetime.strptime`
    given: bool  #: whether a person said so
    last: float | None = None  #: time of the last row that has one
    spacing: float = 0.0  #: seconds between two rows, as far as is known; 0 before there are two
    votes: int = 0  #: rows with this distance, less those with another
    rows: int = 0  #: with a time
    undated: int = 0  #: rows without a time since the last one that has one
    parts: list[str] = []  #: that are columns


class Told(NamedTuple):
    """What the times of some rows tell, whatever parts are columns."""

    clocks: np.ndarray  #: (n,), seconds since 1970, NaN for no date
    spacings: np.ndarray  #: (n,), usual distance after each row, 0 for none yet
    places: Places  #: of the rows in time, for seasons
    starts: dict[int, list[str]]  #: rows from which on new parts can be told apart


class Dated(NamedTuple):
    """Some rows, and what their times say."""

    stop: int  #: number of the row behind them, from 0 in their block
    columns: np.ndarray  #: (n, 2 * parts), NaN where a time cannot be read
    places: Places  #: of the rows in time, for seasons


class Calendar:
    """The times of the rows so far.

    >>> calendar = Calendar(Times([]), horizon=1)
    >>> hours = [f"2026-11-{1 + t // 24:02}T{t % 24:02}:00" for t in range(48)]
    >>> [(piece.stop, piece.columns.shape) for piece in calendar.pieces(hours, 48)]
    [(23, (23, 0)), (48, (25, 2))]
    """

    def __init__(self, times: Times, horizon: int, state: CalendarSoFar | None = None):
        """Raises `ValueError` for what is no state."""
        state = state or CalendarSoFar(times.form, times.given)
        self._times, self._horizon = times, horizon
        self._numbers = numbers_of(state)
        self.parts = list(state.parts)
        if len(set(state.parts)) < len(state.parts) or not set(state.parts) <= PARTS.keys():
            raise ValueError(f"the parts of a calendar must be among {', '.join(PARTS)}")
        for rows in (state.votes, state.rows, state.undated):
            if not 0 <= rows <= MOST:
                raise ValueError(f"there may be {MOST:g} rows, got {rows}")
        if state.spacing and not LEAST <= state.spacing <= MOST:
            raise ValueError(f"rows may be {LEAST:g} to {MOST:g} s apart, got {state.spacing}")
        if state.votes and not state.spacing:
            raise ValueError("rows with a distance of 0 have no votes")
        if state.last is not None and not abs(state.last) <= MOST:
            raise ValueError(f"a time may be {MOST:g} s from 1970, got {state.last}")

    def names(self, taken: Sequence[str]) -> list[str]:
        """Names for the columns, other than those that are taken."""
        used, found = set(taken), []
        for part in self.parts:
            for wave in ("sine", "cosine"):
                name = f"{part}, {wave}"
                while name in used:
                    name += " "  # a feature may be called anything
                used.add(name)
                found.append(name)
        return found

    def pieces(self, texts: Sequence[str] | None, rows: int) -> Iterator[Dated]:
        """The next rows, with their times if they have any; one that brings a part begins a piece.

        The bits do not depend on how rows are cut into calls.
        """
        told, first = self.told(texts, rows), 0
        for stop, parts in [*sorted(told.starts.items()), (rows, [])]:
            if stop > first or not rows:
                yield self.dated(told, first, stop)
            self.parts += parts
            first = stop

    def told(self, texts: Sequence[str] | None, rows: int) -> Told:
        """What the times of the next rows tell; `dated` makes columns of it."""
        clocks = np.full(rows, np.nan) if texts is None else self._times.clocks(texts)
        steps, spacings = np.empty(rows, np.int64), np.empty(rows)
        told = np.empty((rows, len(PARTS)), np.bool_)
        walk(self._numbers, clocks, PERIODS, steps, spacings, told)
        starts: dict[int, list[str]] = {}
        for part, at in zip(PARTS, told.T, strict=True):
            if part not in self.parts and at.any():
                starts.setdefault(int(at.argmax()), []).append(part)
        return Told(clocks, spacings, Places.of(steps, spacings), starts)

    def dated(self, told: Told, first: int, stop: int) -> Dated:
        """The columns of the parts that there are by now, for some rows."""
        clocks = target_clocks(told.clocks[first:stop], told.spacings[first:stop], self._horizon)
        found = [waves(clocks, PARTS[part]) for part in self.parts]
        columns = np.hstack([np.zeros((len(clocks), 0)), *found])
        return Dated(stop, columns, told.places.part(first, stop))

    def state(self) -> CalendarSoFar:
        """What the calendar goes on from."""
        return state_of(self._numbers, self._times.form, self._times.given, list(self.parts))

    @classmethod
    def from_state(cls, state: CalendarSoFar, horizon: int) -> "Calendar":
        """The calendar of a state; raises `ValueError` for what is none."""
        return cls(Times([], state.form, given=state.given), horizon, state)


def numbers_of(state: CalendarSoFar) -> np.ndarray:
    """The record (NUMBERS,) of a state."""
    last = np.nan if state.last is None else state.last
    return np.array([last, state.spacing, state.votes, state.rows, state.undated], np.float64)


def state_of(numbers: np.ndarray, form: str | None, given: bool, parts: list[str]) -> CalendarSoFar:
    """The state of a record; the other arguments are as in `CalendarSoFar`."""
    last, spacing, votes, rows, undated = numbers.tolist()
    known = None if last != last else last
    return CalendarSoFar(form, given, known, spacing, int(votes), int(rows), int(undated), parts)


def target_clocks(clocks: np.ndarray, spacings: np.ndarray, horizon: int) -> np.ndarray:
    """The times (n,) of the targets of rows, NaN where the distance of rows is not known."""
    return clocks + horizon * np.where(spacings, spacings, np.nan) if horizon else clocks


def waves(clocks: np.ndarray, period: float) -> np.ndarray:
    """Sine and cosine (n, 2) of the places of times in a period."""
    # Whole turns are taken off first: all angles are then computed by the same code.
    angles = 2 * np.pi * (clocks / period % 1.0)
    return np.column_stack([np.sin(angles), np.cos(angles)])


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


@inlined
def step_of(numbers, clock):
    """Vote for the distance from the last row with a time: how many slots it is."""
    if numbers[LAST] != numbers[LAST]:  # there was none
        return 1.0
    # Of differences of seconds since 1970, some seven decimals are known.
    distance = floored((clock - numbers[LAST]) * 1e5 + 0.5) / 1e5
    if distance <= 0.0:
        return 1.0 if distance < 0.0 else 0.0  # back in time: nobody knows how far
    if numbers[VOTES] == 0.0:
        numbers[SPACING] = distance
    spacing = numbers[SPACING]
    numbers[VOTES] += 1.0 if distance == spacing else -1.0
    return min(max(0.0, rounded(distance / spacing) - numbers[UNDATED]), SLOTS)


@inlined
def count_clock(numbers, clock):
    """Take the time of a row, NaN for none; returns its slots from the row before."""
    step = 1.0
    if clock == clock:
        step = step_of(numbers, clock)
        numbers[LAST], numbers[UNDATED] = clock, 0.0
        numbers[ROWS] += 1.0
    else:
        numbers[UNDATED] += 1.0
    return np.int64(step)


@inlined
def tells(numbers, clock, period):
    """Whether a row with this time tells places in a period apart, with the rows so far."""
    spacing = numbers[SPACING]
    return clock == clock and 2.0 * spacing <= period and period <= spacing * numbers[ROWS]


def _walk(numbers, clocks, periods, steps, spacings, told):
    """Take the times of rows: their slots, the usual distance after each, and what they tell."""
    for t in range(len(clocks)):
        steps[t] = count_clock(numbers, clocks[t])
        spacings[t] = numbers[SPACING]
        for n in range(len(periods)):
            told[t, n] = tells(numbers, clocks[t], periods[n])
    return len(clocks)


walk = Driver(_walk, "calendar")
