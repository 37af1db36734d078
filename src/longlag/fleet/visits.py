"""Which rows of a call belong to which networks, and the threads that take them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from longlag.cores import cores

FEW = 2048  #: rows that one thread finishes before a second one would have begun


class Visits(NamedTuple):
    """Which rows belong to which keys; a key with more rows comes first."""

    places: np.ndarray  #: (rows,): the rows of a key follow each other, in order of arrival
    first: np.ndarray  #: (visits,): the first of `places`
    length: np.ndarray  #: (visits,): rows
    slot: np.ndarray  #: (visits,): record

    @property
    def last(self) -> np.ndarray:
        """The last (visits,) of `places`."""
        return self.first + self.length - 1

    def each(self) -> Iterator[np.ndarray]:
        """The rows of each visit, in order of arrival."""
        for first, length in zip(self.first.tolist(), self.length.tolist(), strict=True):
            yield self.places[first : first + length]


def visits_of(slots: np.ndarray) -> Visits:
    """The visits of networks with these slots (n,).

    >>> visits_of(np.array([7, 5, 7])).places.tolist()
    [1, 0, 2]
    """
    rows = len(slots)
    # One sort of one number per row, which holds slot and place, is several times as fast as a
    # stable sort of slots.
    places = np.sort(slots * rows + np.arange(rows)) % max(1, rows)
    ordered = slots[places]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[:rows])
    count = np.diff(np.append(first, rows))
    longest = np.argsort(-count, kind="stable")
    first, count = first[longest], count[longest]
    return Visits(places, first, count, ordered[first])


def in_threads(run: Callable[[int, int], object], rows: int) -> None:
    """Call run(start, stride) with every start below stride, in one thread for each start.

    `rows` decide how many threads are worth their beginning.
    """
    threads = min(cores(), 1 + rows // FEW)
    if threads == 1:
        run(0, 1)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads), [threads] * threads))
