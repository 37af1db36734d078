"""Rows of a stream from a file of any size or from standard input, a block of them at a time.

A **block** is what can be read at once: some thousand rows of a file, a line of a slow pipe. Blocks
differ in how they store what they hold (`csv_blocks`, `parquet_blocks`); from here on there are
rows of numbers. Rows are counted from 1, without the line of names.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from longlag.contract import LARGEST
from longlag.errors import InputError
from longlag.registry import suggestion

#: How a missing value may be written, in upper or lower case and with blanks around it.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


class BadRow(InputError):
    """A row of a block that cannot be used; `index` counts from 0 in the block."""

    def __init__(self, index: int, problem: str):
        super().__init__(problem)
        self.index = index


class Block(ABC):
    """Some consecutive rows."""

    @abstractmethod
    def numbers(self, names: Sequence[str]) -> np.ndarray:
        """Columns as numbers (rows, names), NaN where one is missing; raises `BadRow`."""

    @abstractmethod
    def texts(self, name: str) -> list[str]:
        """A column as it is written, "" where it is missing; raises `BadRow`."""

    @abstractmethod
    def head(self, count: int) -> "Block":
        """The first `count` rows."""


class Source(ABC):
    """Where blocks come from."""

    name: str  #: for messages
    names: list[str]  #: of the columns
    cut: bool = False  #: the last row ended in its middle, and was left out

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """All blocks, once; `BadRow` counts from the end of the block before."""


class Rows(NamedTuple):
    """Consecutive rows of a stream."""

    first: int  #: number of the first row
    features: np.ndarray  #: (rows, features), NaN where one is missing
    target: np.ndarray | list[str]  #: numbers with NaN, or classes with "", where missing
    times: list[str] | None


@dataclass(frozen=True)
class Columns:
    """Which columns of a source are what."""

    target: str | None  #: None where it is not in the data
    features: tuple[str, ...] | None = None  #: None: all others that begin with a number
    time: str | None = None
    classes: bool = False  #: the target is a class, not a number


class Reader:
    """Iterates over the `Rows` of a source.

    A value that cannot be used raises `InputError` with the number of its row, after all rows above
    it have been given.
    """

    def __init__(self, source: Source, columns: Columns):
        """Raises `InputError` for columns that the source does not have."""
        self.source, self.columns = source, columns
        self.features = columns.features  #: found in the first row, if none were named
        self.left_out: list[str] = []  #: columns that hold text, or have no name
        self.read = 0  #: rows given so far
        wanted = [columns.target, columns.time, *(columns.features or ())]
        for name in filter(None, wanted):
            if name not in source.names:
                raise InputError(
                    f"{source.name} has no column {name!r}: {suggestion(name, source.names)}"
                )
            if source.names.count(name) > 1:
                raise InputError(f"{source.name} has two columns {name!r}: rename one of them")

    def __iter__(self) -> Iterator[Rows]:
        blocks = self.source.blocks()
        while True:
            try:
                block = next(blocks, None)
                if block is None:
                    return
                rows, bad = self._rows(block)
            except BadRow as problem:
                rows, bad = None, problem
            if rows:
                self.read += len(rows.features)
                yield rows
            if bad:
                where = f"{self.source.name}, row {self.read + 1}"
                raise InputError(f"{where}: {bad}") from None

    def _rows(self, block: Block) -> tuple[Rows | None, BadRow | None]:
        """The rows above the first bad one, and what is wrong with that."""
        columns = self.columns
        try:
            if self.features is None:
                self.features = tuple(self._numeric(block))
            count, names = len(self.features), [*self.features]
            if columns.target is None:
                numbers = block.numbers(names)
                target = [""] * len(numbers) if columns.classes else np.full(len(numbers), np.nan)
            elif columns.classes:
                numbers, texts = block.numbers(names), block.texts(columns.target)
                target = ["" if text.strip().lower() in MISSING else text for text in texts]
            else:
                numbers = block.numbers([*names, columns.target])
                target = numbers[:, count]
            times = block.texts(columns.time) if columns.time else None
        except BadRow as bad:
            if bad.index == 0:
                return None, bad
            # A column that was not read yet may have an earlier one.
            rows, earlier = self._rows(block.head(bad.index))
            return rows, earlier or bad
        return Rows(self.read + 1, numbers[:, :count], target, times), None

    def _numeric(self, block: Block) -> Iterator[str]:
        """Columns that are features unless told otherwise, by the first row."""
        first = block.head(1)
        for name in self.source.names:
            if name in (self.columns.target, self.columns.time):
                continue
            if self.source.names.count(name) > 1:
                raise InputError(
                    f"{self.source.name} has two columns {name!r}: rename one, or name features"
                )
            try:
                if not name:
                    raise BadRow(0, "an index, probably")
                first.numbers([name])
            except BadRow:
                self.left_out.append(name)
            else:
                yield name


def number(text: str) -> float | None:
    """A number of at most `LARGEST`, NaN if it is missing, None if it is neither."""
    if text.strip().lower() in MISSING:
        return np.nan
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST and "_" not in text else None
