"""Running standardisation: every column less its mean so far, over its standard deviation so far.

Mean and squares are those of Welford (1962), which neither overflow nor cancel as sums do. A value
counts before it is scaled, so that no scaled value exceeds the root of the number of values so far,
whatever comes. NaN is a missing value: it does not count, and scales to 0, the running mean.
"""

import math

import numpy as np

from longlag.compiled.driver import Driver

COUNT, MEAN, SQUARES = range(3)  #: rows of a table: values so far, mean, sum of squared deviations


class RunningScale:
    """Mean and standard deviation so far of each of several columns.

    The bits do not depend on how many rows a call is given.

    >>> scale = RunningScale(1)
    >>> scale.standardise(np.array([[1.0], [3.0], [np.nan]])).ravel().tolist()
    [0.0, 1.0, 0.0]
    """

    def __init__(self, columns: int):
        self.table = np.zeros((3, columns))

    def standardise(self, rows: np.ndarray) -> np.ndarray:
        """Count each row (n, columns), then scale it; a column that was constant so far is 0."""
        scaled = np.empty_like(rows)
        before = np.empty((2, 0, rows.shape[1]))
        _standardise(self.table, rows, scaled, before)
        return scaled

    def standardise_targets(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """`standardise`, but NaN stays NaN; and means and deviations before each row counted.

        These scale back an answer that was given before its target was known: to the mean itself
        while all targets were the same.
        """
        scaled = np.empty_like(rows)
        before = np.empty((2, *rows.shape))
        _standardise(self.table, rows, scaled, before)
        scaled[np.isnan(rows)] = np.nan
        return scaled, before[0], before[1]

    def now(self) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations of the columns so far."""
        return self.table[MEAN].copy(), _deviations(self.table)

    def add_columns(self, count: int) -> None:
        """More columns, after the others, that have no values yet."""
        self.table = np.hstack([self.table, np.zeros((3, count))])

    def copy(self) -> "RunningScale":
        """Another scale that has seen the same."""
        other = RunningScale(0)
        other.table = self.table.copy()
        return other


def _deviations(table):
    """Standard deviation of each column; 0 before there are two values."""
    variances = np.zeros(table.shape[1])
    np.divide(table[SQUARES], table[COUNT], out=variances, where=table[COUNT] > 0.0)
    return np.sqrt(variances)


def _standardise_rows(table, rows, scaled, before):
    """Scale rows (n, columns); `before` receives what the table said before each, if it has room.

    One function for one row and for many, so that both are the same operations.
    """
    remember = before.shape[1] > 0
    for t in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            count, mean, squares = table[COUNT, i], table[MEAN, i], table[SQUARES, i]
            if remember:
                before[0, t, i] = mean
                before[1, t, i] = math.sqrt(squares / count) if count > 0.0 else 0.0
            value = rows[t, i]
            scaled[t, i] = 0.0
            if value == value:  # not NaN
                change = value - mean
                mean += change / (count + 1.0)
                squares += change * (value - mean)
                table[COUNT, i], table[MEAN, i], table[SQUARES, i] = count + 1.0, mean, squares
                if squares > 0.0:
                    scaled[t, i] = (value - mean) / math.sqrt(squares / (count + 1.0))
    return len(rows)


_standardise = Driver(_standardise_rows, "standardise")
