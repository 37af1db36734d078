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

from longlag.readers.times import Times

DAY = 86_400.0  #: seconds
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
    parts: list[str] = []  #: that are columns


class Dated(NamedTuple):
    """Some rows, and what their times say."""

    stop: int  #: number of the row behind them, from 0 in their block
    columns: np.ndarray  #: (n, 2 * parts), NaN where a time cannot be read


class Calendar:
    """The times of the rows so far.

    >>> calendar = Calendar(Times([]), horizon=1)
    >>> hours = [f"2026-11-{1 + t // 24:02}T{t % 24:02}:00" for t in range(48)]
    >>> [(stop, columns.shape) for stop, columns in calendar.pieces(hours, 48)]
    [(23, (23, 0)), (48, (25, 2))]
    """

    def __init__(self, times: Times, horizon: int, state: CalendarSoFar | None = None):
        """Raises `ValueError` for what is no state."""
        state = state or CalendarSoFar(times.form, times.given)
        self._times, self._horizon = times, horizon
        self._last, self._spacing = state.last, state.spacing
        self._votes, self._rows = state.votes, state.rows
        self.parts = list(state.parts)
        if len(set(state.parts)) < len(state.parts) or not set(state.parts) <= PARTS.keys():
            raise ValueError(f"the parts of a calendar must be among {', '.join(PARTS)}")
        if not 0.0 <= state.spacing < np.inf or min(state.votes, state.rows) < 0:
            raise ValueError("distances and numbers of rows cannot be negative")

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
        clocks, spacings = np.full(rows, np.nan), np.full(rows, np.nan)
        if texts is not None:
            read = map(self._times.clock, texts)
            clocks[:] = [np.nan if clock is None else clock for clock in read]
        dated = np.flatnonzero(~np.isnan(clocks))
        spacings[dated] = self._vote(clocks[dated])
        start = 0
        for t, parts in sorted(self._starts(dated, spacings).items()):
            if t > start:
                yield Dated(t, self._columns(clocks[start:t], spacings[start:t]))
            self.parts += parts
            start = t
        yield Dated(rows, self._columns(clocks[start:], spacings[start:]))

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
            list(self.parts),
        )

    @classmethod
    def from_state(cls, state: CalendarSoFar, horizon: int) -> "Calendar":
        """The calendar of a state; raises `ValueError` for what is none."""
        return cls(Times([], state.form, given=state.given), horizon, state)

    def _vote(self, clocks: np.ndarray) -> np.ndarray:
        """The usual distance after each of these rows (n,), NaN before there is any."""
        if not len(clocks):
            return clocks
        before = np.nan if self._last is None else self._last
        # Differences of seconds since 1970 have some seven decimals.
        distances = np.round(np.diff(clocks, prepend=before), 5)
        self._last, found = float(clocks[-1]), np.empty(len(clocks))
        spacing, votes = self._spacing, self._votes
        for n, distance in enumerate(distances.tolist()):
            if distance > 0.0:  # NaN is not
                if not votes:
                    spacing = distance
                votes += 1 if distance == spacing else -1
            found[n] = spacing
        self._spacing, self._votes = spacing, votes
        return np.where(found, found, np.nan)

    def _starts(self, dated: np.ndarray, spacings: np.ndarray) -> dict[int, list[str]]:
        """Rows from which on parts can be told apart that could not be before."""
        covered = spacings[dated] * np.arange(self._rows + 1, self._rows + 1 + len(dated))
        self._rows += len(dated)
        found: dict[int, list[str]] = {}
        for part, period in PARTS.items():
            if part not in self.parts:
                told = (2 * spacings[dated] <= period) & (period <= covered)
                if told.any():
                    found.setdefault(int(dated[told.argmax()]), []).append(part)
        return found

    def _columns(self, clocks: np.ndarray, spacings: np.ndarray) -> np.ndarray:
        """Sine and cosine of each part, at the times of the targets."""
        if self._horizon:
            clocks = clocks + self._horizon * spacings
        columns = np.empty((len(clocks), 2 * len(self.parts)))
        for n, part in enumerate(self.parts):
            # Whole turns are taken off first: all angles are then computed by the same code.
            angles = 2 * np.pi * (clocks / PARTS[part] % 1.0)
            columns[:, 2 * n], columns[:, 2 * n + 1] = np.sin(angles), np.cos(angles)
        return columns
