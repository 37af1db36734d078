"""The classifier of streams."""

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Self

import numpy as np

from longlag.errors import InputError
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.river_bases import RiverClassifier
from longlag.estimators.sequences import is_sequences

Label = str | int | float | bool


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

    _output = "softmax"

    @property
    def _multiclass(self) -> bool:
        """For River: there may be more than two classes."""
        return True

    @property
    def classes_(self) -> np.ndarray:
        """The classes seen so far, in the order of the columns of probabilities."""
        texts = {isinstance(label, str) for label in self._codes}
        return np.array(list(self._codes), object if len(texts) > 1 else None)

    def learn_one(self, x: Mapping[Any, Any], y: Label | None) -> None:
        """Take one step with sample x, and learn from its class y; None is no target."""
        label = _label(y)
        self._learn(self._row(x, learning=True), [label])

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of every class seen so far, if x is the next sample; nothing changes."""
        if self._stream is None or not self._codes:
            return {}
        answer = self._shares(self._stream.look(self._row(x, learning=False)))[0]
        return dict(zip(self._codes, answer.tolist(), strict=True))

    def predict_one(self, x: Mapping[Any, Any]) -> Label | None:
        """The most probable class, if x is the next sample; None before there was any class."""
        probabilities = self.predict_proba_one(x)
        return max(probabilities, key=lambda label: probabilities[label], default=None)

    def learn_proba_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_proba_one`, then `learn_one`, for every row of X (n, features).

        Returns (n, classes), 0 for classes that had not been seen before that row.
        """
        return self._learn_rows(X, y)

    def learn_many(self, X: Any, y: Any) -> np.ndarray:
        """`predict_one`, then `learn_one`, for every row of X (n, features); the answers (n,).

        An answer is None where no class had been seen before that row.
        """
        probabilities = self.learn_proba_many(X, y)
        known = probabilities.any(axis=1)
        if known.all() and self._codes:
            return self._named(probabilities)
        answers = np.full(len(probabilities), None, object)
        if known.any():
            answers[known] = self._named(probabilities[known])
        return answers

    def predict_proba(self, X: Any) -> Any:
        """Probabilities (n, classes) for X as the continuation of the stream; nothing changes.

        X (n, features) is in time order. A list of sequences gives a list of answers, each of a
        sequence that begins with the state cleared.
        """
        answers = [self._shares(answer) for answer in self._looks(X)]
        return answers if is_sequences(X) else answers[0]

    def predict(self, X: Any) -> Any:
        """The most probable classes (n,), as `predict_proba` says."""
        answers = self.predict_proba(X)
        if is_sequences(X):
            return [self._named(answer) for answer in answers]
        return self._named(answers)

    def score(self, X: Any, y: Any) -> float:
        """Share of `predict(X)` that is right, over the targets that are not missing."""
        answers = self.predict(X)
        answers = answers if is_sequences(X) else [answers]
        right = [
            label == answer
            for named, (*_, labels) in zip(answers, self._samples(X, y), strict=True)
            for answer, label in zip(named.tolist(), labels, strict=True)
            if label is not None
        ]
        return sum(right) / len(right) if right else math.nan

    def _named(self, probabilities: np.ndarray) -> np.ndarray:
        return self.classes_[probabilities.argmax(axis=1)]

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Learn from more samples in time order: of the same stream, or a list of sequences.

        `classes` may name some that have not appeared yet.
        """
        if classes is not None:
            self._samples(X, y)  # is refused before anything changes
            self._new_codes(_ordered(self._targets_of(np.asarray(classes))))
        return super().partial_fit(X, y)

    def _targets_of(self, y: np.ndarray) -> list[Label | None]:
        return [_label(each) for each in y.tolist()]

    def _learn(self, rows: np.ndarray, targets: list[Label | None]) -> np.ndarray:
        stream, known = self._begun, len(self._codes)
        firsts = self._new_codes(targets)
        codes = np.array([-1 if label is None else self._codes[label] for label in targets])
        answers = np.zeros((len(rows), len(self._codes)))
        # The network has an output for each class it has seen: a new class begins a new part.
        for i, (start, stop) in enumerate(pairwise([0, *firsts, len(rows)])):
            part, count = slice(start, stop), known + i
            if i and count > 1:
                answers[start] = self._shares(stream.look(rows[start : start + 1]))
            while stream.network.learner.outputs < count:
                stream.network.add(outputs=1)
            if start < stop:
                there = codes[part, None]
                shares = np.where(there < 0, np.nan, there == np.arange(max(1, count)))
                answer = self._shares(stream.learn(rows[part], shares))
                unseen = i > 0  # by the first answer of this part, which has been given above
                answers[start + unseen : stop] = answer[unseen:] * (count > 0)
        return answers

    def _shares(self, answers: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) in double precision, and so that their sums are 1 there."""
        shares = np.zeros((len(answers), max(1, len(self._codes))))
        shares[:, : answers.shape[1]] = answers
        total = np.zeros(len(shares))
        for k in range(shares.shape[1]):  # in order, so that the bits are those of one row alone
            total += shares[:, k]
        return (shares / total[:, None])[:, : len(self._codes)]

    def _new_codes(self, labels: Iterable[Label | None]) -> list[int]:
        """Number the classes that are new; returns the places of their first labels."""
        firsts = []
        for t, label in enumerate(labels):
            if label is not None and label not in self._codes:
                self._codes[label] = len(self._codes)
                firsts.append(t)
        return firsts

    def _begin(self, targets: list[Any]) -> None:
        self._codes: dict[Label, int] = {}
        self._new_codes(_ordered([label for labels in targets for label in labels]))
        if targets and not self._codes:
            raise InputError("y must have a class for some sample, got none: all are missing")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags

        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags


def _label(y: Any) -> Label | None:
    """A class as a plain Python value; None and NaN are none."""
    y = y.item() if isinstance(y, np.generic) else y
    if y is None or (isinstance(y, float) and math.isnan(y)):
        return None
    if isinstance(y, float) and not y.is_integer():
        raise InputError(
            f"Unknown label type: continuous, got {y}: a class is a text, a whole number or a "
            "boolean; to learn numbers take LSTMRegressor"
        )
    if isinstance(y, complex):
        raise InputError(f"Complex data not supported, got {y}")
    if not isinstance(y, str | int | float):
        raise InputError(f"a class is a text, a whole number or a boolean, got {y!r}")
    return y


def _ordered(labels: Iterable[Label | None]) -> list[Label]:
    """Each class once, numbers before texts, as scikit-learn orders them."""
    found = {label for label in labels if label is not None}
    return sorted(found, key=lambda label: (isinstance(label, str), label))
