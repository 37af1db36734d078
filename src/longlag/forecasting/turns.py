"""Rows of several series in turn, whose networks share their weights.

Every row changes the weights, so a row goes through the network after the row before it, whatever
its series. All else that a row takes concerns its series alone: last numbers, seasons, naive
predictions, their blends and scores. For one row at a time it takes many times as long as the
network, for the rows of a series in a block next to nothing. So it is done for a series at a time,
before the networks have seen the rows of the block, and after them.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np

from longlag.estimators.categories import Categories
from longlag.forecasting.calendar import PARTS
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.seasons import Places
from longlag.forecasting.stepping import Stepping
from longlag.readers.sources import Rows


class Turns:
    """The rows of one series among those of a block, a piece of the block at a time.

    Call `prepare`, then `take` until all rows of the piece are taken, and then `answers`.
    """

    def __init__(self, member: Evaluation, block: Rows, places: Sequence[int]):
        """`places` are those of the rows in the block, from 0."""
        self.member, self._places = member, np.array(places)
        self._rows = block.at(self._places)
        member.count(self._rows)
        calendar = member.calendar
        self._told = calendar.told(self._rows.times, len(places)) if calendar else None
        self._at = slice(0, 0)  # rows of the piece

    @property
    def starts(self) -> dict[str, int]:
        """The row of the block from which on this series can tell a new part of times apart."""
        starts = self._told.starts.items() if self._told else ()
        return {part: int(self._places[n]) for n, parts in starts for part in parts}

    def prepare(self, first: int, stop: int, values: np.ndarray, learning: bool) -> bool:
        """Prepare the rows of a piece of the block; returns whether there are any.

        `values` are the inputs for categories of all rows of the piece.
        """
        start, end = np.searchsorted(self._places, [first, stop]).tolist()
        self._at, self._taken, self._found = slice(start, end), 0, []
        self._stepping, self._learning = None, learning
        if start == end:
            return False
        parts, places = np.zeros((end - start, 0)), Places.undated(end - start)
        if self._told and self.member.calendar:
            _, parts, places = self.member.calendar.dated(self._told, start, end)
        of_rows = values[self._places[self._at] - first]
        inputs = np.hstack([self._rows.features[self._at], of_rows, parts])
        (self._prepared,) = self.member.prepared(inputs, self._rows.target[self._at], places)
        settled, series = self.member.settled(), self.member.series
        if settled and isinstance(series, NumberSeries):
            self._stepping = Stepping(self.member, series, settled, self._prepared, learning)
        return True

    def take(self, count: int) -> None:
        """Let the network take the next rows."""
        if self._stepping:
            self._stepping.take(count)
            return
        at = slice(self._taken, self._taken + count)
        steps, past = self._prepared
        self._found.append(self.member.answers(steps[at], past.targets[at], self._learning))
        self._taken += count

    def answers(self) -> tuple[Rows, np.ndarray, np.ndarray]:
        """The rows of the piece, their places in the block, and the answers."""
        rows = self._rows.part(self._at.start, self._at.stop)
        past = self._prepared.past
        found = self._stepping.answers() if self._stepping else np.vstack(self._found)
        found = self.member.judged_answers(found, past, rows.times or [])
        return rows, self._places[self._at], found


def pieces(
    series: Sequence[Turns], categories: Categories, block: Rows
) -> Iterator[tuple[int, int, np.ndarray]]:
    """First row and end of each piece of a block, and the inputs for its categories.

    A row that brings a new value, or a new part of times, begins a piece: all series see it from
    then on.
    """
    starts: dict[str, int] = {}
    for each in series:
        for part, row in each.starts.items():
            starts[part] = min(row, starts.get(part, row))
    count = len(block.features)
    for first, stop in pairwise(sorted({0, *starts.values(), count})):
        calendar = series[0].member.calendar
        if calendar:
            calendar.parts += [part for part in PARTS if starts.get(part) == first]
        texts, start = [column[first:stop] for column in block.categories], first
        for end, values in categories.pieces(texts, stop - first):
            yield start, first + end, values
            start = first + end


def runs(groups: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Groups of successive rows, and how many rows each has.

    >>> list(runs(["a", "a", "b", "a"]))
    [('a', 2), ('b', 1), ('a', 1)]
    """
    for group, some in groupby(groups):
        yield group, sum(1 for _ in some)
