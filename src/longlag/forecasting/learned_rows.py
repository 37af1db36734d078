"""Which rows of a file a model has learned: their number and their fingerprint.

If the same file is given again, perhaps with more rows, learning goes on behind these rows.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated

import msgspec
import numpy as np

from longlag.errors import InputError
from longlag.forecasting.series import as_columns
from longlag.readers.sources import Rows

HELD = 10_000  #: rows that are kept until it is known whether they were learned before


class Passed(msgspec.Struct, frozen=True):
    """The rows of the last file that a model has learned from, or passed over."""

    rows: Annotated[int, msgspec.Meta(ge=1)]
    digests: list[str]  #: of the first 1, 2, 4, 8, ... of these rows, and of all of them


class RowsSoFar:
    """Number and fingerprint of the rows of a file so far; they depend on nothing but the rows."""

    def __init__(self) -> None:
        self.rows = 0
        # Of numbers, classes, categories, times; and of groups, if there are any.
        self._hashes = [hashlib.blake2b() for _ in range(4)]
        self._marks: list[str] = []

    def add(self, rows: Rows) -> None:
        """The next rows."""
        while count := len(rows.features):
            room = 2 ** len(self._marks) - self.rows
            self._update(rows.part(0, room))
            self.rows += min(room, count)
            if count >= room:
                self._marks.append(self._digest())
            rows = rows.part(room)

    def state(self) -> Passed:
        """The rows so far, to be compared later."""
        return Passed(self.rows, [*self._marks, self._digest()])

    def agree_with(self, passed: Passed) -> bool:
        """Whether these are the first of those rows, as far as there are digests to compare."""
        if self.rows == passed.rows:
            return self.state() == passed
        return self._marks == passed.digests[: len(self._marks)]

    def _update(self, rows: Rows) -> None:
        # Each kind of column has its own hash, so that it does not matter how rows are cut.
        numbers, classes = [rows.features], rows.target
        if isinstance(classes, np.ndarray):
            numbers, classes = [rows.features, as_columns(classes)], []
        table = np.hstack(numbers)
        table[np.isnan(table)] = np.nan  # there are several
        categories = chain.from_iterable(zip(*rows.categories, strict=True))  # row after row
        columns = [classes, categories, rows.times or []]
        if rows.groups is not None:
            columns.append(rows.groups)
            if len(self._hashes) == 4:
                self._hashes.append(hashlib.blake2b())
        written = ("\0".join([*texts, ""]).encode() for texts in columns)
        for one, data in zip(self._hashes, (table.tobytes(), *written), strict=True):
            one.update(data)

    def _digest(self) -> str:
        parts = b"".join(one.digest() for one in self._hashes)
        return hashlib.blake2b(parts, digest_size=16).hexdigest()


class Passing:
    """Passes over the rows that were learned before, and counts and marks all rows."""

    def __init__(self, name: str, skip: int | None, learned: Passed | None):
        """Pass over the first `skip` rows of the file `name`; None: over the `learned` rows."""
        self.so_far = RowsSoFar()
        self.skipped = 0  #: rows that were passed over
        self.another = False  #: whether the file begins with other rows than the learned one
        self._name, self._skip = name, skip or 0
        self._learned = learned if skip is None else None  # while the file may still be the same

    @property
    def learned(self) -> int:
        """Rows of the file that were learned in this run; none before it is known which are new."""
        return 0 if self._learned is not None else self.so_far.rows - self.skipped

    def rest(self, blocks: Iterable[Rows]) -> Iterator[Rows]:
        """The rows of the file that are to be learned.

        Raises `InputError` where the rows do not tell which of them were learned before.
        """
        blocks = iter(blocks)
        if self._learned is None:
            yield from self._below_the_skipped(blocks)
        else:
            yield from self._below_the_learned(blocks, self._learned)
        yield from blocks

    def _below_the_skipped(self, blocks: Iterator[Rows]) -> Iterator[Rows]:
        """The first rows that are not passed over."""
        for rows in blocks:
            cut = max(0, self._skip - rows.first + 1)
            self.so_far.add(rows.part(0, cut))
            self.skipped = self.so_far.rows
            if cut < len(rows.features):
                yield rows.part(cut)
                return

    def _below_the_learned(self, blocks: Iterator[Rows], learned: Passed) -> Iterator[Rows]:
        """The first rows that the model has not learned; all rows so far, of another file."""
        held: list[Rows] | None = []
        for rows in blocks:
            cut = learned.rows - self.so_far.rows
            self.so_far.add(rows.part(0, cut))
            if not self.so_far.agree_with(learned):
                if held is None:
                    raise InputError(
                        f"{self._name} begins like the {learned.rows:,} rows that the model has "
                        f"learned, and differs at or above row {self.so_far.rows:,}: say with "
                        "--skip how many of its rows were learned"
                    )
                self._learned, self.so_far, self.another = None, RowsSoFar(), True
                yield from [*held, rows]
                return
            if self.so_far.rows == learned.rows:
                self._learned, self.skipped = None, self.so_far.rows
                if cut < len(rows.features):
                    yield rows.part(cut)
                return
            if self.so_far.rows > HELD:
                held = None
            if held is not None:
                held.append(rows)
        if self.so_far.rows:
            raise InputError(
                f"{self._name} ends after row {self.so_far.rows:,}, and the model has learned "
                f"{learned.rows:,} rows that begin like these: give --skip 0 to learn them again"
            )
