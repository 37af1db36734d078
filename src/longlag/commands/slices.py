"""Rows in slices of half a second of work, so that a command can end between two slices."""

import time
from collections.abc import Iterable, Iterator

from longlag.readers.sources import Rows

#: Seconds that the work on a slice should take. Groups take a slice in far less time than its rows
#: one at a time, so a slice should have many rows of each.
SLICE = 0.5


def slices(blocks: Iterable[Rows]) -> Iterator[Rows]:
    """The rows of all blocks in slices; how long the work on a slice takes tells the next size.

    >>> block = Rows(1, *(range(10),) * 2, None)
    >>> [each.first for each in slices([block])]
    [1, 2, 4, 8]
    """
    size = 1
    for block in blocks:
        rows = block
        while len(rows.features):
            start = time.monotonic()
            yield rows.part(0, size)
            taken = time.monotonic() - start
            if len(rows.features) >= size:
                rows, size = rows.part(size), _next_size(size, taken)
            else:
                break


def _next_size(size: int, taken: float) -> int:
    return max(1, int(size * min(2.0, SLICE / max(taken, 1e-9))))
