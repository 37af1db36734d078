"""A series of numbers, predicted by a network that is blended with naive predictions."""

from collections.abc import Iterator
from typing import Any, Self

import msgspec
import numpy as np

from longlag.estimators.regressor import LSTMRegressor
from longlag.estimators.stream import Stream
from longlag.forecasting.believing import Believed
from longlag.forecasting.blending import Blend, BlendSoFar
from longlag.forecasting.intervals import Bounds, BoundsSoFar
from longlag.forecasting.seasons import COUNT as SEASONAL
from longlag.forecasting.seasons import Places, Seasons, SeasonsSoFar
from longlag.forecasting.series import Past, Series

SLOWER = 0.75  #: power of the horizon by which the learning rate is divided (docs/choosing.md)


class NumbersSoFar(msgspec.Struct):
    """The state of a series of numbers."""

    last: float | None = None  #: number that is believed
    change: float | None = None
    total: float = 0.0
    count: float = 0.0
    errors: list[float] = msgspec.field(default_factory=lambda: [0.0, 0.0])
    # Models of version 0.1.0, which believed every number, lack the next three.
    came: float | None = None  #: number that came last; None if it is the one believed
    came_total: float | None = None
    changes: list[float] = []  #: moments of the changes
    # Models of version 0.1.0 departed from the last number and the mean alone.
    seasons: SeasonsSoFar | None = None
    usual: BlendSoFar | None = None
    final: BlendSoFar | None = None
    bounds: BoundsSoFar | None = None


class NumberSeries(Series):
    """Numbers, NaN where one is missing.

    The naive predictions are the last number, the mean of all so far and the number one season ago
    (`longlag.forecasting.seasons`). The **origin** is the last number or the mean, whichever was
    closer so far, where a wild number counts as the one before it until it is believed
    (`longlag.forecasting.believing`). The **usual** number is the blend of all naive predictions
    (`longlag.forecasting.blending`). The network learns the departure from the origin, and is told
    the last number that is believed, its change, and how far the usual number is from the origin.
    The answer is the blend of the network's, the origin and the usual number.

    Scores are the mean absolute error, the root of the mean squared error, and the coefficient of
    determination, which compares with the mean of all judged targets, which nobody knew in advance.
    """

    kind = "numbers"
    estimator = LSTMRegressor
    missing = unanswered = np.nan
    predictors = ("LSTM", "last value", "running mean", "last season")
    origins = 1

    def __init__(
        self,
        horizon: int = 1,
        state: NumbersSoFar | None = None,
        interval: float | None = None,
    ):
        """Raises `ValueError` if it is no state."""
        super().__init__(horizon, classes=[], width=1)
        self.interval = interval
        self.measures = ("MAE", "RMSE", "R2", *(["coverage"] if interval else []))
        self.written = ("prediction", *(["lower", "upper"] if interval else []))
        state = state or NumbersSoFar()
        if len(state.errors) != 2:
            raise ValueError(f"the errors of two predictions are kept, got {len(state.errors)}")
        self._last = np.nan if state.last is None else state.last
        came = self._last if state.came is None else state.came
        self._believed = Believed(self._last, came, state.changes)
        self._came_total = state.total if state.came_total is None else state.came_total
        self._change = np.nan if state.change is None else state.change
        self._total, self._count = state.total, state.count
        self._errors = np.array(state.errors)
        self._seasons = Seasons(horizon, state.seasons)
        self._usual = Blend(2 + 2 * SEASONAL, horizon, state.usual)
        self._final = Blend(3, horizon, state.final)
        self._bounds = Bounds(interval, horizon, state.bounds) if interval else None
        self._held = self._bounded = 0  # targets in their intervals, of those that had one
        # Scores: absolute errors of each predictor; squared ones; deviations from the first target,
        # which was judged, and squared ones.
        self._sums, self._first = np.zeros(2 * len(self.predictors) + 2), np.nan

    @property
    def naive(self) -> int:
        """See `Series.naive`: all predictors but the network."""
        return len(self.predictors) - 1

    @classmethod
    def model(cls, horizon: int, **parameters: Any) -> LSTMRegressor:
        """See `Series.model`; the learning rate falls with the horizon.

        The errors of h successive rows that are predicted h rows ahead are nearly the same error,
        and the network would follow each of the errors h times.
        """
        if parameters.get("rate") is None:
            parameters["rate"] = LSTMRegressor().rate / max(1, horizon) ** SLOWER
        return LSTMRegressor(**parameters)

    def names(self, target: str) -> list[str]:
        """See `Series.names`."""
        return [target, f"change of {target}", f"usual {target}"]

    def add(self, targets: np.ndarray, places: Places) -> Iterator[Past]:
        """See `Series.add`; all rows at once."""
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
        after = np.cumsum(given) if self.horizon else np.cumsum(given) - given
        last, means, changes, origins, naive = (
            each[after] for each in (last, means, changes, origins, naive)
        )
        of_rows = targets.copy()
        of_rows[given] = numbers
        seasonal = self._seasons.step(places, of_rows)
        forecasts = np.column_stack([last, means, seasonal])
        usual, season = self._usual.step(forecasts, targets, range(2, 2 + SEASONAL))
        feedback = np.column_stack([last, changes, usual - origins])
        naive = np.column_stack([naive, np.where(np.isnan(season), naive[:, 0], season)])
        rivals = np.column_stack([origins, usual])
        yield Past(targets, given, origins[:, None], feedback, naive, rivals)

    def _naive(self, last: float, numbers: np.ndarray, total: float) -> tuple[np.ndarray, float]:
        """Last number and mean (1 + n, 2) after none and each of the numbers, and their total.

        Sums are taken one after the other, so that the bits do not depend on how a stream is cut.
        """
        totals = np.cumsum(np.append(total, numbers))
        counts = self._count + np.arange(len(totals))
        means = np.divide(totals, np.where(counts, counts, np.nan))
        return np.column_stack([np.append(last, numbers), means]), float(totals[-1])

    def learnable(self, steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `Series.learnable`: where there is a departure."""
        return ~np.isnan(targets - steps[: len(targets), 0])

    def answer(
        self, stream: Stream, places: list[int], steps: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """See `Series.answer`: the network learns and answers departures from the origins."""
        origins = steps[:, :1]
        departures = targets - origins[: len(targets), 0]
        return origins + stream.step(steps[:, places], departures)[:, None]

    def blended(self, answers: np.ndarray, past: Past) -> np.ndarray:
        """See `Series.blended`; there is no answer before the network has learned."""
        forecasts = np.column_stack([answers, past.rivals])
        blended, _ = self._final.step(forecasts, past.targets)
        answered = np.where(np.isnan(answers), np.nan, blended[:, None])
        if self._bounds is None:
            return answered
        return np.hstack([answered, self._bounds.step(answered[:, 0], past.targets)])

    def judge(
        self, answers: np.ndarray, naive: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `Series.judge`."""
        forecasts = np.column_stack([answers[:, 0], naive, targets])
        given = ~np.isnan(forecasts).any(axis=1)
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
        return errors, answers[:, 0]

    def table(self) -> list[dict[str, float | None]]:
        """See `Series.table`."""
        if not self.judged:
            return [dict.fromkeys(self.measures) for _ in self.predictors]
        count = len(self.predictors)
        total, squares = self._sums[2 * count :]
        spread = squares - total * total / self.judged
        rows: list[dict[str, float | None]] = [
            {
                "MAE": float(absolute / self.judged),
                "RMSE": float(np.sqrt(square / self.judged)),
                "R2": float(1.0 - square / spread) if spread > 0 else None,
            }
            for absolute, square in self._sums[: 2 * count].reshape(2, count).T
        ]
        if self.interval is not None:
            for row in rows:
                row["coverage"] = None  # naive predictions have no intervals
            rows[0]["coverage"] = self._held / self._bounded if self._bounded else None
        return rows

    def texts(self, answers: np.ndarray) -> list[list[str]]:
        """See `Series.texts`."""
        return [self.target_texts(column) for column in answers.T]

    def target_texts(self, targets: np.ndarray) -> list[str]:
        """See `Series.target_texts`: with all digits; nothing for NaN."""
        return ["" if number != number else repr(number) for number in targets.ravel().tolist()]

    def state(self) -> NumbersSoFar:
        """See `Series.state`."""
        last, change = (None if np.isnan(x) else float(x) for x in (self._last, self._change))
        came = self._believed.came
        return NumbersSoFar(
            last,
            change,
            self._total,
            float(self._count),
            self._errors.tolist(),
            None if np.isnan(came) else came,
            self._came_total,
            self._believed.table.ravel().tolist(),
            self._seasons.state(),
            self._usual.state(),
            self._final.state(),
            self._bounds and self._bounds.state(),
        )

    @classmethod
    def from_state(
        cls, state: NumbersSoFar | None, horizon: int, interval: float | None = None
    ) -> Self:
        """See `Series.from_state`."""
        return cls(horizon, state, interval)
