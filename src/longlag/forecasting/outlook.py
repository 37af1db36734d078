"""One number to be predicted a given number of rows ahead: its blends, its interval, its scores."""

import msgspec
import numpy as np

from longlag.forecasting.blending import Blend, BlendSoFar
from longlag.forecasting.intervals import Bounds, BoundsSoFar
from longlag.forecasting.seasons import COUNT as SEASONAL

PREDICTORS = ("LSTM", "last value", "running mean", "last season")
USUAL = 2 + 2 * SEASONAL  #: forecasts of the usual blend: last value, mean, seasons
FINAL = 3  #: of the final one: network, origin, usual blend
#: Numbers that wait for each row ahead: the forecasts of both blends, and what was made of them.
WAITING = USUAL + 1 + FINAL + 1


class OutlookSoFar(msgspec.Struct):
    """The state of an outlook; models of version 0.1.0 had none."""

    usual: BlendSoFar | None = None
    final: BlendSoFar | None = None
    bounds: BoundsSoFar | None = None


class Outlook:
    """What is expected `horizon` rows ahead of one target.

    Scores are the mean absolute error, the root of the mean squared error, and the coefficient of
    determination, which compares with the mean of all judged targets, which nobody knew in advance.
    """

    def __init__(self, horizon: int, interval: float | None, state: OutlookSoFar):
        """Raises `ValueError` if it is no state."""
        self.horizon = horizon
        self.judged = 0  #: predictions that were scored
        self._usual = Blend(USUAL, horizon, state.usual)
        self._final = Blend(FINAL, horizon, state.final)
        self._bounds = Bounds(interval, horizon, state.bounds) if interval else None
        self._held = self._bounded = 0  # targets in their intervals, of those that had one
        # Scores: absolute errors of each predictor; squared ones; deviations from the first target,
        # which was judged, and squared ones.
        self._sums, self._first = np.zeros(2 * len(PREDICTORS) + 2), np.nan

    def usual(
        self, last: np.ndarray, means: np.ndarray, seasonal: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The blend (n,) of all naive predictions, and the best season so far (n,)."""
        forecasts = np.column_stack([last, means, seasonal])
        return self._usual.step(forecasts, targets, range(2, 2 + SEASONAL))

    def blended(self, forecasts: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The blend (n, 1) of forecasts (n, 3), and with an interval its ends: (n, 3).

        The first forecast is that of the network; without it there is no answer.
        """
        blended, _ = self._final.step(forecasts, targets)
        answered = np.where(np.isnan(forecasts[:, 0]), np.nan, blended)
        if self._bounds is None:
            return answered[:, None]
        return np.column_stack([answered, self._bounds.step(answered, targets)])

    def judge(
        self, answers: np.ndarray, naive: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score answers, as `blended` gave them, and naive predictions (n, 3) of targets (n,).

        Returns the errors (rows, predictors) where there are all of them, and where that is (n,).
        """
        forecasts = np.column_stack([answers[:, 0], naive, targets])
        given = np.all(~np.isnan(forecasts), axis=1)
        forecasts = forecasts[given]
        if self._bounds:
            lower, upper = answers[given, 1:].T
            self._held += int(((lower <= forecasts[:, -1]) & (forecasts[:, -1] <= upper)).sum())
            self._bounded += int((~np.isnan(lower)).sum())
        judged = forecasts[:, -1:]
        errors = np.abs(forecasts[:, :-1] - judged)
        if len(judged):
            if not self.judged:
                self._first = judged[0, 0]
            deviations = judged - self._first
            rows = np.hstack([errors, errors**2, deviations, deviations**2])
            # One after the other: the bits do not depend on how a stream is cut.
            self._sums = np.cumsum(np.vstack([self._sums, rows]), axis=0)[-1]
            self.judged += len(judged)
        return errors, given

    def table(self) -> list[dict[str, float | None]]:
        """The measures of each predictor; None where they are not defined."""
        count, known = len(PREDICTORS), self.judged > 0
        total, squares = self._sums[2 * count :]
        spread = squares - total * total / max(1, self.judged)
        rows: list[dict[str, float | None]] = [
            {
                "MAE": float(absolute / self.judged) if known else None,
                "RMSE": float(np.sqrt(square / self.judged)) if known else None,
                "R2": float(1.0 - square / spread) if spread > 0 else None,
            }
            for absolute, square in self._sums[: 2 * count].reshape(2, count).T
        ]
        if self._bounds:
            for row in rows:
                row["coverage"] = None  # naive predictions have no intervals
            rows[0]["coverage"] = self._held / self._bounded if self._bounded else None
        return rows

    def state(self) -> OutlookSoFar:
        """What the outlook goes on from; its scores begin anew."""
        bounds = self._bounds and self._bounds.state()
        return OutlookSoFar(self._usual.state(), self._final.state(), bounds)
