"""Prequential evaluation: every prediction is made before its target is learned from, then judged.

Dawid (1984), see `longlag.citation("dawid1984")`. The network and the naive predictions are judged
on the same rows: those where the target is there, and each of them had something to go by.
"""

import numpy as np

#: A probability below this counts as this much: float32 hardly tells smaller ones from 0.
LEAST = 1e-7


class Course:
    """Mean errors along a stream, in bins that grow so that there are never more than `MOST`."""

    MOST = 256

    def __init__(self, predictors: int):
        self.width = 1  #: judged rows in a bin
        self._sums = np.zeros((0, predictors))
        self._bin, self._filled = np.zeros(predictors), 0

    def add(self, errors: np.ndarray) -> None:
        """Errors (n, predictors) of the next judged rows."""
        while len(errors):
            part, errors = np.split(errors, [min(self.width - self._filled, len(errors))])
            self._bin = self._bin + part.sum(axis=0)
            self._filled += len(part)
            if self._filled == self.width:
                self._sums = np.vstack([self._sums, self._bin])
                self._bin, self._filled = np.zeros_like(self._bin), 0
                if len(self._sums) == self.MOST:
                    self._sums = self._sums[::2] + self._sums[1::2]
                    self.width *= 2

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Judged rows at the end of each bin (bins,), and the mean errors (bins, predictors)."""
        ends = self.width * np.arange(1, len(self._sums) + 1)
        if self._filled >= self.width / 2:  # what is left, unless it is too few to mean much
            sums = np.vstack([self._sums / self.width, self._bin / self._filled])
            return np.append(ends, ends.size * self.width + self._filled), sums
        return ends, self._sums / self.width


class NumberScores:
    """Mean absolute error, root of the mean squared error, and coefficient of determination.

    R2 compares with the mean of all judged targets, which nobody knew in advance.
    """

    measures = ("MAE", "RMSE", "R2")

    def __init__(self) -> None:
        self.judged = 0
        self.course = Course(3)
        self._sums = np.zeros((2, 3))  # of absolute and squared errors of each predictor
        self._targets = np.zeros(3)  # the first; sum and sum of squares of deviations from it

    def add(self, forecasts: np.ndarray, targets: np.ndarray) -> None:
        """Forecasts (n, 3) of the targets (n,): the network's, the last value, the mean."""
        there = ~np.isnan(np.column_stack([forecasts, targets])).any(axis=1)
        forecasts, targets = forecasts[there], targets[there]
        if not len(targets):
            return
        if not self.judged:
            self._targets[0] = targets[0]
        errors = np.abs(forecasts - targets[:, None])
        self._sums = np.stack([_sum(self._sums[0], errors), _sum(self._sums[1], errors**2)])
        deviations = targets - self._targets[0]
        self._targets[1:] = _sum(self._targets[1:], np.column_stack([deviations, deviations**2]))
        self.judged += len(targets)
        self.course.add(errors)

    def table(self) -> list[dict[str, float | None]]:
        """The measures of each predictor; None where they are not defined."""
        if not self.judged:
            return [dict.fromkeys(self.measures) for _ in range(3)]
        _, total, squares = self._targets
        spread = squares - total * total / self.judged
        return [
            {
                "MAE": float(absolute / self.judged),
                "RMSE": float(np.sqrt(square / self.judged)),
                "R2": float(1.0 - square / spread) if spread > 0 else None,
            }
            for absolute, square in self._sums.T
        ]


class ClassScores:
    """Accuracy and log loss.

    The loss leaves out the rows where a class was there for the first time, of which nobody could
    know. The naive loss is that of the classes' frequencies so far, whose majority is the naive
    answer; the last class has no probabilities and no loss.
    """

    measures = ("accuracy", "log loss")

    def __init__(self) -> None:
        self.judged = 0
        self.course = Course(3)
        self._right = np.zeros(3)
        self._losses, self._lost = np.zeros(2), 0

    def add(self, shares: np.ndarray, known: np.ndarray, targets: np.ndarray) -> None:
        """The network's probabilities (n, classes), what was known (n, 1 + classes), codes (n,)."""
        last, counts = known[:, 0], known[:, 1:]
        there = (targets >= 0) & (last >= 0) & shares.any(axis=1)
        shares, last, counts = shares[there], last[there], counts[there]
        targets = targets[there]
        if not len(targets):
            return
        answers = np.column_stack([shares.argmax(axis=1), last, counts.argmax(axis=1)])
        right = answers == targets[:, None]
        self._right = self._right + right.sum(axis=0)
        self.judged += len(targets)
        self.course.add((~right).astype(np.float64))
        possible = np.flatnonzero(counts[np.arange(len(targets)), targets] > 0)
        chosen = possible, targets[possible]
        frequencies = counts / counts.sum(axis=1, keepdims=True)
        ours, naive = shares[chosen], frequencies[chosen]
        losses = -np.log(np.maximum(np.column_stack([ours, naive]), LEAST))
        self._losses = _sum(self._losses, losses)
        self._lost += len(possible)

    def table(self) -> list[dict[str, float | None]]:
        """The measures of the network, the last class and the majority; None: not defined."""
        if not self.judged:
            return [dict.fromkeys(self.measures) for _ in range(3)]
        ours, naive = (self._losses / self._lost).tolist() if self._lost else (None, None)
        return [
            {"accuracy": float(right / self.judged), "log loss": loss}
            for right, loss in zip(self._right, (ours, None, naive), strict=True)
        ]


class Delay:
    """Holds back rows until `rows` more have come; the first that come out are of `fill`."""

    def __init__(self, rows: int, columns: int, fill: float):
        self.held = np.full((rows, columns), fill)

    def push(self, rows: np.ndarray) -> np.ndarray:
        """Put rows (n, columns) in and take the n oldest out; new columns were 0 before."""
        missing = rows.shape[1] - self.held.shape[1]
        everything = np.vstack([np.pad(self.held, ((0, 0), (0, missing))), rows])
        out, self.held = np.split(everything, [len(rows)])
        return out


def _sum(total: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The total and all rows, one after the other: the bits do not depend on how they are cut."""
    return np.cumsum(np.vstack([total, rows]), axis=0)[-1]
