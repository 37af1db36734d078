"""Seasonal naive predictions: the number one season before the target, and the change from there.

Rows stand in **slots**, one for each usual distance between rows, so that a gap in the times of the
rows is a gap of as many slots. Where the times are dates, the seasons are an hour, days, weeks and
years; without dates, they are `LAGS`, numbers of rows that people's data often repeat after. Which
of them are worth anything, `longlag.forecasting.blending` finds out.

Of a season of P slots, the target h slots ahead is predicted in two ways:

- as the number P slots before it; 2 P, 3 P and so on, if that has not come, or is missing;
- as the last number, changed by as much as from P slots before it until P before the target.
"""

from functools import lru_cache
from typing import NamedTuple, Self

import msgspec
import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver

SLOTS = 2048  #: that are remembered
HOUR, DAY, WEEK, YEAR = 3600.0, 86_400.0, 604_800.0, 365.2425 * 86_400.0
#: Seasons in seconds, and as multiples of them: the mean of some days says more than one day.
SEASONS = (
    (HOUR, (1,)),
    (DAY, (1, 2, 3, 4)),
    (WEEK, (1, 2, 3)),
    (YEAR, (1, 2, 3)),
)
#: Half a day, a day and a week of hours, half-hours, five minutes; months, weeks, days of a year.
LAGS = (7, 12, 24, 48, 52, 96, 168, 288, 336, 365, 672, 2016)
COUNT = len(LAGS)


class Places(NamedTuple):
    """Where rows stand in time."""

    steps: np.ndarray  #: (n,), slots from the row before
    lags: np.ndarray  #: (n, COUNT), slots of each season, 0 for none

    @classmethod
    def of(cls, steps: np.ndarray, spacings: np.ndarray) -> Self:
        """Rows that stand in slots of so many seconds (n,), 0 where that is not known."""
        known, which = np.unique(spacings, return_inverse=True)
        lags = np.array([lags_of(spacing) for spacing in known.tolist()], np.int64)
        return cls(steps, lags.reshape(-1, COUNT)[which])

    @classmethod
    def undated(cls, rows: int) -> Self:
        """Rows that stand one slot apart."""
        return cls.of(np.ones(rows, np.int64), np.zeros(rows))

    def part(self, start: int, stop: int) -> Self:
        """Some of these rows."""
        return type(self)(self.steps[start:stop], self.lags[start:stop])


@lru_cache(1000)
def lags_of(spacing: float) -> tuple[int, ...]:
    """The slots of each season, if rows are so many seconds apart; `LAGS` if that is unknown, 0.

    >>> lags_of(3600.0)
    (24, 48, 72, 96, 168, 336, 504, 0, 0, 0, 0, 0)
    """
    if not spacing:
        return LAGS
    found = []
    for season, multiples in SEASONS:
        slots = min(round(season / spacing), SLOTS)
        found += [slots * each for each in multiples if 1 < slots * each < SLOTS]
    found = list(dict.fromkeys(found))
    return tuple(found + [0] * (COUNT - len(found)))


class SeasonsSoFar(msgspec.Struct, forbid_unknown_fields=True):
    """The state of the seasons; bytes are numbers in double precision, NaN where one is missing."""

    numbers: bytes  #: of the slots so far, the latest first


class Seasons:
    """The numbers of the latest slots.

    >>> seasons = Seasons(horizon=1)
    >>> week = np.arange(21.0) % 7
    >>> seasons.step(Places.undated(21), week)[-1, [0, COUNT]]  # a week before; changed as then
    array([0., 0.])
    """

    def __init__(self, horizon: int, state: SeasonsSoFar | None = None):
        """Raises `ValueError` for what is no state."""
        self._horizon = horizon
        self._ring = np.full(SLOTS, np.nan)
        # Place of the latest slot, how many there are, and how many ago the last number came.
        self._ends = np.array([0, 0, 0])
        self._last = np.full(1, np.nan)
        if state is not None:
            numbers = np.frombuffer(state.numbers, np.float64)
            if len(numbers) > SLOTS or np.isinf(numbers).any():
                raise ValueError(f"seasons have at most {SLOTS} numbers, all of them finite")
            self._ring[SLOTS - len(numbers) :] = numbers[::-1]
            given = np.flatnonzero(~np.isnan(numbers))
            age = int(given[0]) if len(given) else SLOTS
            self._ends[:] = SLOTS - 1, len(numbers), age
            self._last[:] = numbers[age] if len(given) else np.nan

    def step(self, places: Places, numbers: np.ndarray) -> np.ndarray:
        """Predictions (n, 2 * COUNT) made at the next rows, whose own numbers (n,) come with them.

        With a horizon of 0, each row is predicted before its number has come. NaN is missing, among
        the numbers and among the predictions.
        """
        found = np.full((len(numbers), 2 * COUNT), np.nan)
        recall(self._ring, self._ends, self._last, *places, numbers, self._horizon, found)
        return found

    def peek(self, horizon: int, places: Places, numbers: np.ndarray) -> np.ndarray:
        """What `step` returns, with another horizon; nothing changes."""
        found = np.full((len(numbers), 2 * COUNT), np.nan)
        before = self._ring.copy(), self._ends.copy(), self._last.copy()
        recall(*before, *places, numbers, horizon, found)
        return found

    def state(self) -> SeasonsSoFar:
        """What the seasons go on from."""
        place, known, _ = self._ends.tolist()
        return SeasonsSoFar(np.roll(self._ring[::-1], place + 1)[:known].tobytes())


@inlined
def move(ring, ends, slots):
    """Take up the next slots; nothing has come there yet."""
    for _ in range(min(slots, len(ring))):
        ends[0] = (ends[0] + 1) % len(ring)
        ends[1] = min(ends[1] + 1, len(ring))
        ends[2] = min(ends[2] + 1, len(ring))
        ring[ends[0]] = np.nan


@inlined
def ago(ring, ends, slots):
    """The number that came so many slots before the latest slot, or NaN."""
    return ring[(ends[0] - slots) % len(ring)] if slots < ends[1] else np.nan


@inlined
def predict(ring, ends, last, lags, horizon, found):
    """The predictions (2 * seasons,) of the target `horizon` slots ahead."""
    count = len(lags)
    for n in range(count):
        lag = lags[n]
        if lag > 0:
            back = lag * max(1, (horizon + lag - 1) // lag) - horizon
            while back < ends[1] and ago(ring, ends, back) != ago(ring, ends, back):  # NaN
                back += lag
            number = ago(ring, ends, back)
            found[n] = number
            found[count + n] = last + (number - ago(ring, ends, back + horizon + ends[2]))


@inlined
def recall_row(ring, ends, last, steps, lags, number, horizon, found):
    """Predict at a row, and keep its number; `last` (1,) is the latest number."""
    move(ring, ends, steps)
    if horizon == 0:
        predict(ring, ends, last[0], lags, horizon, found)
    if number == number:  # not NaN
        ring[ends[0]] = last[0] = number
        ends[2] = 0
    if horizon > 0:
        predict(ring, ends, last[0], lags, horizon, found)


def _recall(ring, ends, last, steps, lags, numbers, horizon, found):
    """Predict at each row, and keep its number."""
    for t in range(len(numbers)):
        recall_row(ring, ends, last, steps[t], lags[t], numbers[t], horizon, found[t])
    return len(numbers)


recall = Driver(_recall, "recall")
