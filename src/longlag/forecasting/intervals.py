"""Intervals that hold a given share of the targets, whatever the series does.

The lower and the upper end stand as far from each answer as two quantiles of the errors, target
less answer, and as the misses so far demand: conformal control with a proportional and an integral
part (Angelopoulos, Candes & Tibshirani 2023, "Conformal PID control for time series prediction",
arXiv:2307.16895, after Gibbs & Candes 2021, arXiv:2106.00170). Of the upper end, with tau =
(1 - level) / 2, u the usual error, which is the mean of the latest ones, and n their number:

    quantile += step * ([error > quantile * u] - tau)
    misses += (1 - tau) / h                            if target > upper end that was given
    misses -= max(0, tau - `FEW` / (1 + n / h)) / h    if not
    upper end = answer + (quantile * (1 + `EARLY` / (1 + n / h)) + gain * misses) * u

The quantile finds the width, in usual errors: so the interval follows the size of the errors at
once, and begins near its place, with the quantile of a normal distribution. What a few errors do
not tell yet of their usual size makes it wider. The misses hold the share: whatever the errors are,
they cannot grow for long. While few horizons have passed, a target that was held counts for less:
a disturbance is missed for as long as the horizon before the first miss is known, and of few
horizons this is a large share. So few errors have to hold more than the share, as in split
conformal prediction. Neither quantile nor misses count for more than `MOST` usual errors, so both
leave behind what was long ago: the first errors of a network, or a beginning that was predicted
exactly. Errors `h` rows ahead come in groups of some h that are alike, so a row counts for 1 / h,
and the step falls with the horizon, as the learning rate does. What was tried is in
docs/choosing-measured.md.
"""

import math

import msgspec
import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver

STEP, SLOWER = 0.02, 0.75  #: the least step, and the power of the horizon that divides steps
SLOW = 3.0  #: horizons after which a step is half of the first one
EARLY = 0.4  #: how much wider the first interval is
FEW = 0.15  #: of the share, how much more than it the first errors have to hold on each side
#: The usual error is the mean of some LATE + LATER * horizon errors: that of many more could not
#: grow after a quiet beginning.
LATE, LATER = 100.0, 5.0
GAIN = 0.2  #: times the horizon, at most 1
MOST = 10.0  #: no error, no quantile and no misses count for more than so many usual errors

#: Rows of the table: distances of the lower and the upper end in usual errors, their misses; and
#: how many errors there were, and how large they usually are.
DISTANCE, MISSES, USUAL = np.arange(3)


class BoundsSoFar(msgspec.Struct, forbid_unknown_fields=True):
    """The state of an interval; bytes are numbers in double precision."""

    table: list[list[float]]  #: (3, 2)
    waiting: bytes  #: (horizon, 3), answers and their ends, whose targets have not come


class Bounds:
    """An interval around each answer.

    >>> bounds = Bounds(0.8, horizon=0)
    >>> errors = np.random.default_rng(1).normal(size=5000)
    >>> np.round(bounds.step(np.zeros(5000), errors)[-1])
    array([-1.,  1.])
    """

    def __init__(self, level: float, horizon: int, state: BoundsSoFar | None = None):
        """Intervals that hold the share `level`, in (0, 1); `ValueError` for what is no state."""
        self._outside, self._horizon = 0.5 * (1.0 - level), horizon
        self._table, self._waiting = np.zeros((3, 2)), np.full((horizon, 3), np.nan)
        if state is not None:
            if len(state.waiting) != 24 * horizon or list(map(len, state.table)) != [2, 2, 2]:
                raise ValueError(f"an interval has two ends, and waits for {horizon} targets")
            self._table = np.array(state.table)
            waiting = np.frombuffer(state.waiting, np.float64).reshape(horizon, 3)
            self._waiting = waiting.copy()
            finite = np.abs(self._table).max() <= 1e150 and not np.isinf(waiting).any()
            if not finite or (self._table[USUAL] < 0).any():
                raise ValueError("the ends of an interval are finite, and errors not negative")

    def step(self, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Lower and upper ends (n, 2) at the next answers (n,), NaN where one is missing.

        `targets` (n,) are those of the same rows, NaN where one is missing.
        """
        count = len(targets)
        rows = np.vstack([self._waiting, np.column_stack([answers, np.full((count, 2), np.nan)])])
        track(self._table, self._outside, rows, targets)
        self._waiting = rows[count:].copy()
        return rows[self._horizon :, 1:]

    def state(self) -> BoundsSoFar:
        """What the interval goes on from."""
        return BoundsSoFar(self._table.tolist(), self._waiting.tobytes())


@inlined
def gain_of(horizon):
    """What the misses count for."""
    return min(1.0, GAIN * horizon)


@inlined
def normal_quantile(outside):
    """That of the share 1 - outside, in mean absolute deviations of a normal distribution.

    To 0.0006, for outside in (0, 0.5]: Abramowitz & Stegun (1964), 26.2.23.
    """
    t = math.sqrt(-2.0 * math.log(outside))
    above = 2.515517 + t * (0.802853 + t * 0.010328)
    below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return math.sqrt(0.5 * math.pi) * (t - above / below)


@inlined
def move(table, outside, horizon, row, target):
    """Move both ends, when the target of a row has come."""
    error, usual = target - row[0], table[USUAL, 1]
    size = abs(error)
    if table[USUAL, 0] == 0.0:
        table[DISTANCE, 1] = normal_quantile(outside)
        table[DISTANCE, 0] = -table[DISTANCE, 1]
    if usual > 0.0:
        size = min(size, MOST * usual)
    table[USUAL, 0] += 1.0
    table[USUAL, 1] += (size - usual) / min(table[USUAL, 0], LATE + LATER * horizon)
    step = max(STEP, SLOW / (SLOW + table[USUAL, 0] / horizon)) / horizon**SLOWER
    for end in range(2):
        side = -1.0 if end == 0 else 1.0
        if usual > 0.0:  # as long as all errors are 0, any quantile is theirs
            beyond = 1.0 if side * error > side * table[DISTANCE, end] * usual else 0.0
            distance = side * table[DISTANCE, end] + step * (beyond - outside)
            table[DISTANCE, end] = side * min(distance, MOST)
        if row[1 + end] == row[1 + end]:  # not NaN
            change = -max(0.0, outside - FEW / (1.0 + table[USUAL, 0] / horizon))
            if side * target > side * row[1 + end]:
                change = 1.0 - outside
            misses = table[MISSES, end] + change / horizon
            table[MISSES, end] = max(-MOST / gain_of(horizon), min(misses, MOST / gain_of(horizon)))


@inlined
def give(table, horizon, row):
    """The ends at the answer of a row."""
    wider, gain = 1.0 + EARLY / (1.0 + table[USUAL, 0] / horizon), gain_of(horizon)
    lower = row[0] + table[USUAL, 1] * (wider * table[DISTANCE, 0] - gain * table[MISSES, 0])
    upper = row[0] + table[USUAL, 1] * (wider * table[DISTANCE, 1] + gain * table[MISSES, 1])
    if lower > upper:  # so few misses that nothing is left: the next target is one
        lower = upper = 0.5 * (lower + upper)
    row[1], row[2] = lower, upper


@inlined
def bound_row(table, outside, horizon, due, row, target, waits):
    """Give the ends at the answer of a row, and move them by the target of the row that is due.

    The row `due` is the row itself, unless rows wait for their targets.
    """
    error = target - due[0]
    if waits and error == error:  # not NaN
        move(table, outside, horizon, due, target)
    if table[USUAL, 0] > 0.0:
        give(table, horizon, row)
    if not waits and error == error:
        move(table, outside, horizon, due, target)


def _track(table, outside, rows, targets):
    """Give the ends at the last rows; the first ones wait for their targets."""
    count = len(targets)
    ahead = len(rows) - count
    horizon = max(1.0, float(ahead))
    for t in range(count):
        bound_row(table, outside, horizon, rows[t], rows[ahead + t], targets[t], ahead > 0)
    return count


track = Driver(_track, "track")
