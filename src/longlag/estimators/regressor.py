"""The regressor of streams."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.exclusive import exclusive
from longlag.estimators.features import real_number
from longlag.estimators.river_bases import RiverRegressor
from longlag.estimators.sequences import is_sequences
from longlag.estimators.target import NumberTarget


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
    - cell: kind of cells, "memory" for those of LSTM, "rotating" for cells whose state turns by a
      learned phase, or "mixed" for half of each
    - block_size: cells that share their gates; it divides `cells`
    - rule, rate: update rule and learning rate; "gradient-descent" may diverge
    - forget_gates: let states fade, as streams need that are never reset (Gers, Schmidhuber &
      Cummins 2000); without them the cells are those of 1997
    - peepholes: connections from cell states to gates (Gers & Schmidhuber 2000)
    - scaling: standardise features and targets by their running mean and standard deviation
    - epochs: how often `fit` goes through its samples
    - seed: of the initial weights, at least 0
    - dtype: "float32" or "float64", of the network
    """

    saved_as = "LSTMRegressor"
    _kind = NumberTarget

    @exclusive
    def learn_one(self, x: Mapping[Any, Any], y: float | None) -> None:
        """Take one step with sample x, and learn from its target y; None or NaN is no target."""
        target = real_number("target", "y", y)
        row = self._row(x, learning=True)
        self.stream.step(row, [target])

    @exclusive
    def predict_one(self, x: Mapping[Any, Any]) -> float:
        """The answer to x as the next sample; nothing changes. 0 before there was any target.

        Without scaling, the first answers are those of a network that has learned nothing.
        """
        begins = self._stream is None
        model = type(self)(**self.get_params()) if begins else self
        row = model._row(x, learning=begins)
        return float(model.stream.step(row, [])[0])

    @exclusive
    def learn_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_one`, then `learn_one`, for every row of X (n, features); the answers (n,)."""
        return self._learn_many(X, y)

    @exclusive
    def predict(self, X: Any) -> Any:
        """The answers (n,) to X as the continuation of the stream; nothing changes.

        X (n, features) is in time order. A list of sequences gives a list of answers, each of a
        sequence that begins with the state cleared.
        """
        answers = self._peek_many(X)
        return answers if is_sequences(X) else answers[0]

    @exclusive
    def score(self, X: Any, y: Any) -> float:
        """Coefficient of determination of `predict(X)`, over the targets that are not missing."""
        answer = np.concatenate(self._peek_many(X))
        target = np.concatenate([each.y for each in self._samples(X, y)])
        given = ~np.isnan(target)
        target, answer = target[given], answer[given]
        spread = float(np.sum((target - target.mean()) ** 2))
        missed = float(np.sum((target - answer) ** 2))
        return 1.0 - missed / spread if spread else float(not missed)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        return tags
