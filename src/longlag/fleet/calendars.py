"""When the rows of many series come: what their times say of the next targets."""

from collections.abc import Iterator

import numpy as np

from longlag.fleet.steps import Visits
from longlag.forecasting.calendar import PARTS, Calendar, CalendarSoFar, Dated
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
        self.of: dict[str, Calendar] = {}
        self.times: dict[str, TargetTimes] = {}

    @property
    def first(self) -> Calendar | None:
        """The calendar that tells most parts of times."""
        return max(self.of.values(), key=lambda each: len(each.parts), default=None)

    @property
    def whole(self) -> Calendar | None:
        """A calendar that tells all parts of times, if the networks see them."""
        if not self.dated:
            return None
        return Calendar(Times([]), self._horizon, CalendarSoFar(None, False, parts=list(PARTS)))

    def state(self, name: str) -> tuple[CalendarSoFar | None, TimesSoFar | None]:
        """What a series goes on from."""
        calendar, times = self.of.get(name), self.times.get(name)
        return calendar and calendar.state(), times and times.state()

    def restore(self, name: str, calendar: CalendarSoFar | None, times: TimesSoFar | None) -> None:
        """Let a series go on from its state; raises `ValueError` for what is none."""
        if calendar is not None:
            self.of[name] = Calendar.from_state(calendar, self._horizon)
        if times is not None:
            self.times[name] = TargetTimes.from_state(times)

    def add(self, rows: Rows, names: list[str], visits: Visits) -> tuple[np.ndarray, Places]:
        """The next rows: columns (n, `COLUMNS`) that their times give, or (n, 0); and places."""
        count = len(names)
        columns = np.full((count, COLUMNS * self.dated), np.nan)
        places = Places.undated(count)
        if self._written is None:
            return columns, places
        for at in visits.each():
            texts = [rows.times[n] for n in at.tolist()] if rows.times else None
            name = names[int(at[0])]
            self.times.setdefault(name, TargetTimes(self._written)).add(texts)
            if self.dated:
                for dated, part in self._dated(name, texts, at):
                    places.steps[part], places.lags[part] = dated.places
                    for n, known in enumerate(self.of[name].parts):
                        first = 2 * list(PARTS).index(known)
                        columns[part, first : first + 2] = dated.columns[:, 2 * n : 2 * n + 2]
        return columns, places

    def _dated(
        self, name: str, texts: list[str] | None, at: np.ndarray
    ) -> Iterator[tuple[Dated, np.ndarray]]:
        """The pieces of the rows of a series, and where in the call they are."""
        if name not in self.of:
            self.of[name] = Calendar(self._written or Times([]), self._horizon)
        first = 0
        for dated in self.of[name].pieces(texts, len(at)):
            yield dated, at[first : dated.stop]
            first = dated.stop
