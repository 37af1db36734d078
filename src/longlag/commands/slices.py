"""Rows in slices of half a second of work, so that a command can end between two slices.

Work is processor time. By the clock, a machine that is busy with something else, or a reader that
takes its time, would cut the rows into ever smaller slices.
"""

import time
from collections.abc import Iterable, Iterator

from longlag.readers.sources import Rows

#: Seconds of a processor that the work on a slice should take. Groups take a slice in far less time
#: than its rows one at a time, so a slice should have many rows of each.
SLICE = 0.5


def slices(blocks: Iterable[Rows]) -> Iterator[Rows]:
    """The rows of all blocks in slices; how much work a slice is tells the size of the next one.

    The size at most doubles or halves: one slice may have had other work, such as compiling.

    >>> block = Rows(1, *(range(10),) * 2, None)
    >>> [each.first for each in slices([block])]
    [1, 2, 4, 8]
    """
    size = 1
    for block in blocks:
        rows = block
        while len(rows.features):
            start = time.process_time()
            yield rows.part(0, size)
            taken = time.process_time() - start
            if len(rows.features) >= size:
                rows, size = rows.part(size), _next_size(size, taken)
            else:
                break


def _next_size(size: int, taken: float) -> int:
    return max(1, int(size * max(0.5, min(2.0, SLICE / max(taken, 1e-9)))))
