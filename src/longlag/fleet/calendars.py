"""When the rows of many series come: what their times say of the next targets."""

import numpy as np

from longlag.fleet.dates import DateRecords, columns_of, dates_of
from longlag.fleet.visits import Visits
from longlag.forecasting.calendar import PARTS, Calendar, CalendarSoFar
from longlag.forecasting.seasons import Places
from longlag.forecasting.target_times import TargetTimes, TimesSoFar
from longlag.readers.sources import Rows
from longlag.readers.times import Times

COLUMNS = 2 * len(PARTS)  #: sine and cosine of each part, missing until the part can be told


class Calendars:
    """A calendar for each series, if the networks see parts of times, and its latest times."""

    def __init__(self, times: Times | None, horizon: int, *, dated: bool):
        """`times` says how times are written, None without times; `dated`: with calendars."""
        self._written, self._horizon, self.dated = times, horizon, dated
        self.records = DateRecords()
        self.times: dict[str, TargetTimes] = {}

    @property
    def first(self) -> Calendar | None:
        """The calendar that tells most parts of times."""
        told = self.records.pasts.parts.sum(axis=1)
        if not self.dated or not told.any():
            return None
        return Calendar.from_state(self._state(int(told.argmax())), self._horizon)

    def state(self, name: str, slot: int) -> tuple[CalendarSoFar | None, TimesSoFar | None]:
        """What a series goes on from."""
        times = self.times.get(name)
        return self._state(slot) if self.dated else None, times and times.state()

    def _state(self, slot: int) -> CalendarSoFar:
        written = self._written or Times([])
        return self.records.state(slot, written.form, written.given)

    def restore(
        self, name: str, slot: int, calendar: CalendarSoFar | None, times: TimesSoFar | None
    ) -> None:
        """Let a series go on from its state; raises `ValueError` for what is none."""
        self.grow(slot + 1)
        self.begin(np.array([slot]))
        if calendar is not None and self.dated:
            Calendar.from_state(calendar, self._horizon)  # which checks it
            self.records.restore(slot, calendar)
        if times is not None:
            self.times[name] = TargetTimes.from_state(times)

    def grow(self, slots: int) -> None:
        """Make room for this number of slots; raises `InputError` if memory is too small."""
        if self.dated:
            self.records.grow(slots)

    def begin(self, slots: np.ndarray) -> None:
        """Let series begin in these slots."""
        if self.dated:
            self.records.begin(slots)

    def copied(self, slots: np.ndarray) -> np.ndarray:
        """The calendars in slots (n,), to be put back."""
        return self.records.copied(slots) if self.dated else slots

    def put_back(self, slots: np.ndarray, copied: np.ndarray) -> None:
        """Let the calendars in slots be as they were."""
        if self.dated:
            self.records.put_back(slots, copied)

    def date(self, rows: Rows, visits: Visits) -> tuple[np.ndarray, Places]:
        """The next rows: columns (n, `COLUMNS`) that their times give, or (n, 0); and places."""
        count = len(rows.features)
        if self._written is None or not self.dated:
            return np.zeros((count, 0)), Places.undated(count)
        clocks = self._written.clocks(rows.times) if rows.times else np.full(count, np.nan)
        dates = dates_of(self.records.pasts, visits, clocks)
        return columns_of(dates, self._horizon), Places.of(dates.steps, dates.spacings)

    def note(self, texts: list[str] | None, names: list[str], visits: Visits) -> None:
        """Keep the times of the next rows of each series, which tell those of rows to come."""
        if self._written is None or not texts:
            return
        for at in visits.each():
            name = names[int(at[0])]
            times = self.times.get(name)
            if times is None:
                times = self.times[name] = TargetTimes(self._written)
            times.add([texts[n] for n in at.tolist()])
