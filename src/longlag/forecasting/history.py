"""The numbers of one target so far, and what they say of the next ones at any horizon."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from longlag.forecasting.believing import Believed
from longlag.forecasting.outlook import OutlookSoFar
from longlag.forecasting.seasons import Places, Seasons, SeasonsSoFar


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
        self._last = np.nan if state.last is None else state.last
        came = self._last if state.came is None else state.came
        self._believed = Believed(self._last, came, state.changes)
        self._came_total = state.total if state.came_total is None else state.came_total
        self._change = np.nan if state.change is None else state.change
        self._total, self._count = state.total, state.count
        self._errors = np.array(state.errors)
        self._seasons = Seasons(horizons[-1], state.seasons)

    def add(self, targets: np.ndarray, places: Places) -> Known:
        """What is known at the next rows, whose own targets (n,) come with them."""
        given = ~np.isnan(targets)
        came = targets[given]
        naive, self._came_total = self._naive(self._believed.came, came, self._came_total)
        numbers = self._believed.step(came)
        believed, self._total = self._naive(self._last, numbers, self._total)
        last, means = believed.T
        missed = np.nan_to_num(np.abs(numbers[:, None] - believed[:-1]))  # none for the first
        errors = np.cumsum(np.vstack([self._errors, missed]), axis=0)
        changes = np.append(self._change, np.diff(last))
        origins = np.where(errors[:, 0] <= errors[:, 1], last, means)
        self._last, self._change, self._errors = last[-1], changes[-1], errors[-1]
        self._count += len(numbers)
        after = np.cumsum(given) if self._horizons[-1] else np.cumsum(given) - given
        last, means, changes, origins, naive = (
            each[after] for each in (last, means, changes, origins, naive)
        )
        of_rows = targets.copy()
        of_rows[given] = numbers
        seasonal = self._seasonal(places, of_rows)
        return Known(targets, given, last, means, changes, origins, naive, seasonal)

    def _seasonal(self, places: Places, numbers: np.ndarray) -> Iterator[np.ndarray]:
        """One horizon after the other: all of them at once would be a hundred megabytes."""
        for horizon in self._horizons[:-1]:
            yield self._seasons.peek(horizon, places, numbers)
        yield self._seasons.step(places, numbers)

    def _naive(self, last: float, numbers: np.ndarray, total: float) -> tuple[np.ndarray, float]:
        """Last number and mean (1 + n, 2) after none and each of the numbers, and their total.

        Sums are taken one after the other, so that the bits do not depend on how a stream is cut.
        """
        totals = np.cumsum(np.append(total, numbers))
        counts = self._count + np.arange(len(totals))
        means = np.divide(totals, np.where(counts, counts, np.nan))
        return np.column_stack([np.append(last, numbers), means]), float(totals[-1])

    def state(self) -> NumbersSoFar:
        """The state but for what the horizons know."""
        last, change = (None if np.isnan(x) else float(x) for x in (self._last, self._change))
        came = self._believed.came
        return NumbersSoFar(
            last=last,
            change=change,
            total=self._total,
            count=float(self._count),
            errors=self._errors.tolist(),
            came=None if np.isnan(came) else came,
            came_total=self._came_total,
            changes=self._believed.table.ravel().tolist(),
            seasons=self._seasons.state(),
        )
