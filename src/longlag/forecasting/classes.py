"""A series of classes: texts. Each class has an input and an output of the network."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from longlag.errors import InputError
from longlag.estimators.classifier import LSTMClassifier
from longlag.estimators.stream import Stream
from longlag.forecasting.seasons import Places
from longlag.forecasting.series import DIGITS, Judged, Past, Series
from longlag.quoting import quoted

#: A probability below this counts as this much: float32 hardly tells smaller ones from 0.
LEAST = 1e-7

#: Classes. Each has an input and an output, and the time for a new one grows with their number.
MOST = 1000


class ClassesSoFar(msgspec.Struct):
    """The state of a series of classes."""

    classes: list[str]
    counts: list[float]
    last: int


class ClassSeries(Series):
    """Classes, "" where one is missing; answers are the probabilities of the classes so far.

    The naive predictions are the last class and the most frequent one. The network is told the last
    class. Scores are the accuracy and the log loss, which leaves out the rows where a class came
    for the first time, of which nobody could know. The naive loss is that of the frequencies so
    far; the last class has no probabilities and no loss.
    """

    kind = "classes"
    estimator = LSTMClassifier
    missing, unanswered = -1, 0.0
    first_names = 1
    predictors = ("LSTM", "last class", "majority class")
    measures = ("accuracy", "log loss")
    written = ("prediction", "probability")

    def __init__(
        self,
        horizons: int | tuple[int, ...] = 1,
        states: Sequence[ClassesSoFar] = (),
        interval: float | None = None,
        targets: tuple[str, ...] = ("y",),
    ):
        """One target at one horizon, without an interval; `ValueError` for what is no state."""
        horizons = horizons if isinstance(horizons, tuple) else (horizons,)
        if len(horizons) > 1 or len(targets) > 1 or len(states) > 1 or interval is not None:
            raise ValueError("classes have one target, one horizon and no interval")
        state = states[0] if states else ClassesSoFar([], [], -1)
        count = len(state.classes)
        super().__init__(horizons, targets, list(state.classes), width=count)
        if count > MOST:
            raise ValueError(f"there may be at most {MOST:,} classes, got {count:,}")
        if len(set(state.classes)) != count or len(state.counts) != count:
            raise ValueError("classes must be different, and have a count each")
        if not -1 <= state.last < count:
            raise ValueError(f"the last class must be from -1 to {count - 1}, got {state.last}")
        self._codes: dict[Any, int] = {name: code for code, name in enumerate(self.classes)}
        self._counts, self._last = np.array(state.counts, np.float64), state.last
        # Scores: right answers of each predictor; losses of the network and of the frequencies.
        self._right = np.zeros(3)
        self._losses, self._lost = np.zeros(2), 0

    @property
    def naive(self) -> int:
        """See `Series.naive`: the last class, and the counts."""
        return 1 + self.width

    def names(self) -> list[str]:
        """See `Series.names`."""
        return [f"{self.targets[0]}={name}" for name in self.classes]

    def add(self, targets: Sequence[str], places: Places) -> Iterator[Past]:
        """See `Series.add`."""
        new = {text for text in targets if text and text not in self._codes}
        if len(self.classes) + len(new) > MOST:
            raise InputError(
                f"the target has more than {MOST:,} classes, the latest {quoted(max(new))}: is it "
                "a name or a number for each row? Choose another --target, or leave out --classify"
            )
        first_rows = {text: t for t, text in reversed(list(enumerate(targets)))} if new else {}
        starts = sorted({0} | {first_rows[text] for text in new})
        for start, stop in pairwise([*starts, len(targets)]):
            piece = targets[start:stop]
            if new.intersection(piece[:1]):
                self._codes[piece[0]] = len(self.classes)
                self.classes.append(piece[0])
                self.width = len(self.classes)
                self._counts = np.append(self._counts, 0.0)
            codes = np.array([self._codes[text] if text else -1 for text in piece])
            given, classes = codes >= 0, np.arange(self.width)
            at = np.maximum.accumulate(np.where(given, np.arange(len(codes)), -1))
            last = np.append(self._last, np.where(at >= 0, codes[at], self._last))
            ones = codes[:, None] == classes
            counts = np.vstack([self._counts, self._counts + np.cumsum(ones, axis=0)])
            self._last, self._counts = int(last[-1]), counts[-1]
            rows = slice(1, None) if self.horizon else slice(-1)
            feedback = (last[rows, None] == classes).astype(np.float64)
            naive = np.column_stack([last[rows], counts[rows]])
            none = np.zeros((len(codes), 0))
            yield Past(codes, codes, given, none, feedback, naive, none)

    def learnable(self, steps: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `Series.learnable`."""
        return targets >= 0

    def answer(
        self, stream: Stream, places: list[int], steps: np.ndarray, targets: np.ndarray
    ) -> np.ndarray:
        """See `Series.answer`; the network may not have learned all classes yet."""
        classes = self.classes
        labels = [classes[code] if code >= 0 else None for code in targets.astype(int).tolist()]
        shares = stream.step(steps[:, places], labels)
        answers = np.zeros((len(shares), len(classes)))
        answers[:, [self._codes[label] for label in stream.target.labels]] = shares
        return answers

    def judge(self, answers: np.ndarray, naive: np.ndarray, targets: np.ndarray) -> Judged:
        """See `Series.judge`; naive are the code of the last class, and the counts."""
        given = answers.any(axis=1)
        best = answers.argmax(axis=1) if self.width else np.zeros(len(answers), int)
        answered = np.where(given, best, -1)
        judged = given & (targets >= 0) & (naive[:, 0] >= 0)
        if not judged.any():
            return Judged(np.zeros((0, 3)), judged, answered)
        shares, counts, codes = answers[judged], naive[judged, 1:], targets[judged]
        chosen = np.column_stack([best[judged], naive[judged, 0], counts.argmax(axis=1)])
        wrong = chosen != codes[:, None]
        self._right = self._right + (~wrong).sum(axis=0)
        self.judged += len(codes)
        possible = np.flatnonzero(counts[np.arange(len(codes)), codes] > 0)
        of_target = possible, codes[possible]
        frequencies = counts / counts.sum(axis=1, keepdims=True)
        chances = np.column_stack([shares[of_target], frequencies[of_target]])
        losses = -np.log(np.maximum(chances, LEAST))
        # One after the other: the bits do not depend on how a stream is cut.
        self._losses = np.cumsum(np.vstack([self._losses, losses]), axis=0)[-1]
        self._lost += len(possible)
        return Judged(wrong.astype(np.float64), judged, answered)

    def tables(self) -> list[list[dict[str, float | None]]]:
        """See `Series.tables`."""
        if not self.judged:
            return [[dict.fromkeys(self.measures) for _ in self.predictors]]
        ours, naive = (self._losses / self._lost).tolist() if self._lost else (None, None)
        return [
            [
                {"accuracy": float(right / self.judged), "log loss": loss}
                for right, loss in zip(self._right, (ours, None, naive), strict=True)
            ]
        ]

    def texts(self, answers: np.ndarray) -> list[list[list[str]]]:
        """See `Series.texts`: the most probable class, and its probability."""
        classes = self.classes
        best = answers.max(axis=1, initial=0.0).tolist()
        codes = answers.argmax(axis=1).tolist() if classes else [0] * len(best)
        named = [classes[code] if share else "" for code, share in zip(codes, best, strict=True)]
        return [[named, [f"{share:.{DIGITS}g}" if share else "" for share in best]]]

    def target_texts(self, targets: list[str]) -> list[list[str]]:
        """See `Series.target_texts`."""
        return [targets]

    def state(self) -> list[ClassesSoFar]:
        """See `Series.state`."""
        return [ClassesSoFar(list(self.classes), self._counts.tolist(), self._last)]
