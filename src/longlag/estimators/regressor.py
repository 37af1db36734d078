"""The regressor of streams."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from longlag.contract import LARGEST
from longlag.errors import InputError
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.features import real_number, real_numbers
from longlag.estimators.river_bases import RiverRegressor
from longlag.estimators.scaling import RunningScale
from longlag.estimators.sequences import is_sequences


class LSTMRegressor(StreamEstimator, RiverRegressor):
    """An LSTM network that learns to predict numbers from a stream, a sample at a time.

    >>> model = LSTMRegressor(cells=4)
    >>> for t in range(100):
    ...     x, y = {"phase": t % 5}, float(t % 5 == 0)
    ...     before = model.predict_one(x)
    ...     model.learn_one(x, y)

    Learning from a sample advances the network by one step; predicting changes nothing. Time and
    memory per sample depend on neither the past nor its length. It is an estimator of River, where
    River is installed, and behaves as one of scikit-learn.

    A feature is named by a string or a whole number; those of arrays without names are 0, 1, 2 and
    so on. One that is missing, None or NaN counts as its running mean, and one that appears later
    begins with weights of zero. A target that is None or NaN is not known: the network takes the
    step, and learns nothing.

    Parameters are checked when learning begins, which raises `InputError`:

    - cells: at least 1
    - cell: "memory" for LSTM's cells; "rotating" for cells with a complex state that turns, which
      learn delays and seasons; "mixed" for half of each (`longlag.Rotating`)
    - block_size: memory cells that share their gates; it divides `cells`
    - rule, rate: update rule and learning rate; "gradient-descent" may diverge
    - forget_gates: let states fade, as streams need that are never reset (Gers, Schmidhuber &
      Cummins 2000); without them the cells are those of 1997
    - peepholes: connections from cell states to gates (Gers & Schmidhuber 2000)
    - scaling: standardise features and targets by their running mean and standard deviation
    - epochs: how often `fit` goes through its samples
    - seed: of the initial weights, at least 0
    - dtype: "float32" or "float64", of the network
    """

    _output = "linear"

    def learn_one(self, x: Mapping[Any, Any], y: float | None) -> None:
        """Take one step with sample x, and learn from its target y; None or NaN is no target."""
        target = real_number("target", "y", y)
        self._learn(self._row(x, learning=True), np.array([[target]]))

    def predict_one(self, x: Mapping[Any, Any]) -> float:
        """The answer to x as the next sample; nothing changes. 0 before there was any target.

        Without scaling, the first answers are those of a network that has learned nothing.
        """
        model = self if self._stream else type(self)(**self.get_params())
        row = model._row(x, learning=model is not self)
        return float(model._scaled_back(model._begun.look(row))[0])

    def learn_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_one`, then `learn_one`, for every row of X (n, features); the answers (n,)."""
        return self._learn_rows(X, y)

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
        target = np.concatenate([each[:, 0] for *_, each in self._samples(X, y)])
        there = ~np.isnan(target)
        target, answer = target[there], answer[there]
        spread = float(np.sum((target - target.mean()) ** 2))
        missed = float(np.sum((target - answer) ** 2))
        return 1.0 - missed / spread if spread else float(not missed)

    def _targets_of(self, y: np.ndarray) -> np.ndarray:
        targets = real_numbers("y", y)
        large = np.flatnonzero(np.abs(targets) > LARGEST)
        if len(large):
            raise InputError(
                f"y must hold finite numbers below {LARGEST:g}, or NaN where there is no target, "
                f"got {targets[large[0]]} at {large[0]}"
            )
        return targets[:, None]

    def _learn(self, rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
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

    def _begin(self, targets: list[Any]) -> None:
        self._targets = RunningScale(1)
        if targets and all(np.isnan(each).all() for each in targets):
            raise InputError("y must have a target for some sample, got none: all are missing")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        return tags
