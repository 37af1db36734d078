"""A series of classes: texts. Each class has an input and an output of the network."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from longlag.errors import InputError
from longlag.estimators.classifier import LSTMClassifier
from longlag.estimators.stream import Stream
from longlag.forecasting import class_scores
from longlag.forecasting.seasons import Places
from longlag.forecasting.series import DIGITS, Judged, Measures, Past, Series
from longlag.quoting import quoted

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
    class. Scores are those of `longlag.forecasting.class_scores`.
    """

    kind = "classes"
    estimator = LSTMClassifier
    missing, unanswered = -1, 0.0
    first_names = 1
    predictors = class_scores.PREDICTORS
    measures = class_scores.MEASURES
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
        self._scores = np.zeros(class_scores.SCORES)

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
            latest = next(text for text in reversed(targets) if text in new)
            raise InputError(
                f"the target has more than {MOST:,} classes, the latest {quoted(latest)}: is it a "
                "name or a number for each row? Choose another --target, or leave out --classify"
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
        rows, last = len(answers), naive[:, 0].astype(np.int64)
        given = np.ascontiguousarray(answers), np.ascontiguousarray(naive[:, 1:])
        best, errors, chances = np.empty(rows, np.int64), np.empty((rows, 3)), np.empty((rows, 2))
        codes = targets.astype(np.int64)
        class_scores.judge_rows(self._scores, *given, codes, last, best, errors, chances)
        class_scores.add_losses(self._scores[None, :], np.zeros(rows, np.int64), chances)
        judged = ~np.isnan(errors[:, 0])
        self.judged += int(judged.sum())
        return Judged(errors[judged], judged, best)

    @property
    def scores(self) -> list[np.ndarray]:
        """See `Series.scores`: those of `longlag.forecasting.class_scores`."""
        return [self._scores]

    def measured(self, scores: np.ndarray) -> list[Measures]:
        """See `Series.measured`."""
        return class_scores.measures(scores)

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
