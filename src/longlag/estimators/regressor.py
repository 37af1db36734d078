"""The regressor of streams."""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from longlag.errors import InputError
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.exclusive import exclusive
from longlag.estimators.frames import in_kind
from longlag.estimators.number_target import NumberTarget
from longlag.estimators.river_bases import RiverRegressor
from longlag.estimators.sequences import Several, is_sequences, weights_together
from longlag.estimators.tables import checked_names, real_number, sample, table
from longlag.estimators.target import Label
from longlag.quoting import quoted


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
    so on. One that holds texts is a category, and has an input for each of its values, 1 where a
    sample has it (Suits 1957); all values beyond the first 32 share one input. A value that is not
    known yet is none of the known ones. A feature that is missing, None or NaN (or the text ""),
    counts as its running mean, and a feature or a value that appears later begins with weights of
    zero. A target that is None or NaN is not known: the network takes the step, and learns nothing.

    One network learns several targets at once if y is a dict of numbers, a data frame, or an array
    (n, targets), whose columns are called 0, 1, 2 and so on. The answers are then dicts, or arrays
    (n, targets). A target that appears later begins with weights of zero.

    Parameters are checked when learning begins, which raises `InputError`.

    Args:
        cells: int from 1 to 100,000, the cells of the network (default 32); time per sample and
            memory grow with the square of this number
        cell: str, the kind of the cells: "memory" for those of LSTM (default), "rotating" for cells
            whose state turns by a learned phase, or "mixed" for half of each
        block_size: int from 1, cells that share their gates (default 1); it divides `cells`
        rule: str, the update rule: "rmsprop" (default), "adam" or "gradient-descent", which may
            diverge
        rate: float in [0, 1e6], the learning rate (default 0.003)
        forget_gates: bool, let states fade, as streams need that are never reset (Gers, Schmidhuber
            & Cummins 2000; default True); without them the cells are those of 1997
        peepholes: bool, connections from cell states to gates (Gers & Schmidhuber 2000; default
            False)
        scaling: bool, standardise features and targets by their running mean and standard deviation
            (default True), so that they may have any units
        epochs: int from 1 to 2**63 - 1, how often `fit` goes through its samples (default 1)
        seed: int from 0 to 2**63 - 1, of the initial weights (default 0)
        dtype: str, "float32" (default) or "float64", the precision of the network
    """

    saved_as = "LSTMRegressor"
    _kind = NumberTarget

    @exclusive
    def learn_one(
        self,
        x: Mapping[Any, Any],
        y: float | Mapping[Any, float | None] | None,
        w: float = 1.0,
    ) -> None:
        """Take one step with sample x, and learn from its target y; None or NaN is no target.

        The error is multiplied by the weight w, from 0 to 1e6. With 0 there is no target.
        """
        if type(y) is not float and isinstance(y, Mapping) and y:
            self._learn_one(x, several(y), w)
        else:  # no target at all is a target that is missing
            missing = None if isinstance(y, Mapping) else y
            self._learn_one(x, [real_number("target", "y", missing)], w)

    @exclusive
    def predict_one(self, x: Mapping[Any, Any]) -> float | dict[Label, float]:
        """The answer to x as the next sample; nothing changes. 0 before there was any target.

        Without scaling, the first answers are those of a network that has learned nothing.
        """
        if self._stream and self.labels:
            return dict(zip(self.labels, self._peek_one(x), strict=True))
        if self._stream:
            return self._peek_one(x)[0]
        return float(type(self)(**self.get_params())._learn(sample(x), [])[0]) if x else 0.0

    @exclusive
    def learn_many(self, X: Any, y: Any, w: Any = None) -> Any:
        """`predict_one`, then `learn_one`, for every row of X (n, features), of weights w (n,).

        Returns the answers, (n,) or (n, targets): those to a data frame as a series or a data frame
        of its library.
        """
        return in_kind(X, self._learn_many(X, y, w), self.labels)

    @exclusive
    def predict_many(self, X: Any) -> Any:
        """`predict` of a stream that goes on; answers to a data frame are of its library."""
        return in_kind(X, self._peek(self.stream, table(X)), self.labels)

    @exclusive
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from more samples in time order: of the same stream, or a list of sequences."""
        return self._partial_fit(X, y, sample_weight)

    @exclusive
    def predict(self, X: Any) -> Any:
        """The answers, (n,) or (n, targets), to X as the continuation of the stream.

        Nothing changes.

        X (n, features) is in time order. A list of sequences gives a list of answers, each of a
        sequence that begins with the state cleared.
        """
        answers = self._peek_many(X)
        return answers if is_sequences(X) else answers[0]

    @exclusive
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Coefficient of determination of `predict(X)`, over the targets that are not missing.

        Of several targets it is the mean over those that have any.
        """
        parts, samples = self._peek_many(X), self._samples(X, y, sample_weight, self._features)
        if not parts:  # no sequences
            return math.nan
        weights, found = weights_together(samples), [each.y for each in samples]
        target = self.stream.target.copy()  # as it learns the names of targets
        for each in found:
            target.fit_together(each)
            unknown = set(each.names) - set(self.labels) if isinstance(each, Several) else set()
            if unknown:
                raise InputError(
                    f"the model has no targets {quoted(sorted(unknown, key=str))}: it has "
                    f"{quoted(self.labels) if self.labels else 'learned none yet'}"
                )
        answers, targets = np.concatenate(parts), np.concatenate(list(map(target.arranged, found)))
        columns = zip(np.atleast_2d(answers.T), np.atleast_2d(targets.T), strict=True)
        scores = [determination(*column, weights) for column in columns]
        given = [score for score in scores if not math.isnan(score)]
        return float(np.mean(given)) if given else math.nan

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import RegressorTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        tags.target_tags.multi_output = True
        return tags


def several(y: Mapping[Any, Any]) -> Several:
    """The targets of one sample; raises `InputError` for what is no number."""
    names = checked_names("target", y)
    numbers = [real_number("target", name, value) for name, value in y.items()]
    return Several(names, np.array([numbers]))


def determination(answers: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
    """Coefficient of determination of answers (n,), over the targets that are not missing."""
    given = ~np.isnan(targets) & (weights > 0)
    targets, answers, weights = targets[given], answers[given], weights[given]
    if not len(targets):
        return math.nan
    spread = float(np.sum(weights * (targets - np.average(targets, weights=weights)) ** 2))
    missed = float(np.sum(weights * (targets - answers) ** 2))
    return 1.0 - missed / spread if spread else float(not missed)
