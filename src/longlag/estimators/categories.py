"""Categories as inputs of a network: one for each value, 1 where the column has it (Suits 1957).

A value has an input from its first row on, which begins with weights of zero as that of every
feature that appears. The first `LIMIT` values of a column have inputs of their own; all later ones
share one more. So memory is bounded whatever comes. Hashing
(Weinberger et al. 2009) needs no list of values, but lets two wind directions share an input long
before there are as many values as inputs, and nobody could read what a network has learned of them.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from longlag.errors import InputError
from longlag.quoting import quoted

LIMIT = 32  #: values of a column that have an input of their own
OTHER = ""  #: stands for all later values; no value is written like that, as a missing one is

Name = str | int  #: of a column
Value = tuple[Name, str]  #: a column, and one of its values


class Categories:
    """The values seen so far of the categories of a stream."""

    def __init__(self, columns: Iterable[Name], values: Iterable[Value] = ()):
        """`values` are those of a stream that goes on, as (column, value) in their order.

        Raises `InputError` for values that `columns` have not, and for too many.
        """
        self.columns: tuple[Name, ...] = ()
        self.values: list[Value] = []
        self._places: dict[Name, dict[str, int]] = {}
        self.add_columns(columns)
        for column, value in values:
            known = self._places.get(column)
            if known is None or value in known or len(known) > LIMIT:
                raise InputError(f"the values of its categories are damaged: {quoted(value)}")
            if (value == OTHER) != (len(known) == LIMIT):
                raise InputError(f"the values of its categories are damaged: {quoted(value)}")
            self._add(column, value)

    def add_columns(self, names: Iterable[Name]) -> None:
        """More columns, after the others; those that are there already stay as they are."""
        for name in names:
            self._places.setdefault(name, {})
        self.columns = tuple(self._places)

    def names(self, taken: Sequence[str]) -> list[str]:
        """Names for the inputs, other than those that are taken."""
        used, found = set(taken), []
        for column, value in self.values:
            name = f"{column}={value or '...'}"
            while name in used:
                name += " "  # a column may be called anything
            used.add(name)
            found.append(name)
        return found

    def pieces(self, texts: Sequence[Sequence[str]], rows: int) -> Iterator[tuple[int, np.ndarray]]:
        """Where each piece of some rows ends, and its inputs (n, inputs): NaN where one is missing.

        `texts` are those of all columns, in their order, "" where one is missing. A row that brings
        a value begins a new piece.
        """
        start = 0
        for t in sorted(self._first_rows(texts)):
            if t > start:
                yield t, self.inputs([column[start:t] for column in texts], t - start)
                start = t
            for name, column in zip(self.columns, texts, strict=True):
                self._learn(name, column[t])
        yield rows, self.inputs([column[start:] for column in texts], rows - start)

    def inputs(self, texts: Sequence[Sequence[str]], rows: int) -> np.ndarray:
        """The inputs (rows, inputs) of the values so far; a value that is new has none."""
        inputs = np.zeros((rows, len(self.values)))
        for name, column in zip(self.columns, texts, strict=True):
            known = self._places[name]
            nowhere = known.get(OTHER, -1)
            missing = [t for t, value in enumerate(column) if not value]
            at = np.array([known.get(value, nowhere) for value in column], int)
            given = np.array([bool(value) for value in column], bool) & (at >= 0)
            inputs[np.flatnonzero(given), at[given]] = 1.0
            inputs[np.ix_(missing, list(known.values()))] = np.nan
        return inputs

    def _first_rows(self, texts: Sequence[Sequence[str]]) -> set[int]:
        """The rows in which a value is seen for the first time."""
        found = set()
        for name, column in zip(self.columns, texts, strict=True):
            known = self._places[name]
            room = LIMIT + 1 - len(known)
            new = set(column) - known.keys() - {""} if room else ()
            if new:
                first = {value: t for t, value in reversed(list(enumerate(column)))}
                found |= set(sorted(map(first.__getitem__, new))[:room])
        return found

    def _learn(self, column: Name, value: str) -> None:
        known = self._places[column]
        if value and value not in known and len(known) <= LIMIT:
            self._add(column, value if len(known) < LIMIT else OTHER)

    def _add(self, column: Name, value: str) -> None:
        self._places[column][value] = len(self.values)
        self.values.append((column, value))
