"""The columns of a table that tell several series apart, each with rows of its own."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import fmean
from typing import Any

from longlag.commands.column import Column
from longlag.commands.time_columns import ORDERED, TimeColumns
from longlag.commands.time_parts import counts_a_day, is_named_so

#: With at least this share of rows that have the time of another row, the rows are of several
#: series. A clock that is put back in autumn repeats far fewer times.
SHARED = 0.5
ALONE = 0.99  #: share of the rows of a series that have a time of their own: some come twice
CANDIDATES = 20  #: columns that may name series
MANY = 20  #: steps from one series to another that tell whether there are several
SMALL = 0.2  #: share of the step from row to row that is a step within a series


def series_columns(columns: Sequence[Column], times: TimeColumns | None) -> Sequence[Column]:
    """The column, or the two, that tell the rows of one time from each other.

    Or the one that tells series with times of their own apart that stand one below the other.
    """
    if times is None:
        return ()
    others = [each for each in columns if not any(each is time for time in times.columns)]
    parts = [each for each in others if _goes_on(each, times)]
    moments = list(zip(times.texts, *(each.texts for each in parts), strict=True))
    at = Counter(moments)
    rows = len(moments)
    if not _are_shared(at):
        return _one_below_the_other(others, times)
    most = max(at.values())
    candidates = [each for each in others if _names_rows(each, most)][:CANDIDATES]
    for size in (1, 2):
        for chosen in combinations(candidates, size):
            if not times.times.dated and _in_turn(chosen):
                continue  # the clocks of one day after the other
            different = set(zip(moments, *(each.texts for each in chosen), strict=True))
            if len(different) >= ALONE * rows:
                return chosen
    return ()


def share_times(times: TimeColumns) -> bool:
    """Whether most rows have the time of another row."""
    return _are_shared(Counter(times.texts))


def series_in_turn(target: Column, features: Sequence[Column]) -> Column | None:
    """The first category that may tell several series apart whose rows have times of their own.

    The steps of the target within its values are a small part of those from row to row.
    """
    read = list(map(target.values.number, target.texts)) if target.kind == "number" else []
    known = [(row, y) for row, y in enumerate(read) if y is not None and y == y]
    steps = [abs(b - a) for (_, a), (_, b) in pairwise(known)]
    for column in features if len(steps) > MANY else ():
        if column.kind != "category" or column.missing:
            continue
        last, within = dict[str, float](), list[float]()
        names = [column.texts[row] for row, _ in known]
        for name, (_, y) in zip(names, known, strict=True):
            within += [abs(y - last[name])] if name in last else []
            last[name] = y
        in_turn = sum(a != b for a, b in pairwise(names)) > MANY
        if in_turn and 2 * len(within) > len(known) and fmean(within) < SMALL * fmean(steps):
            return column
    return None


def _are_shared(at: Counter[Any]) -> bool:
    return sum(count for count in at.values() if count > 1) >= SHARED * at.total()


def _one_below_the_other(columns: Sequence[Column], times: TimeColumns) -> Sequence[Column]:
    """The first column with a new value where the time begins anew, and with no value again."""
    for column in columns if times.times.dated and not times.order.still else ():
        if not _names_rows(column, len(column.texts)) or not _in_turn([column]):
            continue
        blocks: dict[str, list[float]] = {}
        for text, instant in zip(column.texts, times.instants, strict=True):
            blocks.setdefault(text, []).extend([] if instant is None else [instant])
        anew = [_overlap(*each) for each in pairwise(filter(None, blocks.values()))]
        if 2 * sum(anew) > len(anew) and times.order_in([column]).runs:
            return (column,)
    return ()


def _overlap(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether two series overlap for at least half of the shorter one: clocks go back an hour."""
    common = min(max(before), max(after)) - max(min(before), min(after))
    shorter = min(max(before) - min(before), max(after) - min(after))
    return common >= shorter / 2.0


def _in_turn(columns: Sequence[Column]) -> bool:
    """Whether the values of these columns come one after the other, and none of them again."""
    rows = list(zip(*(each.texts for each in columns), strict=True))
    changes = sum(a != b for a, b in pairwise(rows))
    return changes + 1 == len(set(rows))


def _names_rows(column: Column, most: int) -> bool:
    """Whether the values of a column may name series; a time has at most `most` rows.

    Names come again. Numbers are names only if they are whole, and not many more than the rows of a
    time: a measurement has more different values.
    """
    if not column.name or column.missing > 0.0 or column.kind in ("time", "nothing"):
        return False
    if _is_part_of_time(column):
        return False
    different = len(set(column.texts))
    if not 1 < different <= len(column.texts) / 2:
        return False
    if column.kind == "number":
        return different <= 2 * most and all(map(float.is_integer, column.numbers))
    return True


def _is_part_of_time(column: Column) -> bool:
    """Whether a column holds a part of the time, such as an hour."""
    return is_named_so(column) or counts_a_day(column)


def _goes_on(column: Column, times: TimeColumns) -> bool:
    """Whether a column counts hours or periods where the time, a date, stays as it is.

    A measurement, such as a minimum in a column called min, falls as often as it rises.
    """
    if column.kind != "number" or column.missing or column.stray:
        return False
    if not _is_part_of_time(column):
        return False
    rows = pairwise(zip(times.texts, column.numbers, strict=True))
    steps = [b - a for (before, a), (at, b) in rows if before == at]
    return sum(step < 0 for step in steps) <= (1.0 - ORDERED) * len(steps)
