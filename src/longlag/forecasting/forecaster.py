"""Predictions of a target some rows ahead, by a network that learns each target once it is known.

The target of row t + h is predicted at row t, from what rows up to t tell: their features, and what
is known of the targets by then (see `longlag.forecasting.target_history`). Of a number the network
predicts the departure from the naive prediction that was better so far: it begins with what that
knows, and has to learn only what that misses. A target is learned once row t + h is there, as the
target of the network's step at row t. So a prediction never rests on a target that was not known
when it was made, through the network's weights or otherwise.

- h = 0: a step is learned at its own row, right after its answer.
- h = 1: the step of row t is learned when row t + 1 comes, and then row t + 1 is answered.
- h > 1: the network that learns stands behind. Every h rows it learns the h steps whose targets
  have become known, and a copy of it goes ahead, through the rows without targets, to answer the
  next h rows. This costs two steps without learning for each one with.
"""

import copy
from collections.abc import Sequence

import numpy as np

from longlag.estimators.classifier import LSTMClassifier
from longlag.estimators.regressor import LSTMRegressor


class Named:
    """Rows of numbers with names, as the estimators take them."""

    def __init__(self, columns: Sequence[str], rows: np.ndarray):
        self.columns, self._rows = columns, rows

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self._rows if dtype is None else self._rows.astype(dtype)


class Forecaster:
    """A network of a stream, and the rows whose targets are still to come.

    However a stream is cut into calls, the answers and what is learned are the same to the bit.
    """

    def __init__(self, model: LSTMRegressor | LSTMClassifier, horizon: int):
        self.model, self.horizon = model, horizon
        self.rows = 0  #: rows seen
        self.learning = True  #: if not, the network's weights stay as they are
        self.taught = False  #: whether the network has learned any target
        self.waiting = np.zeros((0, 0))  #: inputs of the steps that are not learned yet
        self.targets = np.zeros(0)  #: of the latest rows, known and not learned yet, if h > 1
        self.names: Sequence[str] = ()  #: of the inputs
        self.classes: Sequence[str] = ()  #: that codes stand for, in their order
        self._ahead: LSTMRegressor | LSTMClassifier | None = None

    @property
    def columns(self) -> int:
        """Of the inputs of `step`: one for each of `names`, and the origin, of numbers."""
        return len(self.names) + isinstance(self.model, LSTMRegressor)

    def step(self, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Answers at each row, from its inputs (n, names), to targets `horizon` rows later.

        To predict numbers, inputs (n, 1 + names) begin with the origin, from which the network
        predicts the departure. `targets` (n,) are those of these rows: numbers, NaN where one is
        missing; or codes of `classes`, -1 where one is missing. Answers are numbers (n, 1), NaN
        before any target was learned; or the probabilities of the classes (n, classes), 0 before
        that. `names` and `classes` may grow from call to call.
        """
        if self.horizon == 0:
            answers = self._learn(inputs, targets)
            self.rows += len(inputs)
            return answers
        return self._next(inputs, targets) if self.horizon == 1 else self._later(inputs, targets)

    def _next(self, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        waited = len(self.waiting)
        steps = np.vstack([self._wide(self.waiting), inputs])
        learned = self._learn(steps[:-1], targets[1 - waited :])
        self.waiting = steps[-1:].copy()
        self.rows += len(inputs)
        # What was waiting has been answered before.
        return np.vstack([learned[waited:], self._look(self.waiting)])

    def _later(self, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        answers = []
        while len(inputs):
            place = self.rows % self.horizon
            if place == 0:
                self._catch_up()
            if self._ahead is None:
                self._ahead = copy.deepcopy(self.model)
                self._advance(self._ahead, self._wide(self.waiting))
            part, inputs = np.split(inputs, [self.horizon - place])
            known, targets = np.split(targets, [self.horizon - place])
            answers.append(self._advance(self._ahead, part))
            self.waiting = np.vstack([self._wide(self.waiting), part])
            self.targets = np.append(self.targets, known)
            self.rows += len(part)
        return np.vstack(answers)

    def _catch_up(self) -> None:
        """Learn the steps whose targets are known."""
        ready = len(self.waiting) - self.horizon
        if ready > 0:
            steps, self.waiting = np.split(self._wide(self.waiting), [ready])
            self._learn(steps, self.targets[-ready:])
        self.targets, self._ahead = self.targets[:0], None

    def _learn(self, steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
        if not len(steps) or not self.learning:
            return self._advance(self.model, steps)
        if isinstance(self.model, LSTMClassifier):
            labels = [self.classes[code] if code >= 0 else None for code in targets.astype(int)]
            shares = self.model.learn_proba_many(Named(self.names, steps), labels)
            answers, there = self._arranged(self.model, shares), targets >= 0
        else:
            origins, rows = steps[:, :1], Named(self.names, steps[:, 1:])
            departures = targets - origins[:, 0]
            answers = origins + self.model.learn_many(rows, departures)[:, None]
            there = ~np.isnan(departures)
        if not self.taught:
            untaught = int(there.argmax()) + 1 if there.any() else len(steps)
            answers[:untaught] = self._none(untaught)
            self.taught = bool(there.any())
        return answers

    def _advance(self, model: LSTMRegressor | LSTMClassifier, steps: np.ndarray) -> np.ndarray:
        """Answers of a network that takes the steps and learns nothing."""
        if not len(steps):
            return self._none(0)
        if isinstance(model, LSTMClassifier):
            rows, unknown = Named(self.names, steps), [None] * len(steps)
            answers = self._arranged(model, model.learn_proba_many(rows, unknown))
        else:
            rows, unknown = Named(self.names, steps[:, 1:]), np.full(len(steps), np.nan)
            answers = steps[:, :1] + model.learn_many(rows, unknown)[:, None]
        return answers if self.taught else self._none(len(steps))

    def _look(self, step: np.ndarray) -> np.ndarray:
        """The answer at a step that the network does not take yet."""
        if not self.taught:
            return self._none(1)
        if isinstance(self.model, LSTMClassifier):
            shares = self.model.predict_proba(Named(self.names, step))
            return self._arranged(self.model, shares)
        return step[:, :1] + self.model.predict(Named(self.names, step[:, 1:]))[:, None]

    def _none(self, rows: int) -> np.ndarray:
        """No answers."""
        if isinstance(self.model, LSTMClassifier):
            return np.zeros((rows, len(self.classes)))
        return np.full((rows, 1), np.nan)

    def _arranged(self, model: LSTMClassifier, shares: np.ndarray) -> np.ndarray:
        """Probabilities in the order of `classes`; the network has learned some of them, or all."""
        places = {name: place for place, name in enumerate(self.classes)}
        arranged = np.zeros((len(shares), len(places)))
        arranged[:, [places[name] for name in model.classes_.tolist()]] = shares
        return arranged

    def _wide(self, waiting: np.ndarray) -> np.ndarray:
        """Rows that wait; what is new since then is missing there."""
        new = self.columns - waiting.shape[1]
        return np.pad(waiting, ((0, 0), (0, new)), constant_values=np.nan)
