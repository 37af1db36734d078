"""The classifier of streams."""

import math
from collections.abc import Mapping, Set
from typing import Any, Self

import numpy as np

from longlag.errors import InputError
from longlag.estimators.class_target import ClassTarget, label_of, ordered
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.exclusive import exclusive
from longlag.estimators.frames import in_kind
from longlag.estimators.river_bases import RiverClassifier
from longlag.estimators.sequences import is_sequences, weights_together
from longlag.estimators.tables import listed, table
from longlag.estimators.target import Label
from longlag.quoting import quoted


class LSTMClassifier(StreamEstimator, RiverClassifier):
    """An LSTM network that learns to name the class of every sample of a stream, one at a time.

    Classes may appear at any time: texts, whole numbers or booleans.

    >>> model = LSTMClassifier(cells=4)
    >>> for t in range(100):
    ...     x, y = {"phase": t % 5}, "on" if t % 5 == 0 else "off"
    ...     before = model.predict_one(x)
    ...     model.learn_one(x, y)

    Its conventions and parameters are those of `longlag.LSTMRegressor`. It answers with softmax
    outputs and descends the cross-entropy. A class that appears later begins with weights of zero.

    `rate` may be a tuple of 2 to 8 rates, such as (0.003, 0.01): then there is a network for each
    rate, and the answer is a mixture of theirs, whose shares follow the probabilities that they
    gave to the classes that came (Herbster & Warmuth 1998). Two networks take some 1.6 times the
    time of one.
    """

    citation = (*StreamEstimator.citation, "herbster1998")
    saved_as = "LSTMClassifier"
    _kind = ClassTarget

    @property
    def _multiclass(self) -> bool:
        """For River: there may be more than two classes."""
        return True

    @property
    def classes_(self) -> np.ndarray:
        """The classes seen so far, in the order of the columns of probabilities."""
        labels = self.labels
        found = np.array(labels)
        # NumPy would make texts of numbers beside texts, and round whole numbers beside floats.
        return found if found.tolist() == labels else np.array(labels, object)

    @exclusive
    def learn_one(self, x: Mapping[Any, Any], y: Label | None, w: float = 1.0) -> None:
        """Take one step with sample x, and learn from its class y; None is no target.

        The error is multiplied by the weight w, from 0 to 1e6. With 0 there is no target.
        """
        self._learn_one(x, [label_of(y)], w)

    @exclusive
    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of every class seen so far, if x is the next sample; nothing changes."""
        if not self.labels:
            return {}
        return dict(zip(self.labels, self._peek_one(x), strict=True))

    @exclusive
    def predict_one(self, x: Mapping[Any, Any]) -> Label | None:
        """The most probable class, if x is the next sample; None before there was any class."""
        probabilities = self.predict_proba_one(x)
        return max(probabilities, key=lambda label: probabilities[label], default=None)

    @exclusive
    def learn_proba_many(self, X: Any, y: Any, w: Any = None) -> Any:
        """`predict_proba_one`, then `learn_one`, for every row of X (n, features), of weights w.

        Returns (n, classes), 0 for classes that had not been seen before that row: to a data frame
        as a data frame of its library.
        """
        return in_kind(X, self._learn_many(X, y, w), self.labels)

    @exclusive
    def learn_many(self, X: Any, y: Any, w: Any = None) -> Any:
        """`predict_one`, then `learn_one`, for every row of X (n, features), of weights w (n,).

        Returns the answers (n,), to a data frame as a series of its library. An answer is None
        where no class had been seen before that row.
        """
        return in_kind(X, self._likeliest(self._learn_many(X, y, w)), [], self.labels)

    @exclusive
    def predict_many(self, X: Any) -> Any:
        """`predict` of a stream that goes on; answers to a data frame are of its library."""
        return in_kind(X, self._likeliest(self._peek(self.stream, table(X))), [], self.labels)

    @exclusive
    def predict_proba_many(self, X: Any) -> Any:
        """`predict_proba` of a stream that goes on; those to a data frame are of its library."""
        return in_kind(X, self._peek(self.stream, table(X)), self.labels)

    @exclusive
    def predict_proba(self, X: Any) -> Any:
        """Probabilities (n, classes) for X as the continuation of the stream; nothing changes.

        X (n, features) is in time order. A list of sequences gives a list of answers, each of a
        sequence that begins with the state cleared.
        """
        answers = self._peek_many(X)
        return answers if is_sequences(X) else answers[0]

    @exclusive
    def predict(self, X: Any) -> Any:
        """The most probable classes (n,), as `predict_proba` says."""
        answers = [self._likeliest(answer) for answer in self._peek_many(X)]
        return answers if is_sequences(X) else answers[0]

    @exclusive
    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of `predict(X)` that is right, over the targets that are not missing."""
        found = self._samples(X, y, sample_weight, self._features)
        answers = [a for each in self._peek_many(X) for a in self._likeliest(each).tolist()]
        targets = [label for each in found for label in each.y]
        right = np.array([a == label for a, label in zip(answers, targets, strict=True)], float)
        weights = weights_together(found) * [label is not None for label in targets]
        return float(np.average(right, weights=weights)) if weights.any() else math.nan

    @exclusive
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """Learn from more samples in time order: of the same stream, or a list of sequences.

        `classes` may name some that have not appeared yet.
        """
        if classes is not None:
            self.check_parameters()  # refused before anything changes, as are the samples
            self._samples(X, y, sample_weight, self._features)
            labels = ordered(map(label_of, _listed(classes)))
            if self._stream:
                self._stream.target.expect(labels)
            else:
                self._labels = labels
        return self._partial_fit(X, y, sample_weight)

    def _likeliest(self, probabilities: np.ndarray) -> np.ndarray:
        """The most probable classes (n,); None where no class had been seen."""
        answered = probabilities.any(axis=1)
        if answered.all() and self.labels:
            return self.classes_[probabilities.argmax(axis=1)]
        answers = np.full(len(probabilities), None, object)
        if answered.any():
            answers[answered] = self.classes_[probabilities[answered].argmax(axis=1)]
        return answers

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags


def _listed(classes: Any) -> list[Any]:
    """The items of a list, a column or a set of classes; raises `InputError` for anything else."""
    found = list(classes) if isinstance(classes, Set) else listed(classes)
    if found is None:
        raise InputError(f"classes must be a list of classes, got {quoted(classes)}")
    return found
