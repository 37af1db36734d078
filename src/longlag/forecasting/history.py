"""The numbers of one target so far, and what they say of the next ones at any horizon.

Last number, mean and change are those of the numbers believed (`longlag.forecasting.believing`).
The origin is the last number or the mean, whichever had the smaller sum of absolute errors so far.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.estimators.moments import ROWS, sound
from longlag.forecasting.believing import believe_next
from longlag.forecasting.outlook import OutlookSoFar
from longlag.forecasting.seasons import Places, Seasons, SeasonsSoFar

#: Numbers of a record: change, sum and count of the numbers believed; sums of the absolute errors
#: of the last number and of the mean; sum of the numbers that came, believed or not.
CHANGE, TOTAL, COUNT, LAST_ERRORS, MEAN_ERRORS, CAME_TOTAL = np.arange(6)
NUMBERS = 6


class NumbersSoFar(OutlookSoFar):
    """The state of a target that is a number, with its first horizon."""

    last: float | None = None  #: number that is believed
    change: float | None = None
    total: float = 0.0
    count: float = 0.0
    errors: list[float] = msgspec.field(default_factory=lambda: [0.0, 0.0])
    # Models of version 0.1.0, which believed every number, lack the next three.
    came: float | None = None  #: number that came last; None if it is the one believed
    came_total: float | None = None
    changes: list[float] = msgspec.field(default_factory=list)  #: moments of the changes
    # Models of version 0.1.0 departed from the last number and the mean alone.
    seasons: SeasonsSoFar | None = None
    further: list[OutlookSoFar] = msgspec.field(default_factory=list)  #: of the other horizons
    #: targets of the latest rows, if there are several horizons
    lately: list[float | None] = msgspec.field(default_factory=list)


class Known(NamedTuple):
    """What is known of a target when each of some rows is answered."""

    targets: np.ndarray  #: (n,), NaN where one is missing
    given: np.ndarray  #: (n,), whether there is one
    last: np.ndarray  #: (n,), the number that is believed
    means: np.ndarray  #: (n,), of the numbers believed
    changes: np.ndarray  #: (n,), of the number believed
    origins: np.ndarray  #: (n,), the last number or the mean, whichever was closer so far
    naive: np.ndarray  #: (n, 2), last number and mean of all that came, believed or not
    #: (n, seasonal predictions) for each horizon, to be taken before more rows are added
    seasonal: Iterator[np.ndarray]


class History:
    """Last number, mean, seasons, and which of the first two is the better origin."""

    def __init__(self, horizons: tuple[int, ...], state: NumbersSoFar):
        """Raises `ValueError` if it is no state."""
        if len(state.errors) != 2:
            raise ValueError(f"the errors of two predictions are kept, got {len(state.errors)}")
        self._horizons = horizons
        change = np.nan if state.change is None else state.change
        came_total = state.total if state.came_total is None else state.came_total
        self._numbers = np.array([change, state.total, state.count, *state.errors, came_total])
        last = np.nan if state.last is None else state.last
        self._ends = np.array([last, last if state.came is None else state.came])
        self._changes = np.array(state.changes or [0.0] * ROWS, np.float64)[:, None]
        if self._changes.shape != (ROWS, 1) or not sound(self._changes):
            raise ValueError(f"the moments of changes are {ROWS} numbers, only means below 0")
        self._seasons = Seasons(horizons[-1], state.seasons)

    def add(self, targets: np.ndarray, places: Places) -> Known:
        """What is known at the next rows, whose own targets (n,) come with them."""
        found, numbers = np.empty((len(targets), 6)), np.array(targets, np.float64)
        own = self._horizons[-1] > 0
        walk(self._numbers, self._ends, self._changes, numbers, own, found)
        last, means, changes, origins, *naive = found.T
        seasonal = self._seasonal(places, numbers)
        given = ~np.isnan(targets)
        return Known(
            targets, given, last, means, changes, origins, np.column_stack(naive), seasonal
        )

    def _seasonal(self, places: Places, numbers: np.ndarray) -> Iterator[np.ndarray]:
        """One horizon after the other: all of them at once would be a hundred megabytes."""
        for horizon in self._horizons[:-1]:
            yield self._seasons.peek(horizon, places, numbers)
        yield self._seasons.step(places, numbers)

    def state(self) -> NumbersSoFar:
        """The state but for what the horizons know."""
        numbers, (last, came) = self._numbers.tolist(), self._ends.tolist()
        return NumbersSoFar(
            last=_known(last),
            change=_known(numbers[CHANGE]),
            total=numbers[TOTAL],
            count=numbers[COUNT],
            errors=[numbers[LAST_ERRORS], numbers[MEAN_ERRORS]],
            came=_known(came),
            came_total=numbers[CAME_TOTAL],
            changes=self._changes.ravel().tolist(),
            seasons=self._seasons.state(),
        )


def _known(number: float) -> float | None:
    """A number, None for NaN."""
    return None if number != number else number


@inlined
def count_target(numbers, ends, changes, target):
    """Count the target of a row; returns the number that is believed, NaN without a target."""
    if target != target:
        return target
    last = ends[0]
    number = believe_next(changes, ends, target)
    if numbers[COUNT] > 0.0:
        numbers[LAST_ERRORS] += abs(number - last)
        numbers[MEAN_ERRORS] += abs(number - numbers[TOTAL] / numbers[COUNT])
    numbers[CHANGE] = number - last
    numbers[TOTAL] += number
    numbers[CAME_TOTAL] += target
    numbers[COUNT] += 1.0
    return number


@inlined
def history_at(numbers, ends, changes, target, own):
    """What is known when a row is answered, with its `own` target or before it has come.

    Returns the number believed of the row, NaN without a target; last number, mean, change and
    origin; and the last number and the mean of all that came, believed or not.
    """
    number = target
    if own:
        number = count_target(numbers, ends, changes, target)
    last, came, change, count = ends[0], ends[1], numbers[CHANGE], numbers[COUNT]
    mean = came_mean = np.nan
    if count > 0.0:
        mean, came_mean = numbers[TOTAL] / count, numbers[CAME_TOTAL] / count
    origin = last if numbers[LAST_ERRORS] <= numbers[MEAN_ERRORS] else mean
    if not own:
        number = count_target(numbers, ends, changes, target)
    return number, last, mean, change, origin, came, came_mean


def _walk(numbers, ends, changes, targets, own, found):
    """Fill `found` (n, 6) with what is known at each row; targets become the numbers believed."""
    for t in range(len(targets)):
        known = history_at(numbers, ends, changes, targets[t], own)
        targets[t] = known[0]
        for n in range(6):
            found[t, n] = known[1 + n]
    return len(targets)


walk = Driver(_walk, "history")
