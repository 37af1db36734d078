"""The regressor of streams."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from longlag.errors import InputError
from longlag.streams.bases import RiverRegressor
from longlag.streams.estimator import StreamEstimator
from longlag.streams.features import LARGEST, real_number, real_numbers
from longlag.streams.scaling import RunningScale
from longlag.streams.sequences import column, is_sequences, samples


class LSTMRegressor(StreamEstimator, RiverRegressor):
    """An LSTM network that learns to predict numbers from a stream, a sample at a time.

    >>> model = LSTMRegressor(cells=4)
    >>> for t in range(100):
    ...     x, y = {"phase": t % 5}, float(t % 5 == 0)
    ...     before = model.predict_one(x)
    ...     model.learn_one(x, y)
    """

    _output = "linear"

    def learn_one(self, x: Mapping[Any, Any], y: float | None) -> None:
        """Take one step with sample x, and learn from its target y; None or NaN is no target."""
        target = real_number("target", "y", y)
        self._step(self._row(x, learning=True), np.array([[target]]))

    def predict_one(self, x: Mapping[Any, Any]) -> float:
        """The answer to x as the next sample; nothing changes. 0 before there was any target."""
        if self._stream is None:
            return 0.0
        answer = self._stream.look(self._row(x, learning=False))
        return float(self._scaled_back(answer)[0])

    def learn_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_one`, then `learn_one`, for every row of X (n, features); the answers (n,)."""
        rows = self._rows(X, learning=True)
        return self._learn(rows, column(y, len(rows)))

    def predict(self, X: Any) -> Any:
        """The answers (n,) to X as the continuation of the stream; nothing changes.

        X (n, features) is in time order. A list of sequences gives a list of answers, each of a
        sequence that begins with the state cleared.
        """
        answers = [self._scaled_back(answer) for answer in self._looks(X)]
        return answers if is_sequences(X) else answers[0]

    def score(self, X: Any, y: Any) -> float:
        """Coefficient of determination of `predict(X)`, over the targets that are not missing."""
        answers = self.predict(X)
        answer = np.concatenate(answers if is_sequences(X) else [answers])
        target = np.concatenate([_targets(each.y) for each in samples(X, y)])
        there = ~np.isnan(target)
        target, answer = target[there], answer[there]
        spread = float(np.sum((target - target.mean()) ** 2))
        missed = float(np.sum((target - answer) ** 2))
        return 1.0 - missed / spread if spread else float(not missed)

    def _learn(self, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._step(rows, _targets(y)[:, None])

    def _step(self, rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
        if self._begun.scale is None:
            return self._begun.learn(rows, targets)[:, 0].astype(np.float64)
        scaled, centre, spread = self._targets.standardise_targets(targets)
        answers = self._begun.learn(rows, scaled)
        return (centre + spread * answers)[:, 0]

    def _scaled_back(self, answers: np.ndarray) -> np.ndarray:
        if self._begun.scale is None:
            return answers[:, 0].astype(np.float64)
        centre, spread = self._targets.now()
        return (centre + spread * answers)[:, 0]

    def _begin(self, columns: list[np.ndarray]) -> None:
        self._targets = RunningScale(1)
        if columns and all(np.isnan(_targets(y)).all() for y in columns):
            raise InputError("y must have a target for some sample, got none: all are missing")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        return tags


def _targets(y: np.ndarray) -> np.ndarray:
    """Targets (n,) as numbers, NaN where there is none."""
    targets = real_numbers("y", y)
    large = np.flatnonzero(np.abs(targets) > LARGEST)
    if len(large):
        raise InputError(
            f"y must hold finite numbers below {LARGEST:g}, or NaN where there is no target, "
            f"got {targets[large[0]]} at {large[0]}"
        )
    return targets
