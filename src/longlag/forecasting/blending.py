"""Several forecasts of a series in one: a convex blend, whose weights follow their errors.

The weights are those of ML-Poly (Gaillard, Stoltz & van Erven 2014, "A second-order bound with
excess losses", arXiv:1402.2044), with the gradient of the absolute error in the place of the loss.
A forecast has the weight

    R / V,  R = sum of r > 0,  V = sum of r^2,  r = sign(blend - target) * (blend - forecast),

and no weight while its regret R is not positive; if no regret is, the first forecast is the blend.
There is no rate to choose, and the blend is soon nearly as good as the best fixed blend. A forecast
that is missing sleeps: it has no weight, and its regret stays.

Forecasts are judged when their target has come, `horizon` rows after they were made. A row whose
forecasts differ `MOST` times as much as usual counts as one where they differ that much: wild
readings and changes of level pass.
"""

import msgspec
import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver

MOST = 10.0

#: Rows of the table: regret, its squares; how much worse than the first forecast, and how often.
REGRET, SQUARES, EXCESS, JUDGED = np.arange(4)


class BlendSoFar(msgspec.Struct, forbid_unknown_fields=True):
    """The state of a blend; bytes are numbers in double precision."""

    table: bytes  #: (4, forecasts)
    usual: list[float]  #: rows that were judged, and how much their forecasts differed
    forecasts: bytes  #: (horizon, forecasts), whose targets have not come
    blended: bytes  #: (horizon,)


class Blend:
    """A blend of some forecasts, the first of which is the blend before anything was judged.

    >>> blend = Blend(2, horizon=1)
    >>> blend.step(np.array([[0.0, 2.0], [0.0, 2.0], [0.0, 2.0]]), np.array([1.0, 1.5, 2.0]))[0]
    array([0., 2., 2.])
    """

    def __init__(self, count: int, horizon: int, state: BlendSoFar | None = None):
        """A blend of `count` forecasts; raises `ValueError` for what is no state of it."""
        self.horizon = horizon
        self._table, self._usual = np.zeros((4, count)), np.zeros(2)
        self._forecasts = np.full((horizon, count), np.nan)
        self._blended = np.full(horizon, np.nan)
        if state is not None:
            self._table = _numbers(state.table, (4, count))
            self._usual = np.array(state.usual, np.float64)
            self._forecasts = _numbers(state.forecasts, (horizon, count))
            self._blended = _numbers(state.blended, (horizon,))
            positive = self._table[[SQUARES, JUDGED]]
            if (
                self._usual.shape != (2,)
                or not (self._usual >= 0).all()
                or not (np.isfinite(self._table).all() and (positive >= 0).all())
            ):
                raise ValueError("the weights of a blend are finite, and no square is negative")

    def step(
        self, forecasts: np.ndarray, targets: np.ndarray, led: range = range(0)
    ) -> tuple[np.ndarray, np.ndarray]:
        """The blend (n,) of the next forecasts (n, count), NaN where all of them are missing.

        `targets` (n,) are those of the same rows, NaN where one is missing. Also returns the
        forecast (n,) with the lowest error so far of those with a number in `led`.
        """
        count, h = len(forecasts), self.horizon
        rows = np.vstack([self._forecasts, forecasts])
        blended = np.append(self._blended, np.full(count, np.nan))
        leading = np.full(count, np.nan)
        ends = led.start, led.stop
        blend(self._table, self._usual, rows, blended, leading, targets.astype(np.float64), *ends)
        self._forecasts, self._blended = rows[count:].copy(), blended[count:].copy()
        return blended[h:], leading

    def state(self) -> BlendSoFar:
        """What the blend goes on from."""
        return BlendSoFar(
            self._table.tobytes(),
            self._usual.tolist(),
            self._forecasts.tobytes(),
            self._blended.tobytes(),
        )


def _numbers(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """An array of these bytes; raises `ValueError` unless they are as many numbers, or NaN."""
    if len(data) != 8 * np.prod(shape):
        raise ValueError(f"a blend must hold {' times '.join(map(str, shape))} numbers")
    array = np.frombuffer(data, np.float64).reshape(shape).copy()
    if np.isinf(array).any():
        raise ValueError("the forecasts of a blend are finite")
    return array


@inlined
def judge(table, usual, forecasts, blended, target):
    """Count the errors of forecasts (count,) and of their blend."""
    count, widest = len(forecasts), 0.0
    for k in range(count):
        if forecasts[k] == forecasts[k]:  # not NaN
            widest = max(widest, abs(blended - forecasts[k]))
    share = 1.0
    if usual[1] > 0.0 and widest > MOST * usual[1]:
        share = MOST * usual[1] / widest
    usual[0] += 1.0
    usual[1] += (share * widest - usual[1]) / usual[0]
    side = 0.0
    if blended != target:
        side = share if blended > target else -share
    for k in range(count):
        if forecasts[k] == forecasts[k]:
            regret = side * (blended - forecasts[k])
            table[REGRET, k] += regret
            table[SQUARES, k] += regret * regret
            if forecasts[0] == forecasts[0]:
                excess = abs(forecasts[k] - target) - abs(forecasts[0] - target)
                table[EXCESS, k] += share * excess
                table[JUDGED, k] += 1.0


@inlined
def weighted(table, forecasts):
    """The blend of forecasts (count,), NaN if all of them are missing."""
    total = blended = 0.0
    first = np.nan
    for k in range(len(forecasts)):
        if forecasts[k] == forecasts[k]:
            if first != first:
                first = forecasts[k]
            if table[REGRET, k] > 0.0 and table[SQUARES, k] > 0.0:
                weight = table[REGRET, k] / table[SQUARES, k]
                total += weight
                # A mean that moves by shares: a sum of products might overflow.
                blended += (forecasts[k] - blended) * (weight / total)
    return blended if total > 0.0 else first


@inlined
def leader(table, forecasts, first, stop):
    """The forecast with the lowest mean error so far, of those from number `first` to `stop`."""
    best, least = np.nan, np.inf
    for k in range(first, stop):
        if forecasts[k] == forecasts[k]:
            excess = table[EXCESS, k] / max(1.0, table[JUDGED, k])
            if excess < least:
                best, least = forecasts[k], excess
    return best


@inlined
def settle(table, usual, forecasts, blended, target):
    """Judge forecasts when their target has come, unless it or their blend is missing."""
    if target == target and blended == blended:
        judge(table, usual, forecasts, blended, target)


@inlined
def blend_row(table, usual, due, due_blend, forecasts, target, waits, first, stop):
    """The blend of the forecasts of a row, and the leader of those from number `first` to `stop`.

    If the row `waits` for its target, the target that has come is that of the forecasts `due`.
    """
    if waits:
        settle(table, usual, due, due_blend, target)
    blended = weighted(table, forecasts)
    leading = leader(table, forecasts, first, stop)
    if not waits:
        settle(table, usual, forecasts, blended, target)
    return blended, leading


def _blend(table, usual, forecasts, blended, leading, targets, first, stop):
    """Answer the last rows of `forecasts`; the first ones wait for their targets."""
    count = len(targets)
    horizon = len(forecasts) - count
    for t in range(count):
        row, target, waits = forecasts[horizon + t], targets[t], horizon > 0
        blended[horizon + t], leading[t] = blend_row(
            table, usual, forecasts[t], blended[t], row, target, waits, first, stop
        )
    return count


blend = Driver(_blend, "blend")
