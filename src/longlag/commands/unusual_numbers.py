"""Numbers of a stream that may be meant otherwise than they are learned."""

import numpy as np

from longlag.quoting import counted, quoted
from longlag.readers.sources import Reader, Rows

#: Numbers that loggers write where they have none.
SENTINELS = frozenset(
    {-99, -200, -999, -6999, -9999, -32767, -32768, -99999, 9999, 65535, 99999, 999999}
    | {-9.99, -99.9, -99.99, -999.9, -999.99, -9999.9, 999.9, 999.99, 9999.9}
)
MOST = 3  #: columns that are named


class UnusualNumbers:
    """The least and the largest number of each column, how often they come, and two-valued targets.

    Loggers write one number where they have none, which is the least or the largest of all.
    """

    def __init__(self, reader: Reader):
        """Of the columns of numbers that are learned from, and of the targets that are numbers."""
        self._targets = [] if reader.columns.classes else list(reader.targets)
        self._names = [*reader.features, *self._targets]
        self._ends = np.full((2, len(self._names)), np.nan)
        self._counts = np.zeros((3, len(self._names)), np.int64)  # of both ends, and of all numbers

    def add(self, rows: Rows) -> None:
        """The next rows of the stream."""
        numbers = rows.features
        if self._targets:
            numbers = np.column_stack([numbers, rows.target])
        if not numbers.size:
            return
        for n, reduce in enumerate((np.fmin.reduce, np.fmax.reduce)):  # which pass over NaN
            end = reduce([self._ends[n], reduce(numbers)])
            self._counts[n] *= end == self._ends[n]
            self._counts[n] += (numbers == end).sum(axis=0)
            self._ends[n] = end
        self._counts[2] += (~np.isnan(numbers)).sum(axis=0)

    def remarks(self) -> list[str]:
        """The lines that a person should read."""
        lines = []
        for n, (ends, counts) in enumerate(zip(self._ends.T.tolist(), self._counts.T, strict=True)):
            name, known = quoted(self._names[n]), int(counts[2])
            for end, count in zip(ends, counts[:2].tolist(), strict=True):
                if end in SENTINELS and 1 < count < known:
                    lines.append(
                        f"{end:g} comes {counted(count, 'time')} in {name}: if it stands for a "
                        f"missing value, learn anew with --missing={end:g}."
                    )
            two = ends[0] != ends[1] and counts[:2].min() > 1 and counts[:2].sum() == known
            if two and n >= len(self._names) - len(self._targets):
                lines.append(
                    f"{name} holds nothing but {ends[0]:.15g} and {ends[1]:.15g}: --classify "
                    "learns them as classes."
                )
        more = len(lines) - MOST
        return [*lines[:MOST], f"The like holds for {more:,} more columns."] if more > 1 else lines
