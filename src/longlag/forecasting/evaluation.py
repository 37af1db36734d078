"""A stream from its rows to its scores: predict, then learn, and judge every prediction."""

from dataclasses import dataclass

import numpy as np

from longlag.errors import check_whole
from longlag.estimators.classifier import LSTMClassifier
from longlag.estimators.regressor import LSTMRegressor
from longlag.forecasting.forecaster import Forecaster
from longlag.forecasting.prequential import ClassScores, Delay, NumberScores
from longlag.forecasting.target_history import KnownClasses, KnownNumbers
from longlag.readers.sources import Rows

RECENT = 400  #: judged or not, the latest rows are kept to be shown


@dataclass(frozen=True)
class Question:
    """What is to be predicted from what."""

    target: str
    features: tuple[str, ...]  #: besides what is known of the targets so far
    horizon: int = 1  #: rows ahead, from 0
    classify: bool = False  #: the target is a class, not a number

    def __post_init__(self):
        check_whole("horizon", self.horizon, 0, 100_000)


class Evaluation:
    """A model that learns from a stream, and the judgement of its predictions so far."""

    def __init__(self, question: Question, model: LSTMRegressor | LSTMClassifier):
        self.question = question
        self.forecaster = Forecaster(model, question.horizon)
        self.known = KnownClasses() if question.classify else KnownNumbers()
        self.scores = ClassScores() if question.classify else NumberScores()
        self.rows = self.missing_features = self.missing_targets = 0
        #: number of the row, its target or its code, and the answer to it, of the latest rows
        self.recent = np.zeros((0, 3))
        h = question.horizon
        if question.classify:
            self.answers, self.naive = Delay(h, 0, 0.0), Delay(h, 1, -1.0)
        else:
            self.answers, self.naive = Delay(h, 1, np.nan), Delay(h, 2, np.nan)

    @property
    def model(self) -> LSTMRegressor | LSTMClassifier:
        """The model as it is by now."""
        return self.forecaster.model

    @property
    def names(self) -> list[str]:
        """What the network sees, by now: the features, and what is known of the targets."""
        names = list(self.question.features)
        for name in self.known.columns(self.question.target):
            while name in self.question.features:
                name += " before"  # a feature may be called anything
            names.append(name)
        return names

    def step(self, rows: Rows, *, learning: bool = True) -> np.ndarray:
        """Answers at each of the rows to the target `horizon` rows later.

        Numbers (n, 1), NaN where there is nothing to go by yet; or the probabilities (n, classes)
        of the classes known by the end of these rows. Without `learning` the network's state goes
        on, and its weights stay.
        """
        count = len(rows.features)
        targets = rows.target
        if targets is None:
            targets = [""] * count if self.question.classify else np.full(count, np.nan)
        self.rows += count
        self.missing_features += int(np.isnan(rows.features).sum())
        answers, at = [], 0
        for piece in self.known.pieces(targets):
            features, at = rows.features[at : at + len(piece)], at + len(piece)
            answers.append(self._step(features, piece, learning))
        width = answers[-1].shape[1]  # classes may have come
        return np.vstack([np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in answers])

    def _step(self, features: np.ndarray, targets: np.ndarray, learning: bool) -> np.ndarray:
        before = self._known(targets)
        forecaster = self.forecaster
        forecaster.learning, forecaster.classes = learning, self.known.classes
        forecaster.names = self.names
        known = self.known
        inputs = np.hstack([known.origin(before), features, known.feedback(before)])
        answers = forecaster.step(inputs, targets)
        judged, naive = self.answers.push(answers), self.naive.push(self.known.foretold(before))
        missing = targets < 0 if self.question.classify else np.isnan(targets)
        self.missing_targets += int(missing.sum())
        if isinstance(self.scores, ClassScores):
            self.scores.add(judged, naive, targets)
            given = judged.any(axis=1)
            answered = np.where(given, judged.argmax(axis=1) if len(self.known.classes) else 0, -1)
        else:
            self.scores.add(np.hstack([judged, naive]), targets)
            answered = judged[:, 0]
        numbers = np.arange(forecaster.rows - len(targets), forecaster.rows) + 1
        latest = np.column_stack([numbers, targets, answered])[-RECENT:]
        self.recent = np.vstack([self.recent, latest])[-RECENT:]
        return answers

    def _known(self, targets: np.ndarray) -> np.ndarray:
        """What is known when each row's answer is given: its own target only if it is not asked."""
        now = self.known.now()
        known = self.known.add(targets)
        return known if self.question.horizon else np.vstack([now, known[:-1]])
