"""Categories as inputs of a network: one for each value, 1 where the column has it (Suits 1957).

A value has an input from its first row on, which begins with weights of zero as that of every
feature that appears. The first `LIMIT` values of a column have inputs of their own; all later ones
share one more. So memory is bounded whatever comes. Hashing
(Weinberger et al. 2009) needs no list of values, but lets two wind directions share an input long
before there are as many values as inputs, and nobody could read what a network has learned of them.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from longlag.errors import InputError

LIMIT = 32  #: values of a column that have an input of their own
OTHER = "..."  #: stands for all others; a missing value, so that no value is written like that


class Categories:
    """The values seen so far of the categories of a stream."""

    def __init__(self, columns: Sequence[str], values: Sequence[tuple[str, str]] = ()):
        """`values` are those of a stream that goes on, as (column, value) in their order.

        Raises `InputError` for values that `columns` have not, and for too many.
        """
        self.columns = tuple(columns)
        self.values: list[tuple[str, str]] = []
        self._places: dict[str, dict[str, int]] = {name: {} for name in columns}
        for column, value in values:
            known = self._places.get(column)
            if known is None or value in known or len(known) > LIMIT:
                raise InputError(f"the values of its categories are damaged: {value[:40]!r}")
            if (value == OTHER) != (len(known) == LIMIT):
                raise InputError(f"the values of its categories are damaged: {value[:40]!r}")
            self._add(column, value)

    def names(self, taken: Sequence[str]) -> list[str]:
        """Names for the inputs, other than those that are taken."""
        used, found = set(taken), []
        for column, value in self.values:
            name = f"{column}={value}"
            while name in used:
                name += " "  # a column may be called anything
            used.add(name)
            found.append(name)
        return found

    def pieces(self, texts: Sequence[Sequence[str]], rows: int) -> Iterator[tuple[int, np.ndarray]]:
        """Where each piece of some rows ends, and its inputs (n, inputs): NaN where one is missing.

        A row that brings a value begins a new piece.
        """
        start = 0
        for t in sorted(self._first_rows(texts)):
            if t > start:
                yield t, self._inputs([column[start:t] for column in texts], t - start)
                start = t
            for name, column in zip(self.columns, texts, strict=True):
                self._learn(name, column[t])
        yield rows, self._inputs([column[start:] for column in texts], rows - start)

    def _first_rows(self, texts: Sequence[Sequence[str]]) -> set[int]:
        """The rows in which a value is seen for the first time."""
        found = set()
        for name, column in zip(self.columns, texts, strict=True):
            known = self._places[name]
            room = LIMIT + 1 - len(known)
            if room:
                new = set(column) - known.keys() - {""}
                found |= set(sorted(map(column.index, new))[:room])
        return found

    def _learn(self, column: str, value: str) -> None:
        known = self._places[column]
        if value and value not in known and len(known) <= LIMIT:
            self._add(column, value if len(known) < LIMIT else OTHER)

    def _add(self, column: str, value: str) -> None:
        self._places[column][value] = len(self.values)
        self.values.append((column, value))

    def _inputs(self, texts: Sequence[Sequence[str]], rows: int) -> np.ndarray:
        inputs = np.zeros((rows, len(self.values)))
        for name, column in zip(self.columns, texts, strict=True):
            known = self._places[name]
            other = known.get(OTHER, -1)
            missing = [t for t, value in enumerate(column) if not value]
            at = np.array([known.get(value, other) for value in column], int)
            given = np.array([bool(value) for value in column], bool)
            inputs[np.flatnonzero(given), at[given]] = 1.0
            inputs[np.ix_(missing, list(known.values()))] = np.nan
        return inputs
