"""The columns of a table that tell several series apart, each with rows of its own."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import fmean

from longlag.commands.column import Column
from longlag.commands.time_columns import TimeColumns
from longlag.commands.time_parts import is_named_so

#: With at least this share of rows that have the time of another row, the rows are of several
#: series. A clock that is put back in autumn repeats far fewer times.
SHARED = 0.5
ALONE = 0.99  #: share of the rows of a series that have a time of their own: some come twice
CANDIDATES = 20  #: columns that may name series
MANY = 20  #: steps from one series to another that tell whether there are several
SMALL = 0.2  #: share of the step from row to row that is a step within a series


def series_columns(columns: Sequence[Column], times: TimeColumns | None) -> Sequence[Column]:
    """The column, or the two, that tell the rows of one time from each other."""
    if times is None:
        return ()
    at = Counter(times.texts)
    rows = len(times.texts)
    if sum(count for count in at.values() if count > 1) < SHARED * rows:
        return ()
    most = max(at.values())
    others = [each for each in columns if each not in times.columns]
    candidates = [each for each in others if _names_rows(each, most)][:CANDIDATES]
    for size in (1, 2):
        for chosen in combinations(candidates, size):
            if not times.times.dated and _in_turn(chosen):
                continue  # the clocks of one day after the other
            different = set(zip(times.texts, *(each.texts for each in chosen), strict=True))
            if len(different) >= ALONE * rows:
                return chosen
    return ()


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


def _in_turn(columns: Sequence[Column]) -> bool:
    """Whether the values of these columns come one after the other, and none of them again."""
    rows = list(zip(*(each.texts for each in columns), strict=True))
    changes = sum(a != b for a, b in pairwise(rows))
    return changes + 1 == len(set(rows))


def _names_rows(column: Column, most: int) -> bool:
    """Whether the values of a column may name series; a time has at most `most` rows.

    Numbers are names only if they are whole, and not many more than the rows of a time: a
    measurement has more different values.
    """
    if not column.name or column.missing > 0.0 or column.kind in ("time", "nothing"):
        return False
    if is_named_so(column):  # an hour is a part of the time
        return False
    different = len(set(column.texts))
    if column.kind == "number":
        return 1 < different <= 2 * most and all(map(float.is_integer, column.numbers))
    return different > 1 and 2 * different <= len(column.texts)
