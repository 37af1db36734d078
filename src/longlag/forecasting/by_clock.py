"""The errors of predictions by the hour and by the weekday of their targets."""

import numpy as np

from longlag.readers.times import Times

HOUR, DAY = 3600.0, 86_400.0  #: seconds
THURSDAY = 3  #: weekday on which seconds since 1970 begin, from Monday as 0


class ErrorsByClock:
    """Sums of errors in the 24 hours of the day and the 7 days of the week."""

    def __init__(self, times: Times, predictors: int):
        self._times = times
        self._sums = [np.zeros((24, predictors)), np.zeros((7, predictors))]
        self._counts = [np.zeros(24), np.zeros(7)]

    def add(self, texts: list[str], errors: np.ndarray) -> None:
        """Errors (n, predictors) of predictions for rows with these times."""
        clocks = self._times.clocks(texts)
        dated = ~np.isnan(clocks)
        clocks, errors = clocks[dated], errors[dated]
        hours = (clocks % DAY // HOUR).astype(int)
        weekdays = ((clocks // DAY + THURSDAY) % 7).astype(int)
        for sums, counts, at in zip(self._sums, self._counts, (hours, weekdays), strict=True):
            np.add.at(sums, at, errors)
            np.add.at(counts, at, 1.0)

    def means(self) -> list[np.ndarray]:
        """Mean errors by hour (24, predictors) and by weekday (7, predictors), NaN for none.

        There are none of either unless there were errors in several hours, or on several days.
        """
        found = []
        for sums, counts in zip(self._sums, self._counts, strict=True):
            several = np.count_nonzero(counts) > 1
            share = np.where(counts, counts, np.nan)[:, None]
            found.append(sums / share if several else np.zeros((0, sums.shape[1])))
        return found
