"""The classifier of streams."""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.exclusive import exclusive
from longlag.estimators.river_bases import RiverClassifier
from longlag.estimators.sequences import is_sequences
from longlag.estimators.target import ClassTarget, Label, label_of, ordered


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
    """

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
    def learn_one(self, x: Mapping[Any, Any], y: Label | None) -> None:
        """Take one step with sample x, and learn from its class y; None is no target."""
        self._learn_one(x, [label_of(y)])

    @exclusive
    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of every class seen so far, if x is the next sample; nothing changes."""
        if not self.labels:
            return {}
        answer = self._peek_one(x)[0]
        return dict(zip(self.labels, answer.tolist(), strict=True))

    @exclusive
    def predict_one(self, x: Mapping[Any, Any]) -> Label | None:
        """The most probable class, if x is the next sample; None before there was any class."""
        probabilities = self.predict_proba_one(x)
        return max(probabilities, key=lambda label: probabilities[label], default=None)

    @exclusive
    def learn_proba_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_proba_one`, then `learn_one`, for every row of X (n, features).

        Returns (n, classes), 0 for classes that had not been seen before that row.
        """
        return self._learn_many(X, y)

    @exclusive
    def learn_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_one`, then `learn_one`, for every row of X (n, features); the answers (n,).

        An answer is None where no class had been seen before that row.
        """
        probabilities = self.learn_proba_many(X, y)
        answered = probabilities.any(axis=1)
        if answered.all() and self.labels:
            return self._named(probabilities)
        answers = np.full(len(probabilities), None, object)
        if answered.any():
            answers[answered] = self._named(probabilities[answered])
        return answers

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
        answers = [self._named(answer) for answer in self._peek_many(X)]
        return answers if is_sequences(X) else answers[0]

    @exclusive
    def score(self, X: Any, y: Any) -> float:
        """Share of `predict(X)` that is right, over the targets that are not missing."""
        found = self._samples(X, y, self._features)
        right = [
            label == answer
            for probabilities, each in zip(self._peek_many(X), found, strict=True)
            for answer, label in zip(self._named(probabilities).tolist(), each.y, strict=True)
            if label is not None
        ]
        return sum(right) / len(right) if right else math.nan

    @exclusive
    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Learn from more samples in time order: of the same stream, or a list of sequences.

        `classes` may name some that have not appeared yet.
        """
        if classes is not None:
            self._samples(X, y, self._features)  # is refused before anything changes
            labels = ordered(ClassTarget.checked(np.asarray(classes)))
            if self._stream:
                self._stream.target.expect(labels)
            else:
                self._labels = labels
        return super().partial_fit(X, y)

    def _named(self, probabilities: np.ndarray) -> np.ndarray:
        return self.classes_[probabilities.argmax(axis=1)]

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags
