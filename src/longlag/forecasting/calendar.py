"""What the time of a target says of it: the hour of the day, the weekday, the day of the year.

Each of these parts is two columns, sine and cosine of the place in the day, in the week or in the
year, so that midnight is near to one minute before midnight. A part is there as soon as the rows
can tell its values apart: they have covered a whole period, and stand at most half a period apart.

The time is that of the target, `horizon` rows ahead: the time of the row and as many times the
usual distance between rows. The usual distance is the one that a majority of rows keep, which the
vote of Boyer and Moore (1991, doi:10.1007/978-94-011-3488-0_5) finds without a list of distances.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from longlag.forecasting.seasons import SLOTS, Places
from longlag.readers.times import Times

DAY = 86_400.0  #: seconds
LEAST, MOST = 1e-6, 1e15  #: seconds between rows, from 1970, and rows, that a state may hold
#: The parts, and their periods in seconds.
PARTS = {"hour of the day": DAY, "weekday": 7 * DAY, "day of the year": 365.2425 * DAY}


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
        self._last, self._spacing = state.last, state.spacing
        self._votes, self._rows, self._undated = state.votes, state.rows, state.undated
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
        steps, spacings = self._walk(clocks)
        starts = self._starts(clocks, spacings)
        return Told(clocks, spacings, Places.of(steps, spacings), starts)

    def dated(self, told: Told, first: int, stop: int) -> Dated:
        """The columns of the parts that there are by now, for some rows."""
        columns = self._columns(told.clocks[first:stop], told.spacings[first:stop])
        return Dated(stop, columns, told.places.part(first, stop))

    def state(self) -> CalendarSoFar:
        """What the calendar goes on from."""
        times = self._times
        return CalendarSoFar(
            times.form,
            times.given,
            self._last,
            self._spacing,
            self._votes,
            self._rows,
            self._undated,
            list(self.parts),
        )

    @classmethod
    def from_state(cls, state: CalendarSoFar, horizon: int) -> "Calendar":
        """The calendar of a state; raises `ValueError` for what is none."""
        return cls(Times([], state.form, given=state.given), horizon, state)

    def _walk(self, clocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slots from the row before, and the usual distance (n,) after each row, 0 for none yet."""
        steps, spacings = np.ones(len(clocks), np.int64), np.full(len(clocks), self._spacing)
        if len(clocks) and self._last is not None and self._votes and not self._undated:
            distances = _rounded(np.diff(clocks, prepend=self._last))
            if (distances == self._spacing).all():  # as below, in one step
                self._last, self._votes = float(clocks[-1]), self._votes + len(clocks)
                return steps, spacings
        for t, clock in enumerate(clocks.tolist()):
            if clock != clock:  # NaN
                self._undated += 1
            else:
                if self._last is not None:
                    steps[t] = self._step(float(_rounded(clock - self._last)))
                self._last, self._undated = clock, 0
            spacings[t] = self._spacing
        return steps, spacings

    def _step(self, distance: float) -> int:
        """Vote for a distance from the last row with a time; returns how many slots it is."""
        if distance <= 0.0:
            return int(distance < 0.0)  # back in time: nobody knows how far
        if not self._votes:
            self._spacing = distance
        self._votes += 1 if distance == self._spacing else -1
        return min(max(0, round(distance / self._spacing) - self._undated), SLOTS)

    def _starts(self, clocks: np.ndarray, spacings: np.ndarray) -> dict[int, list[str]]:
        """Rows from which on parts can be told apart that could not be before."""
        dated = ~np.isnan(clocks)
        rows = self._rows + np.cumsum(dated)
        self._rows += int(dated.sum())
        found: dict[int, list[str]] = {}
        for part, period in PARTS.items():
            if part not in self.parts:
                told = dated & (2 * spacings <= period) & (period <= spacings * rows)
                if told.any():
                    found.setdefault(int(told.argmax()), []).append(part)
        return found

    def _columns(self, clocks: np.ndarray, spacings: np.ndarray) -> np.ndarray:
        """Sine and cosine of each part, at the times of the targets."""
        if self._horizon:
            clocks = clocks + self._horizon * np.where(spacings, spacings, np.nan)
        columns = np.empty((len(clocks), 2 * len(self.parts)))
        for n, part in enumerate(self.parts):
            # Whole turns are taken off first: all angles are then computed by the same code.
            angles = 2 * np.pi * (clocks / PARTS[part] % 1.0)
            columns[:, 2 * n], columns[:, 2 * n + 1] = np.sin(angles), np.cos(angles)
        return columns


def _rounded(seconds: Any) -> Any:
    """Differences of seconds since 1970, of which some seven decimals are known."""
    return np.floor(seconds * 1e5 + 0.5) / 1e5
