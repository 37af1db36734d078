"""Running standardisation: every column less its mean so far, over its standard deviation so far.

`longlag.estimators.moments` says what is so far. A value counts before it is scaled, so that no
scaled value exceeds the root of the number of values so far, whatever comes; one that was taken as
wild is scaled as it was counted. A missing value, NaN, does not count.

Many columns are scaled down besides: every unit sums over all columns, and each of its weights
changes by as much as if there were no others. Beyond `FULL` features a further one has the gain
(FULL / columns)**SHARE; targets have none. The power is between that which keeps the size of a sum
of independent columns, 1/2, and that which keeps the size of its change in a step, 1.
"""

import math
from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.errors import InputError
from longlag.estimators.moments import (
    COUNT,
    MEAN,
    ROWS,
    TAKEN,
    count_value,
    deviation,
    sound,
)

FULL, SHARE = 16, 0.75
GAIN = ROWS  #: row of a table, after those of the moments: what a scaled value is multiplied by
EARLIER = 3  #: rows in models of version 0.1.0: count, mean and squares


class Scale(Protocol):
    """What scales the rows of a stream."""

    def standardise(self, rows: np.ndarray, counted: int) -> np.ndarray:
        """Rows (n, columns) scaled, 0 where a value is missing; only the first ones count."""
        ...

    def standardise_targets(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Count and scale rows (n, columns), NaN where a value is missing.

        Also returned are means and deviations (n, columns) before each row counted. They scale back
        an answer that was given before its target came: to the mean itself while all targets have
        been the same.
        """
        ...

    def add_columns(self, count: int) -> None:
        """More columns, after the others, that have no values yet."""
        ...

    def grow_like(self, other: Self) -> None:
        """As many columns as another scale has; the new ones have its gains, and no values yet."""
        ...

    def copy(self) -> Self:
        """Another scale that goes on by itself."""
        ...

    def emptied(self) -> Self:
        """Another scale of as many columns, before their first values."""
        ...

    @property
    def counted(self) -> bool:
        """Whether there may have been a value."""
        ...

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """The state, under this name; nothing if there is none."""
        ...


class RunningScale:
    """Mean and standard deviation so far of each of several columns, and their gains.

    The bits do not depend on how many rows a call is given.

    >>> scale = RunningScale.start(1)
    >>> scale.standardise(np.array([[1.0], [3.0], [np.nan]]), 3).ravel().tolist()
    [0.0, 1.0, 0.0]
    """

    def __init__(self, table: np.ndarray, full: float = FULL):
        self.table = np.array(table, order="C")  # a copy: memory of a file may be read-only
        self._full = full  #: columns from which on a further one is scaled down
        self._single: dict[str, _SingleRow] = {}

    @classmethod
    def start(cls, columns: int, full: float = FULL) -> Self:
        """Before the first value."""
        return cls(_blank(columns, columns, full), full)

    def standardise(self, rows: np.ndarray, counted: int) -> np.ndarray:
        """See `Scale.standardise`; rows that do not count are scaled as if they did."""
        if len(rows) == 1:
            return self.one_row(rows[0], counted=counted > 0)[None, :].copy()
        scaled = np.array(rows, order="C")
        nowhere = np.empty((2, 0, 0))
        standardise_rows(self.table, scaled[:counted], nowhere, 0.0)
        if counted < len(rows):
            standardise_rows(self.table.copy(), scaled[counted:], nowhere, 0.0)
        return scaled

    def standardise_targets(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `Scale.standardise_targets`."""
        if len(rows) == 1:
            scaled, (means, deviations) = self.one_target(rows[0])
            return scaled[None, :].copy(), means[None, :].copy(), deviations[None, :].copy()
        scaled, before = np.array(rows, order="C"), np.empty((2, *rows.shape))
        standardise_rows(self.table, scaled, before, math.nan)
        return scaled, before[0], before[1]

    def one_row(self, row: Sequence[float], *, counted: bool) -> np.ndarray:
        """`standardise` of one row (columns,), in memory that the next such call overwrites."""
        return self._one_row("counted" if counted else "peeked", row).row[0]

    def one_target(self, row: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """`standardise_targets` of one row (columns,), in memory that the next call overwrites.

        Means and deviations before it counted are the rows of one array (2, columns).
        """
        single = self._one_row("target", row)
        return single.row[0], single.before[:, 0]

    def add_columns(self, count: int) -> None:
        """See `Scale.add_columns`."""
        self.table = np.hstack([self.table, _blank(count, self.table.shape[1] + count, self._full)])
        self._single = {}

    def grow_like(self, other: Self) -> None:
        """See `Scale.grow_like`."""
        new = other.emptied().table[:, self.table.shape[1] :]
        self.table, self._single = np.hstack([self.table, new]), {}

    def copy(self) -> Self:
        """See `Scale.copy`."""
        return type(self)(self.table, self._full)

    def emptied(self) -> Self:
        """See `Scale.emptied`; the gains stay."""
        table = np.zeros_like(self.table)
        table[GAIN] = self.table[GAIN]
        return type(self)(table, self._full)

    @property
    def counted(self) -> bool:
        """See `Scale.counted`."""
        return bool(self.table[COUNT].any())

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """See `Scale.tensors`."""
        return {name: self.table.copy()}

    @classmethod
    def from_tensors(
        cls, name: str, tensors: dict[str, np.ndarray], columns: int, full: float = FULL
    ) -> Self:
        """The scale that `tensors` returned, taken out of others; `InputError` if it is none."""
        table = tensors.pop(name, None)
        if table is None:
            raise InputError(f"{name} is missing")
        if table.dtype != np.float64 or table.shape not in (
            (GAIN + 1, columns),
            (EARLIER, columns),
        ):
            raise InputError(
                f"{name} must be float64 of shape ({GAIN + 1}, {columns}), "
                f"got {table.dtype} {table.shape}"
            )
        if len(table) == EARLIER:
            rest = np.zeros((GAIN - EARLIER, columns))
            table = np.vstack([table, rest, np.ones((1, columns))])  # it learned without gains
        gains = table[GAIN]
        if not sound(table[:GAIN]) or not ((gains > 0) & (gains <= 1)).all():
            raise InputError(f"{name} must be finite, only its means negative, gains in (0, 1]")
        return cls(table, full)

    def __reduce__(self) -> tuple:
        return type(self), (self.table, self._full)  # not the calls, which hold addresses

    def _one_row(self, use: str, row: Sequence[float]) -> "_SingleRow":
        """The row (columns,), scaled in memory that the next call of this use overwrites."""
        if use not in self._single:
            table = self.table.copy() if use == "peeked" else self.table
            self._single[use] = _SingleRow(table, targets=use == "target")
        single = self._single[use]
        if use == "peeked":
            single.table[:] = self.table
        single.row[0] = row
        single.scale()
        return single


class NoScale:
    """Numbers as they are; a missing feature is 0."""

    def standardise(self, rows: np.ndarray, counted: int) -> np.ndarray:
        """See `Scale.standardise`."""
        return np.where(np.isnan(rows), 0.0, rows)

    def standardise_targets(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `Scale.standardise_targets`."""
        return rows, np.zeros((1, 1)), np.ones((1, 1))

    def add_columns(self, count: int) -> None:
        """See `Scale.add_columns`."""

    def grow_like(self, other: Self) -> None:
        """See `Scale.grow_like`."""

    def copy(self) -> Self:
        """See `Scale.copy`."""
        return type(self)()

    def emptied(self) -> Self:
        """See `Scale.emptied`."""
        return type(self)()

    @property
    def counted(self) -> bool:
        """See `Scale.counted`."""
        return True

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        """See `Scale.tensors`."""
        return {}


def new_scale(scaling: bool, columns: int, full: float = FULL) -> Scale:
    """The scale of a stream that begins; beyond `full` columns, further ones are scaled down."""
    return RunningScale.start(columns, full) if scaling else NoScale()


def saved_scale(
    scaling: bool, columns: int, name: str, tensors: dict[str, np.ndarray], full: float = FULL
) -> Scale:
    """The scale of a stream that was saved; see `RunningScale.from_tensors`."""
    return RunningScale.from_tensors(name, tensors, columns, full) if scaling else NoScale()


def _blank(columns: int, total: int, full: float) -> np.ndarray:
    """The part of a table for new columns, which are the last of so many."""
    table = np.zeros((GAIN + 1, columns))
    table[GAIN] = min(1.0, (full / max(1, total)) ** SHARE)
    return table


class _SingleRow:
    """Memory for one row, and the call that scales it there: binding takes longer than scaling."""

    def __init__(self, table: np.ndarray, *, targets: bool):
        columns = table.shape[1]
        self.table, self.row = table, np.empty((1, columns))
        self.before = np.empty((2, int(targets), columns))
        missing = math.nan if targets else 0.0
        self.scale = standardise_rows.bind(table, self.row, self.before, missing)


@inlined
def standardised(table, i, value):
    """The next value of column i, counted and scaled, before its gain."""
    wild, scaled = count_value(table, i, value), 0.0
    away, spread = value - table[MEAN, i], deviation(table, i)
    if wild:
        scaled = math.copysign(TAKEN, away)
    elif spread > 0.0:  # squares above 0 are not enough: their mean may underflow
        scaled = away / spread
    return scaled


def _standardise_rows(table, rows, before, missing):
    """Scale rows (n, columns) in place, to `missing` where a value is NaN.

    `before` receives the means and deviations before each row, if it has room. One function for one
    row and for many, so that both are the same operations.
    """
    remember = before.shape[1] > 0
    for t in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            if remember:
                before[0, t, i], before[1, t, i] = table[MEAN, i], deviation(table, i)
            value = rows[t, i]
            rows[t, i] = missing
            if value == value:  # not NaN
                rows[t, i] = standardised(table, i, value) * table[GAIN, i]
    return len(rows)


standardise_rows = Driver(_standardise_rows, "standardise")
