"""Mean and deviation so far of a column, which one wild value does not spoil.

Mean and squares are those of Welford (1962), which neither overflow nor cancel as sums do. What a
single value may do to them is bounded, after Huber (1964, doi:10.1214/aoms/1177703732), and what
comes again is believed:

- A value is **wild** if it is more than `FAR` deviations from the mean, and more than twice as far
  as any value before. It then counts as one that is `TAKEN` deviations away. If all values so far
  are the same, and not 0, a value is wild that is more than `OF_FEW` times their size away.
- A wild value doubles the distance from which on the next one is wild, once in a run. So rare
  values of some size, such as those of rain or of spikes, are believed after a few of them.
- After `PATIENCE` wild values in a row, the level of the column has changed: what came before then
  weighs as much as so many values, and the values count in full.
- Whenever the values have become twice as many, the later half takes the place of all if its
  deviation is `NARROW` times smaller. So does a stream recover from wild values at its very
  beginning, where nothing says yet what is wild, and from a change of level.

A table has a row for each part of the state, and a column for each column of the stream.
"""

import math

import numpy as np

from longlag.compiled.compiling import inlined, uncounted

FAR, TAKEN, PATIENCE, NARROW = 10.0, 3.0, 5.0, 10.0

EARLY = 16.0  #: values that do not say yet how far values go

#: Two or three values often lie close together by chance. Fewer than `FEW` have `FAR_OF_FEW` in the
#: place of `FAR`, and `OF_FEW` in that of `NARROW`.
FEW, FAR_OF_FEW, OF_FEW = 4.0, 30.0, 1000.0

#: Rows of a table: values so far, mean, sum of squared deviations, distance that is not wild yet,
#: wild values in a row, and the first three again of the values since they were last compared.
COUNT, MEAN, SQUARES, REACH, RUN, LATER_COUNT, LATER_MEAN, LATER_SQUARES = np.arange(8)
ROWS = 8


@inlined
def deviation(table, i):
    """The standard deviation of column i so far, 0 before there was any value."""
    count = table[COUNT, i]
    return math.sqrt(table[SQUARES, i] / count) if count > 0.0 else 0.0


@inlined
def is_wild(table, i, value):
    """Whether a value is wild in column i; nothing changes."""
    away, count, squares = abs(value - table[MEAN, i]), table[COUNT, i], table[SQUARES, i]
    far = FAR if count >= FEW else FAR_OF_FEW
    if squares == 0.0 and count >= FEW:  # all values were the same: how large they were is known
        far, squares = OF_FEW, count * table[MEAN, i] * table[MEAN, i]
    # away > far * deviation, without the division and the root, which take most of the time
    return away > table[REACH, i] and squares > 0.0 and away * away * count > far * far * squares


@inlined
def count_value(table, i, value):
    """Count the next value of column i; returns whether it was taken as wild."""
    wild = is_wild(table, i, value)
    away = value - table[MEAN, i]
    if wild:
        counted, wild = count_wild(table, i, value)
    else:
        counted = value
        table[RUN, i] = 0.0
        if table[COUNT, i] > EARLY:
            table[REACH, i] = max(table[REACH, i], 2.0 * abs(away))
    add(table, COUNT, i, counted)
    add(table, LATER_COUNT, i, value)
    if 2.0 * table[LATER_COUNT, i] >= table[COUNT, i]:
        compare(table, i)
    return wild


@uncounted
def count_wild(table, i, value):
    """What a wild value counts as, and whether it is taken as wild still, or is believed."""
    spread, away = deviation(table, i), value - table[MEAN, i]
    table[RUN, i] += 1.0
    if table[RUN, i] > PATIENCE:
        weight = min(1.0, PATIENCE / table[COUNT, i])
        table[COUNT, i] *= weight
        table[SQUARES, i] *= weight
        table[RUN, i], table[REACH, i] = 0.0, 2.0 * abs(away)
        start_later(table, i)
        return value, False
    if table[RUN, i] == 1.0:
        far = FAR if table[COUNT, i] >= FEW else FAR_OF_FEW
        known = far * spread if spread > 0.0 else OF_FEW * abs(table[MEAN, i])
        table[REACH, i] = 2.0 * max(known, table[REACH, i])
    return table[MEAN, i] + math.copysign(TAKEN * spread, away), True


@inlined
def add(table, first, i, value):
    """Add a value to the count, mean and squares in three rows from `first` on."""
    change = value - table[first + 1, i]
    table[first, i] += 1.0
    table[first + 1, i] += change / table[first, i]
    table[first + 2, i] += change * (value - table[first + 1, i])


@uncounted
def compare(table, i):
    """Let the later values, half of all, take the place of all if they are far narrower."""
    count, squares = table[LATER_COUNT, i], table[LATER_SQUARES, i]
    if count < 2.0:
        return
    narrow = NARROW if count >= FEW else OF_FEW
    # A later half without any deviation says nothing: rare values are 0 for long.
    if squares > 0.0 and squares / count * (narrow * narrow) < table[SQUARES, i] / table[COUNT, i]:
        for row in range(3):
            table[COUNT + row, i] = table[LATER_COUNT + row, i]
    start_later(table, i)


@uncounted
def start_later(table, i):
    """Begin to compare anew."""
    for row in range(3):
        table[LATER_COUNT + row, i] = 0.0


def sound(table: np.ndarray) -> bool:
    """Whether a table (ROWS, columns) may be one: finite, and only means below 0."""
    others = [row for row in range(ROWS) if row not in (MEAN, LATER_MEAN)]
    return bool(np.isfinite(table).all() and (table[others] >= 0).all())
