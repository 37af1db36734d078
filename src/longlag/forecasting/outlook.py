"""One number to be predicted a given number of rows ahead: its blends, its interval, its scores."""

import msgspec
import numpy as np

from longlag.forecasting.blending import Blend, BlendSoFar
from longlag.forecasting.intervals import Bounds, BoundsSoFar
from longlag.forecasting.number_scores import JUDGED, PREDICTED, SCORES, judge_rows
from longlag.forecasting.seasons import COUNT as SEASONAL

FORECASTS = 2 + 2 * SEASONAL  #: naive predictions in the usual blend: last value, mean, seasons
RIVALS = 3  #: forecasts in the final blend: network, origin, usual blend
#: Numbers that wait for each row ahead: the forecasts of both blends, and what was made of them.
WAITING = FORECASTS + 1 + RIVALS + 1


class OutlookSoFar(msgspec.Struct):
    """The state of an outlook; models of version 0.1.0 had none."""

    usual: BlendSoFar | None = None
    final: BlendSoFar | None = None
    bounds: BoundsSoFar | None = None


class Outlook:
    """What is expected `horizon` rows ahead of one target."""

    def __init__(self, horizon: int, interval: float | None, state: OutlookSoFar):
        """Raises `ValueError` if it is no state."""
        self.horizon = horizon
        self._usual = Blend(FORECASTS, horizon, state.usual)
        self._final = Blend(RIVALS, horizon, state.final)
        self._bounds = Bounds(interval, horizon, state.bounds) if interval else None
        self.scores = np.zeros(SCORES)  #: see `longlag.forecasting.number_scores`

    @property
    def judged(self) -> int:
        """Predictions that were scored."""
        return int(self.scores[JUDGED])

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
        errors = np.empty((len(targets), PREDICTED))
        rows = map(np.ascontiguousarray, (answers, naive, targets))
        judge_rows(self.scores, *rows, errors)
        given = ~np.isnan(errors[:, 0])
        return errors[given], given

    def state(self) -> OutlookSoFar:
        """What the outlook goes on from; its scores begin anew."""
        bounds = self._bounds and self._bounds.state()
        return OutlookSoFar(self._usual.state(), self._final.state(), bounds)
