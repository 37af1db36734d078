"""Rows in the order of time, whatever their order in the data."""

from collections.abc import Iterator

import numpy as np

from longlag.errors import InputError
from longlag.readers.sources import Columns, Reader, Rows, Source
from longlag.readers.times import Times

PIECE = 4096  #: rows to give at a time


class SortedReader(Reader):
    """Reads all rows into memory, and gives the oldest rows first.

    Rows of the same time stay in their order. Rows are counted from 1, in the order of time.
    """

    def __init__(self, source: Source, columns: Columns, written: Times | None = None):
        """`written` says how times are written; with None, the times of all rows tell."""
        super().__init__(source, columns)
        self._written, self._rows_in_all = written, 0

    def share(self, rows: int) -> float | None:
        """See `Reader.share`."""
        return rows / self._rows_in_all if self._rows_in_all else None

    def times(self) -> Times:
        """See `Reader.times`; after the rows are read, the times of all rows tell."""
        return self._written or super().times()

    def __iter__(self) -> Iterator[Rows]:
        parts, problem = [], None
        try:
            parts.extend(super().__iter__())
        except InputError as error:
            problem = error
        self.read = 0
        if parts:
            for rows in self._sorted(parts):
                self.read += len(rows.features)
                yield rows
        if problem:
            raise problem

    def _sorted(self, parts: list[Rows]) -> Iterator[Rows]:
        texts = [text for rows in parts for text in rows.times or ()]
        times = self._written = self._written or Times(texts)
        instants = [times.instant(text) for text in texts]
        for row, instant in enumerate(instants, 1):
            if instant is None:
                got = texts[row - 1][:40]
                raise InputError(
                    f"{self.source.name}, row {row}: no time to sort by, got {got!r}: correct it, "
                    "or say how times are written with --time-format"
                )
        order = np.argsort(np.array(instants, np.float64), kind="stable")
        groups = [text for rows in parts for text in rows.groups or ()]
        features = np.vstack([rows.features for rows in parts])
        targets = [each for rows in parts for each in rows.target]
        columns = [
            [text for rows in parts for text in rows.categories[n]]
            for n in range(len(self.categories))
        ]
        self._rows_in_all = len(order)
        for start in range(0, len(order), PIECE):
            at = order[start : start + PIECE].tolist()
            target = [targets[n] for n in at]
            yield Rows(
                start + 1,
                features[at],
                target if self.columns.classes else np.array(target, np.float64),
                [texts[n] for n in at],
                tuple([column[n] for n in at] for column in columns),
                [groups[n] for n in at] if groups else None,
            )
