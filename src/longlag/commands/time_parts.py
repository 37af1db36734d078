"""Columns of numbers that are parts of a time: the hour beside a date; the year, month and day."""

import re
from collections.abc import Sequence

from longlag.commands.column import Column

#: The parts from large to small: names that people give them, and the range of their numbers.
PARTS = {
    "year": (("year", "yr", "yyyy"), (1500, 2200)),
    "month": (("month", "mon", "mo", "mm", "mnth"), (1, 12)),
    "day": (("day", "dd", "dom", "mday", "dayofmonth"), (1, 31)),
    "hour": (("hour", "hr", "hh", "h", "hours", "hourofday", "hourending"), (0, 24)),
    "minute": (("minute", "min", "mins", "minutes"), (0, 59)),
    "second": (("second", "sec", "secs", "seconds"), (0, 59)),
}
#: Names of other parts, from which no time can be put together.
OTHERS = frozenset(
    "date time week weekday dow dayofweek dayofyear doy quarter period settlementperiod".split()  # noqa: SIM905
)
NAMES = OTHERS.union(*(names for names, _ in PARTS.values()))


def is_named_so(column: Column) -> bool:
    """Whether a column has a name of a part of a time."""
    return _letters(column.name) in NAMES


def parts_of(columns: Sequence[Column]) -> dict[str, Column]:
    """The first column for each of `PARTS`, as far as there are any."""
    found = {}
    for part, (names, (least, most)) in PARTS.items():
        for column in columns:
            if _letters(column.name) not in names or column.kind != "number":
                continue
            whole = all(text.isdecimal() for text in column.texts)
            if whole and column.texts and all(least <= x <= most for x in column.numbers):
                found[part] = column
                break
    return found


def _letters(name: str) -> str:
    """The name without what differs between spellings, as in Hour of Day and hour_of_day."""
    return re.sub(r"[\W\d_]+", "", name.lower())
